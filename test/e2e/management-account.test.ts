import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DeleteCollectionCommand, RekognitionClient } from '@aws-sdk/client-rekognition';
import { type LocalAws, Rekognition, startLocalAws } from '@permission-check/embedded-aws';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { rekognitionCatalog } from '#cli/demo/service-catalog.ts';
import { file, run } from '#test/cli/program.ts';
import { account, allow, document, userArn } from '#test/support/embedded-aws.ts';
import { readReport } from '#test/support/report.ts';

const everything = {
  name: 'FullAWSAccess',
  type: 'scp',
  text: JSON.stringify(document(allow('*'))),
} as const;
const noRekognition = {
  name: 'no-rekognition',
  type: 'scp',
  text: JSON.stringify(document({ Effect: 'Deny', Action: 'rekognition:*', Resource: '*' })),
} as const;

const report = z.object({
  exitCode: z.number(),
  principals: z.array(z.object({ subject: z.string(), status: z.string(), proved: z.boolean().optional() })),
  findings: z.array(z.object({ subject: z.string(), kind: z.string() })),
});

let local: LocalAws | undefined;
afterEach(() => local?.stop());

const organization = async (managementAccount: boolean, mayAsk = true) => {
  const own = ['iam:Get*', 'iam:List*', 'iam:SimulatePrincipalPolicy'];
  local = await startLocalAws({
    catalog: rekognitionCatalog,
    services: [(world) => new Rekognition(world)],
    account: account({
      users: {
        cleaner: { inline: { may: document(allow('rekognition:DeleteCollection')) } },
        checker: {
          inline: { may: document(allow(mayAsk ? [...own, 'organizations:DescribeOrganization'] : own)) },
        },
      },
    }),
    guardrails: { scps: [[everything, noRekognition]] },
    organizationId: 'o-exampleorgid',
    managementAccount,
  });
  return local;
};
const checked = async (aws: LocalAws, ...args: string[]) => {
  const env = aws.envFor(userArn('checker'));
  const { stdout } = await run(['check', '--format', 'json', '--calls-per-second', '1000', ...args], env);
  return report.parse(readReport(stdout));
};
const excess = [{ subject: 'user/cleaner', kind: 'excess' }];

test('in the management account an SCP is neither evaluated nor believed, and does not bind', async () => {
  const aws = await organization(true);
  const env = aws.envFor(userArn('cleaner'));
  const rekognition = new RekognitionClient({
    region: 'us-east-1',
    endpoint: aws.endpoint,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
    },
  });
  const call = rekognition.send(new DeleteCollectionCommand({ CollectionId: 'visitors' }));
  await expect(call).rejects.toMatchObject({ name: 'ResourceNotFoundException' });

  const { findings, principals } = await checked(aws);
  expect(findings).toMatchObject(excess);
  expect(principals).toContainEqual(expect.objectContaining({ subject: 'user/checker', proved: true }));
  const asked = aws.calls().filter(({ operation }) => operation === 'DescribeOrganization');
  expect(asked).toHaveLength(1);
});

test('in any other account it is', async () => {
  expect((await checked(await organization(false))).findings).toEqual([]);
});

test('who may not ask which account it is can say so', async () => {
  const aws = await organization(true, false);
  expect((await checked(aws)).findings).toEqual([]);
  const above = file('guardrails.yaml', `management-account: "${aws.world.accountId}"\n`);
  expect((await checked(aws, '--guardrails', above)).findings).toMatchObject(excess);
});

const explained = z.object({
  requests: z.array(
    z.object({
      decision: z.string(),
      sources: z.array(z.object({ kind: z.string(), decision: z.string() })),
    }),
  ),
});
const rows = [
  ['there', true, 'allowed'],
  ['in any other account', false, 'explicitDeny'],
] as const;

describe.each(rows)('%s', (_, managementAccount, decision) => {
  test('explain says what the account is', async () => {
    const aws = await organization(managementAccount);
    const args = ['user/cleaner', 'DeleteCollection', '--format', 'json', '--calls-per-second', '1000'];
    const { stdout, stderr, code } = await run(['explain', ...args], aws.envFor(userArn('checker')));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { requests } = explained.parse(JSON.parse(stdout));
    expect(requests).not.toEqual([]);
    for (const request of requests) {
      expect(request.decision).toBe(decision);
      expect(request.sources).toContainEqual({ kind: 'simulated', decision });
    }
  });

  test('evidence does, and verifies', async () => {
    const aws = await organization(managementAccount);
    const out = join(mkdtempSync(join(tmpdir(), 'management-account-')), 'evidence');
    onTestFinished(() => rmSync(dirname(out), { recursive: true }));
    const env = aws.envFor(userArn('checker'));
    const { code } = await run(['evidence', '--out', out, '--calls-per-second', '1000'], env);
    expect(code).toBe(0);
    const { findings } = report.parse(readReport(readFileSync(join(out, 'report.json'), 'utf8')));
    expect(findings).toMatchObject(managementAccount ? excess : []);
    expect((await run(['evidence', 'verify', out])).code).toBe(0);
  });
});

test.each(['explain', 'evidence'])(
  '%s is told by the guardrails file where nobody may ask',
  async (command) => {
    const aws = await organization(true, false);
    const env = aws.envFor(userArn('checker'));
    const folder = mkdtempSync(join(tmpdir(), 'management-account-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const above = file('guardrails.yaml', `management-account: "${aws.world.accountId}"\n`);
    const saysThatItMay = async (...given: readonly string[]) => {
      const common = ['--calls-per-second', '1000', ...given];
      if (command === 'explain') {
        const { stdout } = await run(
          ['explain', 'user/cleaner', 'DeleteCollection', '--format', 'json', ...common],
          env,
        );
        return explained.parse(JSON.parse(stdout)).requests.every(({ decision }) => decision === 'allowed');
      }
      const out = join(folder, `evidence-${given.length}`);
      expect((await run(['evidence', '--out', out, ...common], env)).code).toBe(0);
      return report.parse(readReport(readFileSync(join(out, 'report.json'), 'utf8'))).findings.length > 0;
    };
    expect(await saysThatItMay()).toBe(false);
    expect(await saysThatItMay('--guardrails', above)).toBe(true);
  },
);
