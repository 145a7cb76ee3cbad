import type { PolicySource } from '@permission-check/iam-policy';
import { expect, it } from 'vitest';
import { checkAccount } from '#lib/check/account.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { fix } from '#lib/workbench/fix/fix.ts';
import { accountId, accountOf, policyOf, user } from '#test/lib/reach/account.ts';
import { afterCommands } from '#test/support/aws-commands.ts';

const statement = (Effect: string, Action: string) => ({ Effect, Action, Resource: '*' });
const deny = statement('Deny', 'rekognition:DetectText');
const others = statement('Allow', 's3:*');
const { expectations } = parseExpectations(
  `sets:
  text: [{ Effect: Allow, Action: rekognition:DetectText, Resource: "*" }]
principals: [{ match: "*", expect: [text] }]
`,
  'expectations.yaml',
);

it.each([
  ['by a Deny alone', [deny, others], []],
  ['by a Deny beside what it allows', [deny, others, statement('Allow', 'rekognition:*')], []],
  ['by a Deny, as by a policy of its own', [deny, others], [deny, others]],
])('what is expected is missing by the boundary, %s, and nothing is left', async (_, boundary, own) => {
  const stored: PolicySource = {
    ...policyOf('limit', boundary),
    type: 'customer-managed',
    arn: `arn:aws:iam::${accountId}:policy/limit`,
  };
  const policies = own.length > 0 ? [policyOf('own', own)] : [];
  const before = [user('reader', [], { policies, boundary: stored })];
  const answer = await fix(accountOf(...before), { expectations });
  expect(answer.left).toEqual([]);
  const after = afterCommands(before, answer.commands, () => []);
  expect((await checkAccount(accountOf(...after), { expectations })).findings).toEqual([]);
});
