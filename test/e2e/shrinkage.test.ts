import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { afterEach, describe, expect, it } from 'vitest';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';

const statement = (Effect: string, Action: string, more: object = {}) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Action, Resource: '*', ...more }] });
const allow = (Action: string, more: object = {}) => statement('Allow', Action, more);
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const scp = (name: string, text: string) => ({ name, type: 'scp' as const, text });

let deployed: DeployedStack | undefined;
let directory: string | undefined;
afterEach(async () => {
  await deployed?.stop();
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
});

/** A role `app` that may search faces, of which the team has heard what there is to hear. */
async function story(expectations: string) {
  directory = mkdtempSync(join(tmpdir(), 'expectations-'));
  const file = join(directory, 'expectations.yaml');
  writeFileSync(file, expectations);
  const level = [scp('FullAWSAccess', allow('*'))];
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: file,
    guardrails: { scps: [level] },
  });
  const { aws, stack } = deployed;
  const iam = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
  });
  let heard = 0;
  const news = async () => {
    await stack.settle();
    const fresh = aws.messages().slice(heard);
    heard = aws.messages().length;
    return fresh.map(({ subject = '', byProtocol }) =>
      `${subject} ${byProtocol.email}`.replaceAll(/\s+/g, ' '),
    );
  };
  const sweep = () => {
    stack.tick('SweepFunctionDaily');
    return news();
  };
  const put = (PolicyDocument: string) =>
    iam.send(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'own', PolicyDocument }));
  await iam.send(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: trust }));
  await put(allow('rekognition:SearchFaces'));
  await news();
  await sweep();
  return { iam, news, sweep, put, level };
}
type Story = Awaited<ReturnType<typeof story>>;

const byCondition =
  (Condition: object) =>
  async ({ put, news }: Story): Promise<string[]> => {
    await put(allow('rekognition:SearchFaces', { Condition }));
    return news();
  };

const shop = 'arn:aws:rekognition:us-east-1:123456789012:collection/shop';
const ways: readonly [string, (story: Story) => Promise<string[]>][] = [
  [
    'scope',
    async ({ put, news }) => {
      await put(allow('rekognition:SearchFaces', { Resource: shop }));
      return news();
    },
  ],
  ['condition', byCondition({ IpAddress: { 'aws:SourceIp': '198.51.100.0/24' } })],
  [
    'boundary',
    async ({ iam, news }) => {
      const { Policy } = await iam.send(
        new CreatePolicyCommand({ PolicyName: 'only-s3', PolicyDocument: allow('s3:*') }),
      );
      const PermissionsBoundary = Policy?.Arn;
      await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: 'app', PermissionsBoundary }));
      return news();
    },
  ],
  [
    'SCP',
    async ({ level, sweep }) => {
      level.push(scp('no-search', statement('Deny', 'rekognition:SearchFaces')));
      return sweep();
    },
  ],
];
const growth = /can now|WORSE/;

describe('where no rule judges, less access is a loss', () => {
  it.each(ways)(
    'by %s',
    async (_, shrink) => {
      const told = await shrink(await story('default: built-in\n'));
      expect(told).toHaveLength(1);
      // An SCP takes it from everybody, administrators too.
      expect(told[0]).toMatch(
        /^\[LOW\] Rekognition: (role\/app|4 roles and 2 users) can no longer search faces/,
      );
      expect(told[0]).toContain('role/app');
      expect(told[0]).not.toMatch(growth);
    },
    60_000,
  );
});

describe('where a rule expects it, less access is missing', () => {
  const expected = `principals:
  - match: role/app
    expect: [searching]
sets:
  searching:
    - {Effect: Allow, Action: rekognition:SearchFaces, Resource: '*'}
default: built-in
`;
  // A normal request comes from some address, and a session of Lambda never has MFA.
  const withMfa = byCondition({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } });
  it.each(ways.map(([by, shrink]) => [by, by === 'condition' ? withMfa : shrink] as const))(
    'by %s',
    async (_, shrink) => {
      const told = await shrink(await story(expected));
      expect(told).toHaveLength(1);
      expect(told[0]).toMatch(/role\/app cannot search faces/);
      expect(told[0]).not.toMatch(growth);
    },
    60_000,
  );
});

describe('where a rule expects nothing, less access is no alert, and its end resolves', () => {
  it.each(ways.slice(0, 2))(
    'by %s',
    async (_, shrink) => {
      expect(await shrink(await story('default: []\n'))).toEqual([]);
    },
    60_000,
  );

  it.each(ways.slice(2))(
    'by %s',
    async (_, shrink) => {
      const told = await shrink(await story('default: []\n'));
      expect(told).toHaveLength(1);
      expect(told[0]).toMatch(/^\[RESOLVED\] .*role\/app/);
      expect(told[0]).not.toMatch(growth);
    },
    60_000,
  );
});

it('a first sweep says of nobody that he can do something now', async () => {
  const { aws } = await (async () => {
    await story('default: []\n');
    if (deployed === undefined) throw new Error('the stack is deployed');
    return deployed;
  })();
  const sweeps = aws.messages().filter(({ byProtocol }) => byProtocol.email?.includes('daily sweep'));
  expect(sweeps).toHaveLength(1);
  expect(sweeps[0]?.subject).toMatch(/^\[CRITICAL\] Rekognition: .* can /);
  expect(`${sweeps[0]?.subject} ${sweeps[0]?.byProtocol.email}`).not.toMatch(growth);
}, 60_000);
