import { type LocalAws, Rekognition, startLocalAws } from '@permission-check/embedded-aws';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { rekognitionCatalog } from '#cli/demo/service-catalog.ts';
import { file, run } from '#test/cli/program.ts';
import { account, allow, document, userArn } from '#test/support/embedded-aws.ts';
import { readReport } from '#test/support/report.ts';

const policyOf = (services: object) => ({ services });
const optOut = { opt_out_policy: 'optOut' };
const optIn = { opt_out_policy: 'optIn' };

let local: LocalAws | undefined;
afterEach(() => local?.stop());

/** The notes of a check of an account in an organization, with the policy that is in effect there. */
async function notes(policy: object | undefined, { mayAsk = true, args = [] as readonly string[] } = {}) {
  const own = ['iam:Get*', 'iam:List*', 'iam:SimulatePrincipalPolicy'];
  local = await startLocalAws({
    catalog: rekognitionCatalog,
    services: [(world) => new Rekognition(world)],
    account: account({
      users: {
        checker: {
          inline: {
            may: document(allow(mayAsk ? [...own, 'organizations:DescribeEffectivePolicy'] : own)),
          },
        },
      },
    }),
    organizationId: 'o-exampleorgid',
    ...(policy && { guardrails: { aiServicesPolicy: policy } }),
  });
  const command = ['check', '--format', 'json', '--calls-per-second', '1000', ...args];
  const { stdout } = await run(command, local.envFor(userArn('checker')));
  return z.object({ notes: z.optional(z.array(z.string())) }).parse(readReport(stdout)).notes ?? [];
}

const isOut = [expect.stringContaining('policy opts Rekognition out')];
const isIn = [expect.stringContaining('policy does not opt Rekognition out')];

test.each<[string, object | undefined, unknown[]]>([
  ['of all services', policyOf({ default: optOut }), isOut],
  ['of Rekognition', policyOf({ default: optIn, rekognition: optOut }), isOut],
  ['of all but Rekognition', policyOf({ default: optOut, rekognition: optIn }), isIn],
  ['of another service', policyOf({ polly: optOut }), isIn],
  ['of none, as there is no policy', undefined, isIn],
])('the report says that the organization opts out %s', async (_, policy, expected) => {
  expect(await notes(policy)).toEqual(expected);
});

test('who may not ask is told nothing, and a file says it', async () => {
  const policy = policyOf({ default: optOut });
  expect(await notes(policy, { mayAsk: false })).toEqual([]);
  await local?.stop();
  const guardrails = file('guardrails.yaml', 'ai-services-opt-out: no\n');
  expect(await notes(policy, { args: ['--guardrails', guardrails] })).toEqual(isIn);
});
