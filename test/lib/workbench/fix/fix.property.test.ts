import type { PolicySource } from '@permission-check/iam-policy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { catalogPolicies } from '#lib/expectation/sets.ts';
import { fix } from '#lib/workbench/fix/fix.ts';
import { accountId, accountOf, policyOf, role, user } from '#test/lib/reach/account.ts';
import { afterCommands } from '#test/support/aws-commands.ts';

/** IAM stores policies up to a size: that is no fault of the search. */
const tooLong = /characters, more than/;
const mendable = ['excess', 'unguarded', 'missing'];

const collection = (name: string) => `arn:aws:rekognition:*:${accountId}:collection/${name}`;
const statement = fc
  .record({
    Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Allow', 'Deny'),
    actions: fc.subarray(
      [
        'rekognition:*',
        'rekognition:Delete*',
        'rekognition:IndexFaces',
        'rekognition:DetectText',
        's3:*',
        '*',
      ],
      { minLength: 1, maxLength: 2 },
    ),
    notAction: fc.constantFrom(false, false, false, false, true),
    resources: fc.subarray(['*', collection('a-*'), collection('b'), 'arn:aws:s3:::bucket/*'], {
      minLength: 1,
      maxLength: 2,
    }),
    condition: fc.constantFrom(
      undefined,
      undefined,
      { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
      { IpAddress: { 'aws:SourceIp': '198.51.100.0/24' } },
      { StringEquals: { 'aws:ResourceTag/team': `$\{aws:PrincipalTag/team}` } },
      { StringNotEquals: { 'aws:RequestedRegion': ['eu-west-1'] } },
      { BoolIfExists: { 'aws:SecureTransport': 'true' }, Null: { 'aws:TokenIssueTime': 'false' } },
    ),
    notResource: fc.constantFrom(false, false, false, false, true),
  })
  .map(({ Effect, actions, notAction, resources, notResource, condition }) => ({
    Effect,
    [notAction ? 'NotAction' : 'Action']: actions,
    [notResource ? 'NotResource' : 'Resource']: resources,
    ...(condition && { Condition: condition }),
  }));
const statements = fc.array(statement, { minLength: 1, maxLength: 3 });
const managed = [
  'AmazonRekognitionReadOnlyAccess@v4',
  'AmazonRekognitionFullAccess',
  'AdministratorAccess',
].flatMap(catalogPolicies);
const customer = (name: string, of: readonly object[]): PolicySource => ({
  ...policyOf(name, of),
  type: 'customer-managed',
  arn: `arn:aws:iam::${accountId}:policy/${name}`,
});

const trusts = [
  [],
  { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
  { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: 'sts:AssumeRole' },
];

const cases = fc.record({
  principals: fc.array(
    fc.record({
      kind: fc.constantFrom('user' as const, 'role' as const),
      own: fc.option(statements, { nil: undefined }),
      managed: fc.subarray(managed, { maxLength: 1 }),
      hasShared: fc.boolean(),
      isInGroup: fc.boolean(),
      boundary: fc.option(statements, { nil: undefined, freq: 2 }),
      trust: fc.constantFrom(...trusts),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  shared: statements,
  ofGroup: statements,
  expected: fc.subarray(['AmazonRekognitionReadOnlyAccess', 'faces', 'labels'], { maxLength: 2 }),
  guards: fc.subarray(['mfa', 'tls']),
});

const sets = `sets:
  faces:
    - { Effect: Allow, Action: [rekognition:DeleteFaces, rekognition:IndexFaces], Resource: "${collection('a-*')}" }
  labels:
    - { Effect: Allow, Action: [rekognition:Detect*], Resource: "*" }
`;
const guards = {
  mfa: 'mfa: { mfa: true, actions: ["rekognition:Delete*"], applies-to: users }',
  tls: 'tls: { tls: true }',
};

interface Drawn {
  readonly kind: 'user' | 'role';
  readonly own: readonly object[] | undefined;
  readonly managed: readonly PolicySource[];
  readonly hasShared: boolean;
  readonly isInGroup: boolean;
  readonly boundary: readonly object[] | undefined;
  readonly trust: object;
}

function principalOf(
  { kind, own, managed: attached, hasShared, isInGroup, boundary, trust }: Drawn,
  name: string,
  shared: readonly object[],
  ofGroup: readonly object[],
): Principal {
  const grouped = kind === 'user' && isInGroup;
  const ownPolicies = own === undefined ? [] : [policyOf('own', own)];
  const sharedPolicies = hasShared ? [customer('shared', shared)] : [];
  const groupPolicies = grouped ? [{ ...policyOf('team', ofGroup), group: 'team' }] : [];
  const policies = [...ownPolicies, ...attached, ...sharedPolicies, ...groupPolicies];
  const given = {
    policies,
    groups: grouped ? ['team'] : [],
    tags: { team: 'a' },
    ...(boundary && { boundary: customer(`boundary-${name}`, boundary) }),
  };
  return kind === 'user' ? user(name, [], given) : role(name, trust, [], given);
}

/** The versions of managed policies that are the default no longer. */
function replaced(before: readonly Principal[], after: readonly Principal[]): readonly PolicySource[] {
  const all = (principals: readonly Principal[]) =>
    principals.flatMap(({ policies, boundary }) => [...policies, ...(boundary ? [boundary] : [])]);
  const texts = new Map(all(after).map(({ arn, text }) => [arn, text]));
  return all(before).filter(
    ({ arn, text }) => arn !== undefined && texts.has(arn) && texts.get(arn) !== text,
  );
}

test('what fix prints ends every finding that policies can end, and takes nothing that is expected', async () => {
  const tally = { mended: 0, left: 0, tooLong: 0 };
  await fc.assert(
    fc.asyncProperty(cases, async ({ principals, shared, ofGroup, expected, guards: named }) => {
      const all = principals.map((one, at) => principalOf(one, `p${at}`, shared, ofGroup));
      const text = `${sets}guards:\n  ${['none: { source-ip: 0.0.0.0/0, actions: rekognition:ListFaces }', ...named.map((name) => guards[name as 'mfa'])].join('\n  ')}\nprincipals:\n  - match: "*"\n    expect: [${expected.join(', ')}]\n    guards: [${named.join(', ')}]\n`;
      const { expectations, diagnostics } = parseExpectations(text, 'expectations.yaml');
      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      const answer = await fix(accountOf(...all), { expectations });
      const refused = answer.left.filter(({ finding }) => mendable.includes(finding.kind));
      const possible = refused.filter(({ why }) => !tooLong.test(why));
      tally.tooLong += refused.length - possible.length;
      tally.mended += answer.mended.length;
      tally.left += possible.length;
      expect(possible.map(({ finding, why }) => [finding.summary, why])).toEqual([]);
      const after = afterCommands(all, answer.commands, catalogPolicies);
      const report = await checkAccount(
        { ...accountOf(...after), otherVersions: () => replaced(all, after) },
        { expectations },
      );
      expect(report.findings.length, report.findings.map(({ summary }) => summary).join()).toBe(answer.open);
      const open = report.findings.filter(({ kind }) => mendable.includes(kind));
      if (refused.length === 0) expect(open.map(({ summary }) => summary)).toEqual([]);
    }),
    { numRuns: 40, seed: 20_261_128 },
  );
  expect(tally.mended).toBeGreaterThan(40);
  expect(tally.tooLong).toBeLessThan(3);
}, 240_000);
