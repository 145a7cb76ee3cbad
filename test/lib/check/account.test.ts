import type { PolicySource } from '@permission-check/iam-policy';
import { PolicyCompiler } from '@permission-check/iam-policy';
import { describe, expect, it } from 'vitest';
import { Bindings } from '#lib/account/bindings.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import { actionTable } from '#lib/catalog/actions.ts';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import { checkAccount } from '#lib/check/account.ts';
import type { Simulate } from '#lib/check/check-options.ts';
import { AccessError } from '#lib/errors.ts';
import { builtInExpectations } from '#lib/expectation/parse.ts';
import { evaluateRequests } from '#lib/observe/evaluate.ts';
import { shareAnswers } from '#lib/observe/share-answers.ts';
import type { Evidence } from '#lib/observe/types.ts';
import { checkSubjects } from '#lib/respond/check-subjects.ts';
import { principal } from '../expectation/fixtures.ts';

const policy = (name: string, Action: string, Resource = '*'): PolicySource => ({
  name,
  type: 'inline',
  text: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] }),
});

const accountOf = (...all: Principal[]): Account => ({
  accountId: '123456789012',
  partition: 'aws',
  async *principals() {
    yield* all;
  },
});

const expectations = builtInExpectations({ now: new Date('2026-11-24T12:00:00Z') });

/** IAM, which reads every policy: those of `hidden`, too. */
function iam(principals: readonly Principal[], hidden: Readonly<Record<string, PolicySource>>): Simulate {
  return async (arn, requests) => {
    const asked = principals.find((one) => one.arn === arn);
    const more = hidden[asked?.name ?? ''];
    const identity = [...(asked?.policies ?? []), ...(more ? [more] : [])];
    const set = new PolicyCompiler(actionTable).compileSet({ identity });
    return evaluateRequests(set, requests).map(({ decision }) => ({ kind: 'simulated', decision }));
  };
}

describe('the answers of IAM', () => {
  it.each([
    ['open', 'partly'],
    ['partly', 'open'],
  ])('are not shared with who has a policy that could not be read (%s first)', async (...order) => {
    const policies = [policy('detect', 'rekognition:DetectText')];
    const all = order.map((name) =>
      principal({ name, policies, unreadable: name === 'partly' ? ['managed policy more'] : [] }),
    );
    const simulate = shareAnswers(iam(all, { partly: policy('more', 'rekognition:DeleteFaces') }));
    const { findings } = await checkAccount(accountOf(...all), { expectations, simulate });
    const excess = (subject: string) =>
      findings
        .filter((finding) => finding.subject === subject && finding.kind === 'excess')
        .flatMap(({ actions }) => actions.map(({ action }) => action))
        .sort();
    expect(excess('role/open')).toEqual(['rekognition:DetectText']);
    expect(excess('role/partly')).toEqual(['rekognition:DeleteFaces', 'rekognition:DetectText']);
    expect(findings.filter(({ kind }) => kind === 'contradiction')).toEqual([]);
  });

  it('that never come end the check with one error, whoever is still being asked', async () => {
    const all = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) =>
      principal({ name, policies: [policy('own', 'rekognition:DetectText', '*')] }),
    );
    const refused: unknown[] = [];
    const onUnhandled = (reason: unknown) => refused.push(reason);
    process.on('unhandledRejection', onUnhandled);
    try {
      const account: Account = {
        ...accountOf(),
        async *principals() {
          for (const one of all) {
            await new Promise((resolve) => setTimeout(resolve, 5));
            yield one;
          }
        },
      };
      const simulate: Simulate = async () => {
        throw new AccessError('iam:SimulatePrincipalPolicy', 'not permitted');
      };
      await expect(checkAccount(account, { expectations, simulate })).rejects.toThrow('not permitted');
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(refused).toEqual([]);
    } finally {
      process.off('unhandledRejection', onUnhandled);
    }
  });
});

describe('an account file of two accounts', () => {
  it('is asked about the resources of each principal’s own account', async () => {
    const own = 'arn:aws:rekognition:us-east-1:999999999999:collection/*';
    const other = principal({
      name: 'elsewhere',
      arn: 'arn:aws:iam::999999999999:role/elsewhere',
      policies: [policy('own', 'rekognition:DeleteCollection', own)],
    });
    const report = await checkAccount(accountOf(principal(), other), { expectations });
    expect(report.findings).toMatchObject([{ kind: 'excess', subject: 'role/elsewhere' }]);
  });

  it('is asked about the partition of each principal, too', async () => {
    const own = 'arn:aws-us-gov:rekognition:us-gov-west-1:123456789012:collection/*';
    const gov = principal({
      arn: 'arn:aws-us-gov:iam::123456789012:role/analyst',
      policies: [policy('own', 'rekognition:DeleteCollection', own)],
    });
    const report = await checkAccount({ ...accountOf(gov), partition: 'aws-us-gov' }, { expectations });
    expect(report.findings).toMatchObject([
      { kind: 'excess', actions: [{ action: 'rekognition:DeleteCollection' }] },
    ]);
  });
});

describe('a role', () => {
  const tagged: PolicySource = {
    ...policy('tagged', ''),
    text: JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: 'rekognition:DeleteFaces',
        Resource: '*',
        Condition: { StringEquals: { 'aws:PrincipalTag/team': 'vision' } },
      },
    }),
  };
  const statusOf = async (given: Partial<Principal>) => {
    const report = await checkAccount(accountOf(principal({ policies: [tagged], ...given })), {
      expectations,
    });
    return report.principals[0]?.status;
  };

  it('may be assumed with session tags that it does not have itself', async () => {
    expect(await statusOf({ kind: 'role' })).toBe('findings');
    expect(await statusOf({ kind: 'user' })).toBe('as-expected');
    expect(await statusOf({ kind: 'role', tags: { team: 'shop' } })).toBe('findings');
    expect(await statusOf({ kind: 'user', tags: { team: 'vision' } })).toBe('findings');
  });

  it('cannot, when its trust policy lets nobody pass tags', async () => {
    const trust: PolicySource = {
      name: 'trust policy',
      type: 'resource',
      text: JSON.stringify({
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: 'sts:AssumeRole',
        },
      }),
    };
    expect(await statusOf({ kind: 'role', trust })).toBe('as-expected');
    expect(await statusOf({ kind: 'role', trust, tags: { team: 'shop' } })).toBe('as-expected');
    expect(await statusOf({ kind: 'role', trust, tags: { team: 'vision' } })).toBe('findings');
  });
});

describe('a principal that the check fails on', () => {
  const broken =
    (error: Error): Simulate =>
    async (arn, requests) => {
      if (arn.endsWith('/broken')) throw error;
      return requests.map(() => ({ kind: 'simulated', decision: 'implicitDeny' }));
    };
  const all = [
    principal({ name: 'broken', policies: [policy('own', 'rekognition:DetectText')] }),
    principal({ name: 'fine', policies: [policy('own', 'rekognition:DeleteFaces')] }),
  ];
  const checkOf = (error: Error) =>
    checkSubjects(accountOf(...all), { expectations, today: '2026-11-24', simulate: broken(error) });

  it('is inconclusive, and keeps nobody else from being checked', async () => {
    const { check } = await checkOf(new TypeError('cannot read properties of undefined'));
    expect(await check('role/broken')).toMatchObject({
      status: 'inconclusive',
      findings: [{ kind: 'inconclusive', summary: expect.stringContaining('cannot read properties') }],
    });
    expect(await check('role/fine')).toMatchObject({ status: 'findings' });
  });

  it('fails the whole chunk where IAM refuses everything', async () => {
    const { check } = await checkOf(new AccessError('iam:SimulatePrincipalPolicy', 'not permitted'));
    await expect(check('role/broken')).rejects.toThrow('not permitted');
  });
});

describe('a service-linked role', () => {
  const entity = (Arn: string) => ({
    Path: '/aws-service-role/x.amazonaws.com/',
    Arn,
    AttachedManagedPolicies: [],
    Tags: [],
  });
  const arn = 'arn:aws:iam::123456789012';
  const path = 'aws-service-role/x.amazonaws.com';
  const bindings = new Bindings();

  it('is known by path and name', () => {
    const RoleName = 'AWSServiceRoleForX';
    const role = {
      ...entity(`${arn}:role/${path}/${RoleName}`),
      RoleName,
      RoleId: 'AROA',
      RolePolicyList: [],
    };
    expect(bindings.role(role).serviceLinked).toBe(true);
  });

  it('is nobody who merely has its path', () => {
    const user = { ...entity(`${arn}:user/${path}/mallory`), UserName: 'mallory', UserId: 'AIDA' };
    expect(bindings.user({ ...user, GroupList: [], UserPolicyList: [] }).serviceLinked).toBe(false);
    const role = { ...entity(`${arn}:role/${path}/mallory`), RoleName: 'mallory', RoleId: 'AROA' };
    expect(bindings.role({ ...role, RolePolicyList: [] }).serviceLinked).toBe(false);
  });
});

describe('what nobody wrote is not missing where a limit does its work', () => {
  const searches = {
    ...policy('AmazonRekognitionReadOnlyAccess', 'rekognition:*'),
    type: 'aws-managed' as const,
    arn: 'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess',
    text: JSON.stringify(managedPolicies.AmazonRekognitionReadOnlyAccess?.versions.at(-1)?.document),
  };
  const limit = { ...policy('only-s3', 's3:*'), type: 'customer-managed' as const };

  it('by a boundary', async () => {
    const bound = principal({ name: 'bound', policies: [searches], boundary: limit });
    const { findings, principals } = await checkAccount(accountOf(bound), { expectations });
    expect(findings).toEqual([]);
    expect(principals).toMatchObject([{ subject: 'role/bound', status: 'as-expected' }]);
  });

  it('by an SCP, which only the simulation sees', async () => {
    const asked = principal({ name: 'asked', policies: [searches] });
    let denied = 0;
    const simulate: Simulate = async (_arn, requests) =>
      requests.map((): Evidence => {
        denied += 1;
        return { kind: 'simulated', decision: 'explicitDeny', allowedByOrganizations: false };
      });
    const { findings } = await checkAccount(accountOf(asked), { expectations, simulate });
    expect(findings).toEqual([]);
    expect(denied).toBeGreaterThan(0);
  });
});
