/**
 * Cases about sessions: keys that the caller chooses, within forms, and what every request that can happen meets, by the
 * time and by what a session demands.
 */
import fc from 'fast-check';
import { type Demand, type FormName, type NoneCase, noneCase } from './none-case.ts';

const formOfKey = {
  'aws:userid': 'sessionId',
  'aws:principaltag/home': 'tagValue',
  'aws:sourceidentity': 'name',
} as const satisfies Readonly<Record<string, FormName>>;

type Tried = readonly [operator: string, key: string, value: string];

const times: readonly Tried[] = [
  ['DateGreaterThanEquals', 'aws:CurrentTime', '2026-01-01T00:00:00Z'],
  ['DateGreaterThanEquals', 'aws:EpochTime', '2026-01-01T00:00:00Z'],
  ['DateGreaterThanEquals', 'aws:TokenIssueTime', '2025-12-31T23:59:59.999Z'],
  ['DateLessThan', 'aws:CurrentTime', '2026-01-01T00:00:00.001Z'],
];
const sessions: readonly Tried[] = [
  ['Null', 'aws:PrincipalTag/home', 'true'],
  ['Null', 'aws:SourceIdentity', 'true'],
  ['StringEquals', 'aws:PrincipalTag/home', 'a'],
  ['StringEquals', 'aws:PrincipalTag/home', ''],
  ['StringLike', 'aws:PrincipalTag/home', 'a*'],
  ['StringEquals', 'aws:SourceIdentity', 'ab'],
  ['StringLike', 'aws:SourceIdentity', '*a'],
  ['StringLike', 'aws:userid', '*:ab*'],
  ['StringLike', 'aws:RequestTag/team', '?*'],
];

const demand = (from: readonly Tried[]): fc.Arbitrary<Demand> =>
  fc
    .record({ tried: fc.constantFrom(...from), ifExists: fc.nat(2), holds: fc.nat(3) })
    .map(({ tried: [operator, key, value], ifExists, holds }) => ({
      operator,
      key,
      value,
      ifExists: ifExists === 0 && operator !== 'Null',
      holds: holds > 0,
    }));

const demands = fc
  .tuple(fc.array(demand(times), { maxLength: 2 }), fc.array(demand(sessions), { maxLength: 2 }))
  .map((both) => both.flat());

export const sessionCase: fc.Arbitrary<NoneCase> = fc
  .record({
    asked: noneCase,
    free: fc.subarray(Object.keys(formOfKey), { minLength: 1 }),
    possible: fc.array(demands, { minLength: 1, maxLength: 2 }),
  })
  .map(({ asked, free, possible }) => {
    const isFixed = (key: string) => !free.includes(key.toLowerCase());
    const known = { ...asked.known, 'aws:userid': 'AROAEXAMPLE:a' };
    return {
      ...asked,
      known: Object.fromEntries(Object.entries(known).filter(([key]) => isFixed(key))),
      free,
      forms: Object.fromEntries(Object.entries(formOfKey).filter(([key]) => !isFixed(key))),
      possible,
    };
  });
