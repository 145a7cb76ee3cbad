import type { PolicySource } from '@permission-check/iam-policy';
import { expect, it } from 'vitest';
import type { Account, Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { principal } from '../expectation/fixtures.ts';

const now = new Date('2026-11-24T12:00:00Z');
const timed = (
  Condition: object,
  Action: string | readonly string[] = 'rekognition:DeleteFaces',
): PolicySource => ({
  name: 'timed',
  type: 'inline',
  text: JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action, Resource: '*', Condition },
  }),
});

async function checked(policy: PolicySource, file = 'default: []', names = ['contractor']) {
  const { expectations } = parseExpectations(file, 'e.yaml', { now });
  const all: Principal[] = names.map((name) => principal({ name, policies: [policy] }));
  const account: Account = {
    accountId: '123456789012',
    partition: 'aws',
    async *principals() {
      yield* all;
    },
  };
  const { notes = [], findings, principals } = await checkAccount(account, { expectations, now: () => now });
  return { notes, kinds: findings.map(({ kind }) => kind), states: principals.map(({ status }) => status) };
}

const until = (day: string) => ({ DateLessThan: { 'aws:CurrentTime': `${day}T00:00:00Z` } });

it('notes a grant that is over, and finds nothing', async () => {
  expect(await checked(timed(until('2026-01-01')), undefined, ['ann', 'bob'])).toEqual({
    notes: [
      'role/ann and 1 more: inline policy "timed", statement 1 (line 1), allowed DeleteFaces until 2026-01-01T00:00:00Z, ' +
        'which is not expected; nobody can use it again, so it can be taken out',
    ],
    kinds: [],
    states: ['as-expected', 'as-expected'],
  });
});

it.each([
  ['the last day', { DateLessThanEquals: { 'aws:CurrentTime': '2026-01-01' } }],
  ['a window', { ...until('2026-01-01'), DateGreaterThan: { 'aws:CurrentTime': '2025-01-01T00:00:00Z' } }],
  [
    'one of several days',
    { DateLessThan: { 'aws:CurrentTime': ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'] } },
  ],
  ['more conditions', { ...until('2026-01-01'), Bool: { 'aws:SecureTransport': 'true' } }],
])('notes one until %s', async (_, condition) => {
  const { notes, kinds } = await checked(timed(condition));
  expect(notes).toHaveLength(1);
  expect(kinds).toEqual([]);
});

it('notes only what goes beyond the expectation', async () => {
  const file = `
sets: { s: [{ Effect: Allow, Action: "rekognition:DeleteFaces", Resource: "*" }] }
default: [s]
`;
  const actions = ['rekognition:DeleteFaces', 'rekognition:DeleteCollection'];
  const { notes, kinds } = await checked(timed(until('2026-01-01'), actions), file);
  expect(notes).toEqual([expect.stringContaining('allowed DeleteCollection until')]);
  // That what is expected is over is no note, but missing.
  expect(kinds).toEqual(['missing']);
  expect((await checked(timed(until('2026-01-01')), 'default: any')).notes).toEqual([]);
});

it.each([
  ['runs', until('2026-12-01')],
  ['begins later', { DateGreaterThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } }],
  [
    'begins and ends later',
    { ...until('2028-01-01'), DateGreaterThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } },
  ],
])('finds one that %s', async (_, condition) => {
  expect(await checked(timed(condition))).toEqual({ notes: [], kinds: ['excess'], states: ['findings'] });
});
