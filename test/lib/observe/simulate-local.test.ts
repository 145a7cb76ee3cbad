import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { IAMClient } from '@aws-sdk/client-iam';
import { type LocalAws, startLocalAws } from '@permission-check/embedded-aws';
import type { Request, RequestContext } from '@permission-check/iam-policy';
import { PolicyCompiler, parsePolicy } from '@permission-check/iam-policy';
import { afterEach, describe, expect, test } from 'vitest';
import { rekognitionCatalog } from '#cli/demo/service-catalog.ts';
import { accountFromFile } from '#lib/account/from-file.ts';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Principal } from '#lib/account/types.ts';
import { actions, actionTable, resourceTypes } from '#lib/catalog/actions.ts';
import { createPace } from '#lib/iam/pace.ts';
import { evaluateRequests } from '#lib/observe/evaluate.ts';
import { simulateWith } from '#lib/observe/simulate.ts';
import { groupCalls } from '#lib/plan/group.ts';

const SAMPLE = join(import.meta.dirname, '../../../cli/samples/account.json');
const EXAMPLE = join(
  import.meta.dirname,
  '../../../../shared/data/example-account-authorization-details.json',
);

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(account: string): Promise<{ aws: LocalAws; client: IAMClient }> {
  const aws = await startLocalAws({ catalog: rekognitionCatalog, account });
  stops.push(() => aws.stop());
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = aws.env;
  const client = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 2,
  });
  stops.push(() => client.destroy());
  return { aws, client };
}

const NORMAL: RequestContext = {
  'aws:SecureTransport': 'true',
  'aws:SourceIp': '198.51.100.7',
  'aws:CurrentTime': '2026-11-24T00:00:00Z',
};

/** Every action on `*` and on an ARN of each of its types, with and without MFA. */
function everything(principal: Principal): Request[] {
  const [, , , , account = ''] = principal.arn.split(':');
  return ['true', 'false'].flatMap((mfa) => {
    const context = { ...NORMAL, ...principalContext(principal), 'aws:MultiFactorAuthPresent': mfa };
    return actions.flatMap(({ action, resourceTypes: types }) =>
      ['*', ...types.map(({ name }) => arnOf(name, account))].map((resource) => ({
        action,
        resource,
        context,
      })),
    );
  });
}

function arnOf(type: string, account: string): string {
  const form = resourceTypes.find(({ name }) => name === type)?.arn ?? '';
  const known: Record<string, string> = { Partition: 'aws', Region: 'us-east-1', Account: account };
  return form.replace(/\$\{(\w+)\}/g, (_, name: string) => known[name] ?? 'example-1');
}

function isMalformed(text: string): boolean {
  try {
    parsePolicy(text);
    return false;
  } catch {
    return true;
  }
}

// The example account is test data that is not carried in the repository.
describe.each([SAMPLE, EXAMPLE].filter(existsSync))('over the wire, with %s', (path) => {
  test('the simulator and the evaluator say the same', async () => {
    const { client } = await start(path);
    const compiler = new PolicyCompiler(actionTable);
    const simulate = simulateWith(client, createPace({ callsPerSecond: Number.POSITIVE_INFINITY }));
    const account = await accountFromFile(path);
    let compared = 0;
    let seen = 0;
    const isAsked = ({ serviceLinked, arn, policies }: Principal): boolean =>
      !serviceLinked &&
      arn.includes(account.accountId) &&
      // Every third of a large account: principals beside one another are alike.
      (path !== EXAMPLE || seen++ % 3 === 0) &&
      // One principal of the sample has a malformed policy on purpose; such a set is never asked about.
      !policies.some(({ text }) => isMalformed(text));
    for await (const principal of account.principals()) {
      if (!isAsked(principal)) continue;
      const { policies, boundary } = principal;
      const requests = everything(principal);
      const set = compiler.compileSet({ identity: policies, ...(boundary ? { boundary } : {}) });
      const evaluated = evaluateRequests(set, requests).map(({ decision }) => decision);
      const simulated = await simulate(principal.arn, requests, groupCalls(requests));
      const difference = requests.filter((_, index) => simulated[index]?.decision !== evaluated[index]);
      expect(difference.map(({ action, resource }) => `${principal.name} ${action} ${resource}`)).toEqual([]);
      compared += requests.length;
    }
    expect(compared).toBeGreaterThan(1000);
  });
});

test('what is throttled for good is inconclusive, what is throttled for a while is answered', async () => {
  const { aws, client } = await start(SAMPLE);
  const account = await accountFromFile(SAMPLE);
  const principals: Principal[] = [];
  for await (const one of account.principals()) principals.push(one);
  const [principal] = principals;
  if (principal === undefined) throw new Error('the sample account is empty');
  const requests = everything(principal);
  const simulate = simulateWith(client, createPace({ callsPerSecond: Number.POSITIVE_INFINITY }));

  aws.world.faults.add({ operation: 'iam:SimulatePrincipalPolicy', kind: 'throttle', next: 1 });
  const patient = await simulate(principal.arn, requests, groupCalls(requests));
  expect(patient.filter(({ decision }) => decision === 'inconclusive')).toEqual([]);

  aws.world.faults.add({ operation: 'iam:SimulatePrincipalPolicy', kind: 'throttle' });
  const [first] = requests.slice(0, 1);
  const refused = await simulate(principal.arn, requests, groupCalls(first ? [first] : []));
  expect(refused[0]).toMatchObject({ decision: 'inconclusive', reason: expect.stringMatching(/Throttling/) });
});
