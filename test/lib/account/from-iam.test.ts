import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { IAMClient } from '@aws-sdk/client-iam';
import { type LocalAws, startLocalAws } from '@permission-check/embedded-aws';
import { afterEach, describe, expect, test } from 'vitest';
import { rekognitionCatalog } from '#cli/demo/service-catalog.ts';
import { accountFromFile } from '#lib/account/from-file.ts';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { principalFromIam, principalReader } from '#lib/account/principal-from-iam.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import { AccessError, InputError } from '#lib/errors.ts';
import { createPace } from '#lib/iam/pace.ts';
import { type QueryAnswer, type QueryServer, startQueryServer } from '#test/support/query-server.ts';

const SAMPLE = join(import.meta.dirname, '../../../cli/samples/account.json');
const EXAMPLE = join(
  import.meta.dirname,
  '../../../../shared/data/example-account-authorization-details.json',
);

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const unhurried = () => ({ pace: createPace({ callsPerSecond: Number.POSITIVE_INFINITY, concurrency: 4 }) });

async function localAws(account: string): Promise<{ aws: LocalAws; client: IAMClient }> {
  const aws = await startLocalAws({ catalog: rekognitionCatalog, account });
  stops.push(() => aws.stop());
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN } = aws.env;
  const client = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: AWS_SESSION_TOKEN }),
    },
  });
  stops.push(() => client.destroy());
  return { aws, client };
}

async function scripted(answer: (parameters: URLSearchParams) => QueryAnswer): Promise<QueryServer> {
  const server = await startQueryServer(answer);
  stops.push(() => server.stop());
  return server;
}

async function byArn(account: Account): Promise<Map<string, Principal>> {
  const principals = new Map<string, Principal>();
  for await (const principal of account.principals()) principals.set(principal.arn, principal);
  return principals;
}

/** A principal with its policies in one order, and their texts as data: a file's layout of a document is its own. */
function comparable(principal: Principal | undefined) {
  if (principal === undefined) return undefined;
  const content = ({ text, ...policy }: Principal['policies'][number]) => ({
    ...policy,
    document: JSON.parse(text),
  });
  const key = ({ type, name, group }: Principal['policies'][number]) => [type, name, group].join();
  return {
    ...principal,
    groups: [...principal.groups].sort(),
    policies: [...principal.policies].sort((a, b) => (key(a) < key(b) ? -1 : 1)).map(content),
    ...(principal.boundary ? { boundary: content(principal.boundary) } : {}),
    ...(principal.trust ? { trust: content(principal.trust) } : {}),
  };
}

const accounts: [name: string, path: string][] = [
  ['the sample account', SAMPLE],
  // Test data that is not carried in the repository.
  ...(existsSync(EXAMPLE) ? ([['the example account', EXAMPLE]] satisfies [string, string][]) : []),
];

describe.each(accounts)('%s', (_, path) => {
  test('read from IAM is the account of the file, in pages and principal by principal', async () => {
    const { aws, client } = await localAws(path);
    aws.world.faults.pageSize = 7;
    aws.world.faults.emptyPages = true;
    const fromFile = await byArn(await accountFromFile(path));
    const account = await accountFromIam(client, unhurried());
    const fromIam = await byArn(account);
    expect(account.accountId).toMatch(/^\d{12}$/);
    expect([...fromIam.keys()].sort()).toEqual([...fromFile.keys()].sort());
    const read = principalReader(client, unhurried());
    for (const [arn, principal] of fromFile) {
      expect(comparable(fromIam.get(arn))).toEqual(comparable(principal));
      // Another account's principal cannot be read with this one's credentials.
      if (!arn.includes(account.accountId)) continue;
      const alone = await read(arn);
      expect(alone.kind === 'gone' ? alone : comparable(alone)).toEqual(comparable(principal));
    }
  });
});

describe('accountFromIam', () => {
  test('reads every page, empty ones included', async () => {
    const role = (name: string) => ({
      Path: '/',
      RoleName: name,
      RoleId: `AROA${name}`,
      Arn: `arn:aws:iam::123456789012:role/${name}`,
      CreateDate: '2026-01-01T00:00:00Z',
    });
    const pages = [['a', 'b'], [], ['c']];
    const server = await scripted((parameters) => {
      const page = Number(parameters.get('Marker') ?? 0);
      const more = page + 1 < pages.length;
      return {
        result: {
          RoleDetailList: { member: (pages[page] ?? []).map(role) },
          IsTruncated: more,
          ...(more ? { Marker: page + 1 } : {}),
        },
      };
    });
    const principals = await byArn(await accountFromIam(server.client(), unhurried()));
    expect([...principals.values()].map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(server.calls.map((call) => call.get('MaxItems'))).toEqual(['1000', '1000', '1000']);
  });

  test.each([{ IsTruncated: true }, { IsTruncated: true, Marker: 'same' }])(
    'does not stop short of a list that goes on: %o',
    async (result) => {
      const server = await scripted(() => ({ result }));
      await expect(accountFromIam(server.client(), unhurried())).rejects.toThrow(/a list goes on/);
    },
  );

  test('says which permission is missing', async () => {
    const server = await scripted(() => ({ error: { code: 'AccessDenied', message: 'no', status: 403 } }));
    const reading = accountFromIam(server.client(), unhurried());
    await expect(reading).rejects.toThrow(AccessError);
    await expect(reading).rejects.toThrow(/iam:GetAccountAuthorizationDetails/);
  });
});

describe('principalFromIam', () => {
  test('takes every way of naming a principal', async () => {
    const { client } = await localAws(SAMPLE);
    const [one] = [...(await byArn(await accountFromFile(SAMPLE))).values()].filter(
      ({ kind }) => kind === 'role',
    );
    if (one === undefined) throw new Error('the sample account has no role');
    const account = one.arn.split(':')[4];
    const session = `arn:aws:sts::${account}:assumed-role/${one.name}/session`;
    for (const reference of [`role/${one.name}`, `role/some/path/${one.name}`, one.arn, session]) {
      expect(await principalFromIam(client, reference, unhurried())).toMatchObject({ arn: one.arn });
    }
  });

  test('a principal that does not exist is gone', async () => {
    const { client } = await localAws(SAMPLE);
    expect(await principalFromIam(client, 'role/nobody', unhurried())).toEqual({
      kind: 'gone',
      subject: 'role/nobody',
    });
  });

  test('does not take a namesake of another account for the principal', async () => {
    const { client } = await localAws(SAMPLE);
    const [one] = (await byArn(await accountFromFile(SAMPLE))).values();
    const reference = `arn:aws:iam::999999999999:${one?.kind}/${one?.name}`;
    await expect(principalFromIam(client, reference, unhurried())).rejects.toThrow(InputError);
  });

  const policyArn = 'arn:aws:iam::123456789012:policy/own';
  function answer(parameters: URLSearchParams, failing: string, failure: QueryAnswer): QueryAnswer {
    const action = parameters.get('Action') ?? '';
    if (action === failing) return failure;
    const entity = {
      Path: '/',
      Arn: 'arn:aws:iam::123456789012:user/ann',
      CreateDate: '2026-01-01T00:00:00Z',
    };
    const document = encodeURIComponent('{"Version":"2012-10-17","Statement":[]}');
    const results: Record<string, object> = {
      GetUser: { User: { ...entity, UserName: 'ann', UserId: 'AIDAANN' } },
      ListUserPolicies: { PolicyNames: { member: ['inline'] } },
      GetUserPolicy: { UserName: 'ann', PolicyName: 'inline', PolicyDocument: document },
      ListAttachedUserPolicies: {
        AttachedPolicies: { member: [{ PolicyName: 'own', PolicyArn: policyArn }] },
      },
      ListGroupsForUser: {
        Groups: {
          member: [{ ...entity, GroupName: 'team', GroupId: 'AGPATEAM', Arn: 'arn:aws:iam::1:group/team' }],
        },
      },
      ListGroupPolicies: { PolicyNames: { member: ['shared'] } },
      GetGroupPolicy: { GroupName: 'team', PolicyName: 'shared', PolicyDocument: document },
      ListAttachedGroupPolicies: {
        AttachedPolicies: { member: [{ PolicyName: 'own', PolicyArn: policyArn }] },
      },
      GetPolicy: { Policy: { PolicyName: 'own', Arn: policyArn, DefaultVersionId: 'v3' } },
      GetPolicyVersion: { PolicyVersion: { VersionId: 'v3', Document: document } },
    };
    const result = results[action];
    if (result === undefined) throw new Error(`not expected: ${action}`);
    return { result };
  }
  const throttled: QueryAnswer = { error: { code: 'Throttling', message: 'Rate exceeded' } };
  const gone: QueryAnswer = { error: { code: 'NoSuchEntity', message: 'gone', status: 404 } };

  test('reads each group and managed policy once in a run', async () => {
    const server = await scripted((parameters) => answer(parameters, '', throttled));
    const read = principalReader(server.client(), unhurried());
    await Promise.all([read('user/ann'), read('user/ann')]);
    const count = (action: string) => server.calls.filter((call) => call.get('Action') === action).length;
    expect(['GetUser', 'ListGroupPolicies', 'GetPolicy', 'GetPolicyVersion'].map(count)).toEqual([
      2, 1, 1, 1,
    ]);
  });

  const failures: [failing: string, failure: QueryAnswer, unreadable: string[]][] = [
    ['GetUserPolicy', throttled, ['inline policy inline: IAM did not answer: Throttling: Rate exceeded']],
    ['GetUserPolicy', gone, ['inline policy inline: it was deleted while it was being read']],
    [
      'GetPolicyVersion',
      throttled,
      [
        `managed policy ${policyArn}: IAM did not answer: Throttling: Rate exceeded`,
        `group team: managed policy ${policyArn}: IAM did not answer: Throttling: Rate exceeded`,
      ],
    ],
    ['GetGroupPolicy', gone, ['group team: inline policy shared: it was deleted while it was being read']],
    ['ListGroupPolicies', throttled, ['group team: IAM did not answer: Throttling: Rate exceeded']],
  ];
  test.each(failures)('names what it could not read: %s', async (failing, failure, unreadable) => {
    const server = await scripted((parameters) => answer(parameters, failing, failure));
    const principal = await principalFromIam(server.client(), 'user/ann', unhurried());
    expect(principal).toMatchObject({ kind: 'user', name: 'ann', unreadable });
  });

  test.each(['GetUser', 'ListUserPolicies', 'ListGroupsForUser'])(
    'is gone when %s says so',
    async (failing) => {
      const server = await scripted((parameters) => answer(parameters, failing, gone));
      expect(await principalFromIam(server.client(), 'user/ann', unhurried())).toMatchObject({
        kind: 'gone',
      });
    },
  );

  test.each(['GetUser', 'GetUserPolicy', 'ListGroupPolicies', 'GetPolicy'])(
    'fails loudly when %s is not permitted',
    async (failing) => {
      const denied: QueryAnswer = { error: { code: 'AccessDenied', message: 'no', status: 403 } };
      const server = await scripted((parameters) => answer(parameters, failing, denied));
      const reading = principalFromIam(server.client(), 'user/ann', unhurried());
      await expect(reading).rejects.toThrow(`not permitted to call iam:${failing}`);
    },
  );
});
