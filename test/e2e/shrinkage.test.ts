import { PutRolePermissionsBoundaryCommand } from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { beginStory, statement } from '#test/support/story.ts';

const allow = (Action: string, more: object = {}) => statement('Allow', Action, more);
const scp = (name: string, text: string) => ({ name, type: 'scp' as const, text });

/** A role `app` that may search faces, of which the team has heard what there is to hear. */
async function story(rules: string) {
  const level = [scp('FullAWSAccess', allow('*'))];
  const begun = await beginStory({ rules, guardrails: { scps: [level] } });
  const put = (text: string) => begun.put('app', text);
  await begun.role('app');
  await put(allow('rekognition:SearchFaces'));
  await begun.news();
  await begun.sweep();
  return { ...begun, put, level };
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
    async ({ iam, policy, news }) => {
      const PermissionsBoundary = await policy('only-s3', allow('s3:*'));
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
  const { aws } = await story('default: []\n');
  const sweeps = aws.messages().filter(({ byProtocol }) => byProtocol.email?.includes('daily sweep'));
  expect(sweeps).toHaveLength(1);
  expect(sweeps[0]?.subject).toMatch(/^\[CRITICAL\] Rekognition: .* can /);
  expect(`${sweeps[0]?.subject} ${sweeps[0]?.byProtocol.email}`).not.toMatch(growth);
}, 180_000);
