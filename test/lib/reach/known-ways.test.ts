import { describe, expect, test } from 'vitest';
import { isLetInBy, type KnownWay } from '#lib/reach/known-ways.ts';

const way = (kind: KnownWay['kind'], who = '', ...claims: string[]): KnownWay => ({
  kind,
  who,
  claims,
  through: [],
});
const anyone = way('anyone');
const account = way('account', '444455556666');
const ci = way('account-principal', 'arn:aws:iam::444455556666:role/ci');
const github = (...claims: string[]) => way('federated', 'token.actions.githubusercontent.com', ...claims);

describe('who comes by a way', () => {
  test.each<[string, KnownWay, KnownWay, boolean]>([
    ['as before', account, account, true],
    ['of an account, where all of it came', ci, account, true],
    ['as all of an account, where one of it came', account, ci, false],
    ['of another account', way('account', '777788889999'), account, false],
    ['of an account, where anyone came', account, anyone, true],
    ['as anyone, where an account came', anyone, account, false],
    ['with the claims of before', github('sub repo:acme/*'), github('sub repo:acme/*'), true],
    ['with a narrower claim', github('sub repo:acme/shop:*'), github('sub repo:acme/*'), true],
    ['with a wider claim', github('sub repo:acme/*'), github('sub repo:acme/shop:*'), false],
    ['with one value more', github('sub repo:a:* or repo:b:*'), github('sub repo:a:*'), false],
    ['with one value less', github('sub repo:a:*'), github('sub repo:a:* or repo:b:*'), true],
    ['without a claim of before', github('aud x'), github('aud x', 'sub repo:a:*'), false],
    ['with one claim more', github('aud x', 'sub repo:a:*'), github('aud x'), true],
    ['of a tenant, where any came', github('sub a'), way('shared-provider', github().who), true],
    ['where nothing was known', account, way('unknown'), true],
    ['through a role, by the door of before', { ...account, through: ['role/a'] }, account, true],
    ['by himself, where he came through a role', account, { ...account, through: ['role/a'] }, false],
    ['to something, where the way led to nothing', account, { ...account, idle: true }, false],
  ])('%s', (_, now, before, expected) => {
    expect(isLetInBy(now, [before])).toBe(expected);
    expect(isLetInBy(now, [])).toBe(false);
  });
});
