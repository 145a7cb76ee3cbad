import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountFromFile } from '#lib/account/from-file.ts';
import { guardrailsFromFile } from '#lib/account/guardrails-file.ts';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import { checkAccount } from '#lib/check/account.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { accountId, collectionArn, roleArn, start, userArn } from '#test/support/embedded-aws.ts';

const sample = (name: string) => fileURLToPath(new URL(`../../cli/samples/${name}`, import.meta.url));

let local: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  local = await start({
    account: sample('account.json'),
    guardrails: await guardrailsFromFile(sample('guardrails.yaml')),
  });
});
afterAll(() => local.aws.stop());

async function decisions(
  PolicySourceArn: string,
  ActionNames: string[],
  more: { ip?: string; arn?: string } = {},
) {
  const answer = await local.iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn,
      ActionNames: ActionNames.map((name) => `rekognition:${name}`),
      ...(more.arn !== undefined && { ResourceArns: [more.arn] }),
      ...(more.ip !== undefined && {
        ContextEntries: [
          { ContextKeyName: 'aws:SourceIp', ContextKeyType: 'ip', ContextKeyValues: [more.ip] },
        ],
      }),
    }),
  );
  return answer.EvaluationResults?.map((result) => result.EvalDecision);
}

describe('the sample account', () => {
  it('is the account that its own texts say', () => {
    expect(local.aws.world.accountId).toBe(accountId);
    const text = readFileSync(sample('account.json'), 'utf8');
    expect([...text.matchAll(/:(\d{12}):/g)].map(([, id]) => id).every((id) => id === accountId)).toBe(true);
  });

  it('holds the managed policies as AWS published them', () => {
    for (const [name, policy] of Object.entries(managedPolicies)) {
      const held = local.aws.world.latest().policies.get(policy.arn);
      for (const version of held?.versions ?? []) {
        const published = policy.versions.find((candidate) => candidate.versionId === version.versionId);
        expect(JSON.parse(version.text), `${name} ${version.versionId}`).toEqual(published?.document);
      }
    }
  });

  it.each<[string, string, string[], Parameters<typeof decisions>[2], string]>([
    ['an analyst who may delete', roleArn('analyst'), ['DeleteCollection'], {}, 'allowed'],
    ['a boundary that stops the shop', roleArn('shop-search'), ['SearchFacesByImage'], {}, 'implicitDeny'],
    [
      'a grant on payroll collections',
      roleArn('payroll-export'),
      ['DeleteFaces'],
      { arn: collectionArn('payroll-2026') },
      'allowed',
    ],
    [
      'and on no others',
      roleArn('payroll-export'),
      ['DeleteFaces'],
      { arn: collectionArn('visitors') },
      'implicitDeny',
    ],
    [
      'a door that opens from one address',
      roleArn('returns-desk'),
      ['SearchFacesByImage'],
      { arn: collectionArn('customers-1'), ip: '198.51.100.9' },
      'allowed',
    ],
    [
      'and not from others',
      roleArn('returns-desk'),
      ['SearchFacesByImage'],
      { arn: collectionArn('customers-1'), ip: '203.0.113.10' },
      'implicitDeny',
    ],
    ['what NotAction lets in', roleArn('nightly-etl'), ['StartProjectVersion'], {}, 'allowed'],
    [
      'what a group brings',
      userArn('henry'),
      ['IndexFaces'],
      { arn: collectionArn('watchlist-1') },
      'allowed',
    ],
    ['an explicit denial', userArn('photo-editor'), ['SearchFaces'], {}, 'explicitDeny'],
    ['training without MFA', userArn('tomas'), ['StartProjectVersion'], {}, 'allowed'],
    ['an SCP', roleArn('video-lab'), ['StartStreamProcessor'], {}, 'explicitDeny'],
    [
      'an older version of a managed policy',
      roleArn('label-trainer'),
      ['CopyProjectVersion'],
      {},
      'implicitDeny',
    ],
  ])('shows %s', async (_, source, names, more, decision) => {
    expect(await decisions(source, names, more)).toEqual(names.map(() => decision));
  });

  it('has a policy that cannot be read', async () => {
    await expect(decisions(roleArn('kiosk-prototype'), ['DetectFaces'])).rejects.toMatchObject({
      name: 'PolicyEvaluationException',
    });
  });
});

describe('the sample expectations', () => {
  const now = new Date('2026-11-24T12:00:00Z');
  const file = sample('expectations.yaml');
  const { expectations, diagnostics } = parseExpectations(readFileSync(file, 'utf8'), file, { now });

  it('are right in every line', () => {
    expect(diagnostics).toEqual([]);
  });

  it('find in the sample account every kind of finding that policies can show', async () => {
    const report = await checkAccount(await accountFromFile(sample('account.json')), {
      expectations,
      guardrails: await guardrailsFromFile(sample('guardrails.yaml')),
      now: () => now,
    });
    const found = report.findings.map(
      ({ kind, subject, suppressed }) => `${kind} ${subject}${suppressed ? ' *' : ''}`,
    );
    expect([...new Set(found)].sort()).toEqual([
      'excess role/analyst',
      'excess role/nightly-etl',
      'excess role/nightly-etl *',
      'excess role/payroll-export',
      'excess role/returns-desk',
      'excess user/henry',
      'exposed role/returns-desk',
      'inconclusive role/kiosk-prototype',
      'indirect user/grace',
      'managed-policy-changed AmazonRekognitionCustomLabelsFullAccess',
      'missing role/label-trainer',
      'missing role/shop-search',
      'missing role/video-lab',
      'missing user/photo-editor',
      'suppression-expired user/henry',
      'unguarded user/tomas',
      'unreachable role/label-trainer',
    ]);
    const subjects = (status: string) =>
      report.principals
        .filter((principal) => principal.status === status)
        .map(({ subject }) => subject)
        .sort();
    expect(subjects('as-expected')).toEqual([
      'role/AWSReservedSSO_VisionReader_0123456789abcdef',
      'role/photo-moderation',
      'role/store-vision',
    ]);
    expect(subjects('not-checkable')).toEqual(['role/AWSServiceRoleForSSO']);
    expect(subjects('not-judged')).toEqual([
      'role/AWSReservedSSO_AdministratorAccess_fedcba9876543210',
      'role/break-glass',
      'user/alice',
    ]);
  });
});
