import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardrailsFromFile } from '#lib/account/guardrails-file.ts';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import { accountId, collectionArn, roleArn, start, userArn } from '#test/local/fixture.ts';

const sample = (name: string) => fileURLToPath(new URL(`../../local/samples/${name}`, import.meta.url));

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
