import type { PolicySource } from '@permission-check/iam-policy';
import { expect, it } from 'vitest';
import { checkAccount } from '#lib/check/account.ts';
import { grantsElsewhere } from '#lib/compare/policy-reach.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { fix } from '#lib/workbench/fix/fix.ts';
import { accountOf, policyOf, user } from '#test/lib/reach/account.ts';
import { afterCommands } from '#test/support/aws-commands.ts';

const { expectations } = parseExpectations('default: []\n', 'expectations.yaml');
const allow = (Action: unknown, rest: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...rest });
const faces = 'rekognition:DeleteFaces';

/** Policies that IAM stores and its grammar does not have, with the actions of other services that stay. */
const stored: readonly [what: string, statements: readonly object[], stays: string | undefined][] = [
  ['a null among the actions', [allow([faces, null])], undefined],
  [
    'a null among the actions, beside another service',
    [allow([faces, null, 's3:GetObject'])],
    's3:GetObject',
  ],
  ['an action with a comma', [allow([faces, 's3:GetObject,PutObject'])], 's3:GetObject,PutObject'],
  [
    'a key without a prefix',
    [allow(faces, { Condition: { StringNotEquals: { username: 'x' } } }), allow('s3:*')],
    's3:*',
  ],
  ['a Sid twice', [allow(faces, { Sid: 'a' }), allow('s3:*', { Sid: 'a' })], 's3:*'],
  ['an unreadable statement beside it', [allow(faces), allow('s3:*', { Condition: { Strng: {} } })], 's3:*'],
];

it.each(stored)(
  'what is too much goes from a policy with %s, and nothing else',
  async (_, statements, stays) => {
    const before = [user('reader', [], { policies: [policyOf('own', statements)] })];
    const answer = await fix(accountOf(...before), { expectations });
    expect(answer.left).toEqual([]);
    const after = afterCommands(before, answer.commands, () => []);
    expect((await checkAccount(accountOf(...after), { expectations })).findings).toEqual([]);
    const texts = after.flatMap(({ policies }) => policies.map(({ text }) => text)).join();
    if (stays === undefined) expect(texts).toBe('');
    else expect(texts).toContain(JSON.stringify(stays));
  },
);

it.each<[statement: object, elsewhere: readonly string[]]>([
  [allow([faces, null]), []],
  [allow([faces, 's3:GetObject,PutObject']), ['s3:…']],
  [{ ...allow('sns:*'), Condition: { Strng: {} } }, ['sns:…']],
  [{ ...allow('sns:*'), Effect: 'Deny', Condition: { Strng: {} } }, []],
  [{ Effect: 'Allow', NotAction: [faces], Action: 's3:*' }, ['everything else']],
])('what %j may grant elsewhere', (statement, elsewhere) => {
  const policy: PolicySource = policyOf('own', [statement]);
  expect(grantsElsewhere(policy)).toEqual(elsewhere);
});

it('a document that cannot be read grants nothing elsewhere that is known', () => {
  expect(grantsElsewhere({ ...policyOf('own', []), text: '[' })).toEqual([]);
});
