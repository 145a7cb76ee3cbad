import type { PolicySource } from '@permission-check/iam-policy';
import { describe, expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { expectations } from '../expectation/fixtures.ts';
import { accountId, accountOf, policyOf, role, user } from '../reach/account.ts';

const faces = {
  Effect: 'Allow',
  Action: ['rekognition:DeleteFaces', 'rekognition:ListFaces'],
  Resource: '*',
};
const shared: PolicySource = {
  ...policyOf('faces', faces),
  type: 'customer-managed',
  arn: `arn:aws:iam::${accountId}:policy/faces`,
};
const rules = expectations(`
sets:
  list: [{ Effect: Allow, Action: rekognition:ListFaces, Resource: "*" }]
  all: [{ Effect: Allow, Action: [rekognition:ListFaces, rekognition:DeleteFaces], Resource: "*" }]
principals:
  - { match: ["role/reader*", "user/reader"], expect: [list] }
  - { match: [role/keeper, user/keeper], expect: [all] }
`);
const remediesOf = async (...all: Principal[]) =>
  (await checkAccount(accountOf(...all), { expectations: rules })).findings.map(({ subject, remedies }) => ({
    subject,
    remedies,
  }));

describe('advice about a policy that several have', () => {
  const withShared = (name: string) => role(name, [], [], { policies: [shared] });

  test('leaves it as it is where one of them is expected to have what it allows', async () => {
    expect(await remediesOf(withShared('reader'), withShared('keeper'))).toEqual([
      {
        subject: 'role/reader',
        remedies: [
          'Leave faces as it is, by which role/keeper has what it should: give role/reader a policy of its own in its place, without DeleteFaces.',
        ],
      },
    ]);
  });

  test('edits it where none of them is', async () => {
    const told = await remediesOf(withShared('reader-1'), withShared('reader-2'));
    expect(told.map(({ remedies }) => remedies)).toEqual([
      [expect.stringMatching(/^Take DeleteFaces out of statement 1/)],
      [expect.stringMatching(/^Take DeleteFaces out of statement 1/)],
    ]);
  });

  test('takes a user out of a group whose others are expected to have it', async () => {
    const ofGroup = { ...policyOf('p', faces), group: 'g' };
    const member = (name: string) => user(name, [], { policies: [ofGroup], groups: ['g'] });
    expect(await remediesOf(member('reader'), member('keeper'))).toEqual([
      {
        subject: 'user/reader',
        remedies: [
          'Leave inline policy "p" of group/g as it is, by which user/keeper has what it should: take user/reader out of group/g and give it policies of its own, without DeleteFaces.',
        ],
      },
    ]);
  });

  test('edits what one has alone', async () => {
    const [own] = await remediesOf(role('reader', [], faces), withShared('keeper'));
    expect(own?.remedies).toEqual([expect.stringMatching(/^Take DeleteFaces out of statement 1/)]);
  });
});
