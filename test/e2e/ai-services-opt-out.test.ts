import { type LocalAws, Rekognition, startLocalAws } from '@permission-check/embedded-aws';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { rekognitionCatalog } from '#cli/demo/service-catalog.ts';
import { file, run } from '#test/cli/program.ts';
import { account, allow, document, userArn } from '#test/support/embedded-aws.ts';
import { readReport } from '#test/support/report.ts';
import { beginStory, statement } from '#test/support/story.ts';
import { passUntil, tuesday } from '#test/support/weekdays.ts';

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

/** The stack under such a policy, which may be changed, with everybody looked at; `denied`: an SCP keeps it from reading it. */
async function stackUnder(policy: { services: object }, denied = false) {
  const level = [{ name: 'all', type: 'scp' as const, text: statement('Allow', '*') }];
  const ask = 'organizations:DescribeEffectivePolicy';
  if (denied) level.push({ name: 'not-this', type: 'scp', text: statement('Deny', ask) });
  const story = await beginStory({
    guardrails: { scps: [level], aiServicesPolicy: policy },
    parameters: { AiServicesPolicy: 'yes', WeeklyReport: 'yes' },
  });
  // On a Monday every sweep says it once more.
  passUntil(tuesday, story);
  return { ...story, level, first: await story.sweep() };
}

const about = (mails: readonly string[]) => mails.filter((mail) => /content|AI services/.test(mail));

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

test('the stack tells once that the organization does not opt out any more', async () => {
  const policy = policyOf({ default: optOut });
  const { first, sweep, aws, stack, role, put, news } = await stackUnder(policy);
  expect(first.filter((mail) => /AWS may keep/.test(mail))).toEqual([]);
  expect(about(await sweep())).toEqual([]);

  policy.services = { default: optOut, rekognition: optIn };
  const [told = '', ...others] = await sweep();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[HIGH\] Rekognition: content can now be used by AWS to improve its services /);
  expect(told).toContain('aws organizations describe-effective-policy');
  expect(about(await sweep())).toEqual([]);
  const { name = '' } = stack.template.buckets.find((one) => one.logicalId === 'ReportsBucket') ?? {};
  const reports = aws.platform.buckets.find(name)?.versions() ?? [];
  const latest = reports.filter(({ key }) => key.includes('latest') && key.endsWith('.json'));
  const texts = latest.map(({ content }) => String(content?.body));
  expect(texts.filter((text) => text.includes('does not opt Rekognition out'))).not.toEqual([]);

  // An event that hides what it wrote lets everything be looked at, and five minutes later once more.
  const asked = () => aws.calls().filter(({ operation }) => operation === 'DescribeEffectivePolicy').length;
  await role('late');
  await news();
  const before = asked();
  await put('late', `${' '.repeat(120_000)}${statement('Allow', 's3:*')}`);
  await news();
  expect(asked() - before).toBe(2);
}, 180_000);

test('the stack says once that it may not read the policy', async () => {
  const { first, sweep } = await stackUnder(policyOf({ default: optOut }), true);
  expect(about(first).join()).toMatch(
    /Whether AWS may keep content .* is not known: not permitted to call org/,
  );
  expect(about(await sweep())).toEqual([]);
}, 180_000);
