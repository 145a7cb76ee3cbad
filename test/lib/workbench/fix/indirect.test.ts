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

const allow = (Action: string | readonly string[], Resource = '*') => ({ Effect: 'Allow', Action, Resource });
const lambda = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
const reads = 'principals: [{ match: [user/p*, role/p*], expect: [reads] }, { match: "*", expect: any }]\n';
const sets = 'sets:\n  reads:\n    - { Effect: Allow, Action: rekognition:DetectText, Resource: "*" }\n';
const detects = policyOf('detects', [allow('rekognition:DetectText')]);
const worker: Principal = role('worker', [lambda], [allow('rekognition:DeleteFaces')]);

async function mended(principals: readonly Principal[], text = `${reads}${sets}`) {
  const { expectations, diagnostics } = parseExpectations(text, 'expectations.yaml');
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const answer = await fix(accountOf(...principals), { expectations });
  const changed = afterCommands(principals, answer.commands, catalogPolicies);
  const after = await checkAccount(accountOf(...changed), { expectations });
  return { ...answer, changed, after: after.findings.map(({ kind, summary }) => `${kind}: ${summary}`) };
}

test('what it may do to itself is taken out of its own policy by name, and the rest stays', async () => {
  const own = policyOf('own', [allow(['iam:PutUserPolicy', 'iam:GetUser', 's3:GetObject'])]);
  const { left, after, commands, mended: gone } = await mended([user('p', [], { policies: [detects, own] })]);
  expect(gone.map(({ kind }) => kind)).toEqual(['indirect']);
  expect([left, after]).toEqual([[], []]);
  expect(commands).toHaveLength(1);
  expect(commands[0]).toMatch(
    /put-user-policy .* --policy-name own .*"Action":\["iam:GetUser","s3:GetObject"\]/,
  );
});

test('what a pattern allows is denied beside it', async () => {
  const own = policyOf('own', [allow('iam:*')]);
  const { left, after, changed } = await mended([user('p', [], { policies: [detects, own] })]);
  expect([left, after]).toEqual([[], []]);
  const [principal] = changed;
  expect(principal?.policies).toContain(own);
  const text = principal?.policies.find(({ name }) => name === 'rekognition-limits')?.text ?? '';
  expect(text).toContain('iam:PutUserPolicy');
  expect(text).not.toContain('iam:GetUser"');
});

test('of the actions that hand a role to a service one is taken', async () => {
  const own = policyOf('own', [allow(['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction'])]);
  const { left, after, commands } = await mended([
    role('p', [lambda], [], { policies: [detects, own] }),
    worker,
  ]);
  expect([left, after]).toEqual([[], []]);
  expect(commands.join('\n')).toContain('"Action":["lambda:CreateFunction","lambda:InvokeFunction"]');
});

test('another one, where that is expected', async () => {
  const own = policyOf('own', [allow(['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction'])]);
  const text = `${reads}${sets}    - { Effect: Allow, Action: iam:PassRole, Resource: "*" }\n`;
  const { left, after, commands } = await mended(
    [role('p', [lambda], [], { policies: [detects, own] }), worker],
    text,
  );
  expect([left, after]).toEqual([[], []]);
  expect(commands.join('\n')).toContain('"iam:PassRole"');
});

test('and nothing, where all of them are', async () => {
  const own = policyOf('own', [allow(['iam:PutRolePolicy'])]);
  const text = `${reads}${sets}    - { Effect: Allow, Action: iam:PutRolePolicy, Resource: "*" }\n`;
  const { left, commands } = await mended([role('p', [lambda], [], { policies: [detects, own] })], text);
  expect(left.map(({ why }) => why)).toEqual([expect.stringContaining('what is expected')]);
  expect(commands).toEqual([]);
});

test('and nothing, where it is expected on what it leads to, and what is expected elsewhere stays', async () => {
  const own = policyOf('own', [allow(['iam:Pass*', 'lambda:*'])]);
  const text = (to: string) =>
    `${reads}${sets}    - { Effect: Allow, Action: [iam:PassRole, "lambda:*"], Resource: ["${to}", "arn:aws:lambda:*"] }\n`;
  const all = [role('p', [lambda], [], { policies: [detects, own] }), worker];
  const led = await mended(all, text(worker.arn));
  expect(led.left.map(({ why }) => why)).toEqual([expect.stringContaining('what is expected: iam:PassRole')]);
  expect(led.commands).toEqual([]);
  const elsewhere = await mended(all, text(`${worker.arn}-of-another-kind`));
  expect([elsewhere.left, elsewhere.after]).toEqual([[], []]);
  expect(elsewhere.commands.join()).toContain(`"Resource":"${worker.arn}"`);
});

test('a policy that others have, too, stays', async () => {
  const shared: PolicySource = {
    ...policyOf('shared', [allow('iam:AttachRolePolicy')]),
    type: 'customer-managed',
    arn: `arn:aws:iam::${accountId}:policy/shared`,
    versionId: 'v1',
  };
  const all = [
    role('p', [lambda], [], { policies: [detects, shared] }),
    role('other', [lambda], [], { policies: [shared] }),
  ];
  const { left, after, changed } = await mended(all);
  expect([left, after]).toEqual([[], []]);
  expect(changed[1]).toEqual(all[1]);
});

test('a managed policy that nobody else has gets another version', async () => {
  const own: PolicySource = {
    ...policyOf('deploy', [allow(['iam:AttachRolePolicy', 's3:GetObject'])]),
    type: 'customer-managed',
    arn: `arn:aws:iam::${accountId}:policy/deploy`,
    versionId: 'v1',
  };
  const { left, after, commands } = await mended([role('p', [lambda], [], { policies: [detects, own] })]);
  expect([left, after]).toEqual([[], []]);
  expect(commands).toEqual([expect.stringMatching(/create-policy-version .*"Action":"s3:GetObject"/s)]);
});

test('a Deny names what the actions are done to, and leaves the rest', async () => {
  const own = policyOf('own', [allow(['iam:Pass*', 'lambda:*'])]);
  const plain = role('plain', [lambda], []);
  const { left, after, changed } = await mended([
    role('p', [lambda], [], { policies: [detects, own] }),
    worker,
    plain,
  ]);
  expect([left, after]).toEqual([[], []]);
  const text = changed[0]?.policies.find(({ name }) => name === 'rekognition-limits')?.text ?? '';
  expect(JSON.parse(text).Statement).toEqual([
    { Effect: 'Deny', Action: ['iam:PassRole'], Resource: worker.arn },
  ]);
});

test('of many the action is denied whole', async () => {
  const own = policyOf('own', [allow(['iam:Pass*', 'lambda:*'])]);
  const workers = Array.from({ length: 6 }, (_, at) =>
    role(`worker${at}`, [lambda], [allow('rekognition:DeleteFaces')]),
  );
  const { left, after, changed } = await mended([
    role('p', [lambda], [], { policies: [detects, own] }),
    ...workers,
  ]);
  expect([left, after]).toEqual([[], []]);
  const text = changed[0]?.policies.find(({ name }) => name === 'rekognition-limits')?.text ?? '';
  expect(JSON.parse(text).Statement).toEqual([{ Effect: 'Deny', Action: ['iam:PassRole'], Resource: '*' }]);
});

const acts = [
  'iam:PutUserPolicy',
  'iam:PutRolePolicy',
  'iam:PassRole',
  'lambda:CreateFunction',
  'iam:*',
  '*',
];
const more = ['lambda:InvokeFunction', 'iam:UpdateAssumeRolePolicy', 'iam:CreateAccessKey', 'rekognition:*'];
const drawn = fc.record({
  kind: fc.constantFrom('user' as const, 'role' as const),
  actions: fc.subarray([...acts, ...more, 's3:GetObject'], { minLength: 1, maxLength: 4 }),
  second: fc.option(fc.subarray([...acts, ...more], { minLength: 1, maxLength: 2 }), { nil: undefined }),
  admin: fc.boolean(),
});

test('of random accounts nothing is left that policies can end', async () => {
  const [admin] = catalogPolicies('AdministratorAccess');
  let count = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(drawn, { minLength: 1, maxLength: 3 }), async (all) => {
      const principals = all.map(({ kind, actions, second, admin: isAdmin }, at) => {
        const policies = [
          detects,
          policyOf('own', [allow(actions)]),
          ...(second === undefined ? [] : [policyOf('second', [allow(second)])]),
          ...(isAdmin && at === 0 && admin !== undefined ? [admin] : []),
        ];
        return kind === 'user'
          ? user(`p${at}`, [], { policies })
          : role(`p${at}`, [lambda], [], { policies });
      });
      const { left, after, mended: gone } = await mended([...principals, worker]);
      count += gone.filter(({ kind }) => kind === 'indirect').length;
      expect(left.map(({ finding, why }) => `${finding.summary} ${why}`)).toEqual([]);
      expect(after).toEqual([]);
    }),
    { numRuns: 30, seed: 20_261_129 },
  );
  expect(count).toBeGreaterThan(10);
}, 240_000);

test('the version that a repair takes the place of cannot be brought back by whom it is for', async () => {
  const arn = `arn:aws:iam::${accountId}:policy/p`;
  const shared: PolicySource = {
    ...policyOf('p', [
      allow(['rekognition:DetectText', 'rekognition:DeleteFaces']),
      allow(['iam:SetDefaultPolicyVersion', 's3:GetObject']),
    ]),
    type: 'customer-managed',
    arn,
    versionId: 'v1',
  };
  const { left, after, commands, changed } = await mended([user('p1', [], { policies: [shared] })]);
  expect(left).toEqual([]);
  expect(after).toEqual([]);
  expect(commands[0]).toContain('create-policy-version');
  // As the account is then, with the version that was the default beside the new one.
  const { expectations } = parseExpectations(`${reads}${sets}`, 'expectations.yaml');
  const account = { ...accountOf(...changed), otherVersions: () => [shared] };
  expect((await checkAccount(account, { expectations })).findings).toEqual([]);
});
