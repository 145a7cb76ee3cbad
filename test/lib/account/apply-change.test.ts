import { describe, expect, test } from 'vitest';
import { type AccountChange, applyChange, applyChanges } from '#lib/account/apply-change.ts';
import type { Principal } from '#lib/account/types.ts';
import { allow, full, managed, policy, readOnly, role, user } from '../compare/fixtures.ts';

const train = policy('train', [allow('rekognition:StartProjectVersion')]);
const ofVision = { ...readOnly, group: 'vision' };
const anna = user('anna', [ofVision, train], { groups: ['vision'] });
const bert = user('bert', [ofVision], { groups: ['vision'] });
const carl = user('carl', []);
const etl = role('etl', [readOnly], { boundary: full });
const account = [anna, bert, carl, etl];

const held = (principals: readonly Principal[], name: string) =>
  principals
    .find((principal) => principal.name === name)
    ?.policies.map((one) => `${one.name}${one.group === undefined ? '' : ` of ${one.group}`}`);

describe('a change to a copy of an account', () => {
  test.each<[string, AccountChange, Record<string, string[]>]>([
    [
      'attach',
      { kind: 'attach', holder: { kind: 'role', name: 'etl' }, policy: full },
      { etl: [readOnly.name, full.name] },
    ],
    [
      'attach what is attached: once',
      { kind: 'attach', holder: { kind: 'role', name: 'etl' }, policy: readOnly },
      { etl: [readOnly.name] },
    ],
    [
      'attach to a group: every member, and nobody else',
      { kind: 'attach', holder: { kind: 'group', name: 'vision' }, policy: full },
      {
        anna: [`${readOnly.name} of vision`, 'train', `${full.name} of vision`],
        bert: [`${readOnly.name} of vision`, `${full.name} of vision`],
        carl: [],
      },
    ],
    [
      'detach from the user leaves what the group gives',
      { kind: 'detach', holder: { kind: 'user', name: 'anna' }, policyArn: readOnly.arn ?? '' },
      { anna: [`${readOnly.name} of vision`, 'train'] },
    ],
    [
      'detach from the group',
      { kind: 'detach', holder: { kind: 'group', name: 'vision' }, policyArn: readOnly.arn ?? '' },
      { anna: ['train'], bert: [] },
    ],
    [
      'delete an inline policy',
      { kind: 'delete', holder: { kind: 'user', name: 'anna' }, name: 'train' },
      { anna: [`${readOnly.name} of vision`] },
    ],
    [
      'remove a user from a group',
      { kind: 'remove-from-group', user: 'anna', group: 'vision' },
      { anna: ['train'], bert: [`${readOnly.name} of vision`] },
    ],
    [
      'add a user to a group: with what its members have through it',
      { kind: 'add-to-group', user: 'carl', group: 'vision' },
      { carl: [`${readOnly.name} of vision`] },
    ],
  ])('%s', (_, change, expected) => {
    const before = structuredClone(account);
    const after = applyChange(account, change);
    for (const [name, policies] of Object.entries(expected)) expect(held(after, name)).toEqual(policies);
    expect(account).toEqual(before);
  });

  test('put replaces the policy of that name in its place', () => {
    const [after] = applyChange([anna], {
      kind: 'put',
      holder: { kind: 'user', name: 'anna' },
      name: 'train',
      text: '{}',
    });
    expect(after?.policies.map(({ name, text }) => [name, text])).toEqual([
      [readOnly.name, readOnly.text],
      ['train', '{}'],
    ]);
  });

  test('another default version counts wherever the policy is, as a boundary too', () => {
    const old = managed('AmazonRekognitionFullAccess', 'v1');
    const change = {
      kind: 'set-default-version',
      policyArn: full.arn ?? '',
      versionId: 'v1',
      text: old.text,
    } as const;
    const after = applyChange(account, change);
    expect(after.at(-1)?.boundary).toEqual(old);
    expect(after[0]).toBe(anna);
  });

  test('boundaries and trust', () => {
    const trust = policy('trust', [], { type: 'resource' });
    const [after] = applyChanges(
      [etl],
      [
        { kind: 'delete-boundary', principal: { kind: 'role', name: 'etl' } },
        { kind: 'put-trust', role: 'etl', policy: trust },
      ],
    );
    expect(after).not.toHaveProperty('boundary');
    expect(after?.trust).toBe(trust);
    const [back] = applyChange(after === undefined ? [] : [after], {
      kind: 'put-boundary',
      principal: { kind: 'role', name: 'etl' },
      policy: full,
    });
    expect(back?.boundary).toBe(full);
  });

  test('what the change does not concern stays the same object', () => {
    const after = applyChange(account, {
      kind: 'detach',
      holder: { kind: 'role', name: 'etl' },
      policyArn: 'arn:x',
    });
    expect(after.slice(0, 3)).toEqual(account.slice(0, 3));
    expect(after[0]).toBe(anna);
  });
});
