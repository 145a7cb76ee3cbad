import { describe, expect, it } from 'vitest';
import { closedValues, secondOf } from '../../src/solver/closed-values.ts';
import type { SearchSpace } from '../../src/solver/space.ts';

const own = '111122223333';
const arn = { 'aws:PrincipalArn': `arn:aws:iam::${own}:role/app` };
const values = (key: string, space: Partial<SearchSpace>) =>
  closedValues({ resource: '*', known: {}, ...space }, key);

describe('closedValues', () => {
  it.each<[name: string, key: string, space: Partial<SearchSpace>, closed: readonly string[] | undefined]>([
    [
      'the owner of the resources',
      'aws:resourceaccount',
      { resourceAccount: '999999999999' },
      ['999999999999'],
    ],
    ['the account of who asks, by its ARN', 'aws:resourceaccount', { known: arn }, [own]],
    ['an account that is not known', 'aws:resourceaccount', {}, undefined],
    [
      'what the space lists',
      'aws:resourceaccount',
      { known: arn, values: { 'aws:resourceaccount': ['a'] } },
      ['a'],
    ],
    [
      'the known organization',
      'aws:resourceorgid',
      { known: { ...arn, 'aws:PrincipalOrgID': 'o-a' } },
      ['o-a'],
    ],
    ['no known organization', 'aws:resourceorgid', { known: arn }, undefined],
    [
      'the organization of somebody else',
      'aws:resourceorgid',
      { known: { ...arn, 'aws:PrincipalOrgID': 'o-a' }, resourceAccount: '999999999999' },
      undefined,
    ],
    [
      'a list that is no organization',
      'aws:resourceorgid',
      { known: { ...arn, 'aws:PrincipalOrgID': ['o-a'] } },
      undefined,
    ],
    [
      'the known time in seconds',
      'aws:epochtime',
      { known: { 'aws:CurrentTime': '1970-01-01T00:00:01.5Z' } },
      ['1'],
    ],
    ['no known time', 'aws:epochtime', {}, undefined],
    ['a second, which has many moments', 'aws:currenttime', { known: { 'aws:EpochTime': '1' } }, undefined],
    ['what AWS never sets', 'aws:principalservicename', {}, []],
    ['any other key', 'aws:useragent', { known: arn }, undefined],
  ])('%s', (_, key, space, closed) => expect(values(key, space)).toEqual(closed));
});

it.each([
  ['1970-01-01T00:00:00.999Z', 0n],
  ['1969-12-31T23:59:59.999Z', -1n],
  ['1969-12-31T23:59:59Z', -1n],
  ['-5', -5n],
  ['soon', undefined],
  [undefined, undefined],
])('the second of %s', (text, second) => expect(secondOf(text)).toBe(second));
