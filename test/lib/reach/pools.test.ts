import { expect, test } from 'vitest';
import { absentPool, deletedPool, type IdentityPool } from '#lib/account/identity-pools.ts';
import { Admissions } from '#lib/reach/admission.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Reach } from '#lib/reach/reach.ts';
import { wayWords } from '#lib/reach/words.ts';
import { accountId, role } from './account.ts';

const host = 'cognito-identity.amazonaws.com';
const guestsOf = (...aud: string[]) => statement({ StringEquals: { [`${host}:aud`]: aud } });
const statement = (Condition: object) => ({
  Effect: 'Allow',
  Principal: { Federated: host },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { ...Condition, 'ForAnyValue:StringLike': { [`${host}:amr`]: 'unauthenticated' } },
});
const pool = (id: string, rest: Partial<IdentityPool> = {}): IdentityPool => ({
  id,
  allowsGuests: true,
  allowsClassicFlow: false,
  guestRole: `arn:aws:iam::${accountId}:role/faces`,
  ...rest,
});
const ways = (trust: object | object[], pools?: readonly IdentityPool[]) =>
  new Reach(new Admissions(), new Callers(), pools).waysInto(role('faces', trust)).map(wayWords);
const guests = (who: string) => [`anyone on the internet (guests of Cognito pool ${who})`];

const a = 'eu-west-1:aa';
const b = 'eu-west-1:bb';
const another = `arn:aws:iam::${accountId}:role/another`;

test.each<[string, IdentityPool[], string[]]>([
  ['not read', [], guests(`${a}, if it admits any`)],
  ['not of the account', [absentPool(a)], guests(`${a}, if another account has it and it admits any`)],
  ['deleted', [deletedPool(a)], []],
  ['another one read', [pool(b)], guests(`${a}, if it admits any`)],
  ['admits guests, and gives them the role', [pool(a)], guests(a)],
  ['admits no guests', [pool(a, { allowsGuests: false })], []],
  ['admits no guests in the classic flow', [pool(a, { allowsGuests: false, allowsClassicFlow: true })], []],
  ['gives its guests another role', [pool(a, { guestRole: another })], []],
  ['gives its guests none', [pool(a, { guestRole: 'none' })], []],
  [
    'gives its guests another role, and lets them take any',
    [pool(a, { guestRole: another, allowsClassicFlow: true })],
    guests(a),
  ],
])('a pool that is %s', (_, pools, expected) => {
  expect(ways(guestsOf(a), pools)).toEqual(expected);
});

test('a role that is not known is the one', () => {
  const { guestRole: _, ...rest } = pool(a);
  expect(ways(guestsOf(a), [rest])).toEqual(guests(a));
});

test('of several pools those are left that let guests in', () => {
  const closed = pool(a, { allowsGuests: false });
  expect(ways(guestsOf(a, b), [closed])).toEqual(guests(`${b}, if it admits any`));
  expect(ways(guestsOf(a, b), [closed, pool(b)])).toEqual(guests(b));
  expect(ways([guestsOf(a), guestsOf(b)], [closed, pool(b, { allowsGuests: false })])).toEqual([]);
});

test('what else a trust policy may let in is not closed by a pool', () => {
  const closed = pool(a, { allowsGuests: false });
  const any = statement({ StringLike: { [`${host}:aud`]: 'eu-west-1:*' } });
  expect(ways([guestsOf(a), any], [closed])).toEqual(['anyone on the internet (users of any Cognito pool)']);
});

test('those who sign in are no guests', () => {
  const { Condition, ...rest } = guestsOf(a);
  const { 'ForAnyValue:StringLike': __, ...aud } = Condition;
  const both = { ...rest, Condition: aud };
  expect(ways(both, [pool(a, { allowsGuests: false })])).toEqual([expect.stringMatching(/^Cognito/)]);
});

test('nobody signs in with a pool that was deleted', () => {
  const { Condition, ...rest } = guestsOf(a, b);
  const { 'ForAnyValue:StringLike': _, ...aud } = Condition;
  const both = { ...rest, Condition: aud };
  expect(ways(both, [deletedPool(a), pool(b)])).toEqual([...guests(b), `Cognito (pool ${b})`]);
  expect(ways(both, [deletedPool(a), deletedPool(b)])).toEqual([]);
  const reach = new Reach(new Admissions(), new Callers(), [deletedPool(a)]);
  const letsIn = (id: string, amr: string) =>
    reach.letsIn(role('faces', both), { host, claims: { aud: [id], amr: [amr] } });
  expect([letsIn(a, 'authenticated'), letsIn(a, 'unauthenticated')]).toEqual([false, false]);
  expect(letsIn(b, 'authenticated')).toBe(true);
});

test('roles with the same trust policy are told apart by their pools', () => {
  const reach = new Reach(new Admissions(), new Callers(), [pool(a)]);
  const kinds = ['faces', 'another'].map((name) =>
    reach.waysInto(role(name, guestsOf(a))).map(({ kind }) => kind),
  );
  expect(kinds).toEqual([['guests'], []]);
});

const classic = pool(a, { guestRole: `arn:aws:iam::${accountId}:role/guest`, allowsClassicFlow: true });
const enhanced = { ...classic, allowsClassicFlow: false };
const assumes = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' };
const account = { AWS: accountId };
const guest = `arn:aws:iam::${accountId}:role/guest`;

/** Who comes to role/faces through role/guest, which guests of a pool become. */
const chained = (pools: readonly IdentityPool[], Principal: object, ...alsoIntoGuest: object[]) => {
  const faces = role('faces', { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
  const callers = new Callers();
  for (const one of [role('guest', [guestsOf(a), ...alsoIntoGuest], assumes), faces]) callers.see(one);
  const road = new Reach(new Admissions(), callers, pools).roadTo(faces);
  return road && `${road.way.kind} ${road.through.map(({ name }) => name).join(' ')}`;
};

test('guests of the enhanced flow assume no further role by their own leave', () => {
  expect(chained([], account)).toBe('guests guest faces');
  expect(chained([classic], account)).toBe('guests guest faces');
  expect(chained([absentPool(a)], account)).toBe('guests guest faces');
  expect(chained([enhanced], account)).toBeUndefined();
  expect(chained([enhanced], { AWS: guest })).toBeUndefined();
});

test('a session policy does not keep out whom a trust policy lets in whatever he may', () => {
  const session = guest.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/');
  expect(chained([enhanced], { AWS: `${session}/CognitoIdentityCredentials` })).toBe('guests guest faces');
});

test('others come on through a role in which guests stay', () => {
  const partner = { Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 'sts:AssumeRole' };
  expect(chained([enhanced], account, partner)).toBe('account guest faces');
});

test('whoever comes by a way leads on only where the session that it gives does', () => {
  const behind = (pools: readonly IdentityPool[]) => {
    const door = role('guest', [guestsOf(a)], assumes);
    const callers = new Callers();
    for (const one of [
      door,
      role('faces', { Effect: 'Allow', Principal: account, Action: 'sts:AssumeRole' }),
    ])
      callers.see(one);
    const reach = new Reach(new Admissions(), callers, pools);
    const [way] = reach.waysInto(door);
    return [reach.behind(door, 9, way), reach.behind(door, 9)].map((all) => [...all].map(({ name }) => name));
  };
  expect(behind([classic])).toEqual([['faces'], ['faces']]);
  expect(behind([enhanced])).toEqual([[], ['faces']]);
});
