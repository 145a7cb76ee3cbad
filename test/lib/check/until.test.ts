import { expect, it } from 'vitest';
import type { Account } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { createChecker } from '#lib/check/principal.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { principal } from '../expectation/fixtures.ts';

const collections = 'arn:aws:rekognition:*:*:collection/';
const statement = (Effect: 'Allow' | 'Deny', name: string) => ({
  Effect,
  Action: 'rekognition:*',
  Resource: `${collections}${name}`,
});

/** Patterns that no search tells apart: what each two of them match together is another text. */
const hard = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    ...Array.from({ length: 60 }, (_, n) => statement('Allow', `*q???*${n}*`)),
    ...Array.from({ length: 30 }, (_, n) => statement('Deny', `*${n}???q*`)),
  ],
});

const { expectations } = parseExpectations(JSON.stringify({ default: [] }), 'e.yaml');

function accountOf(...texts: readonly string[]): Account {
  return {
    accountId: '123456789012',
    partition: 'aws',
    async *principals() {
      for (const [n, text] of texts.entries())
        yield principal({ name: `p${n}`, policies: [{ name: 'own', type: 'inline', text }] });
    },
  };
}

it('stops in the midst of a principal when the time is up, and says what is open', async () => {
  // Time of the process, since others may keep it waiting; beside a search that has all it needs, since coverage slows both.
  const secondsOf = async (milliseconds: number) => {
    const before = process.cpuUsage();
    const end = performance.now() + milliseconds;
    const report = await checkAccount(accountOf(hard), {
      expectations,
      until: () => end,
    });
    const { user, system } = process.cpuUsage(before);
    return { report, seconds: (user + system) / 1e6 };
  };
  const long = await secondsOf(60_000);
  const { report, seconds } = await secondsOf(50);
  expect(seconds).toBeLessThan(long.seconds / 2);
  expect(report.findings).toContainEqual(
    expect.objectContaining({ kind: 'inconclusive', severity: 'critical' }),
  );
});

it('calls nobody clean whom it had no time for', async () => {
  const one = JSON.stringify({ Version: '2012-10-17', Statement: statement('Allow', 'a?b*') });
  const inTime = await checkAccount(accountOf(one), { expectations });
  expect(inTime.findings.map(({ kind }) => kind)).toEqual(['excess']);
  const late = await checkAccount(accountOf(one), { expectations, until: () => performance.now() - 1 });
  expect(late.findings.map(({ kind, severity }) => `${severity} ${kind}`)).toContainEqual(
    'critical inconclusive',
  );
});

it('finds what somebody can do when there is time again', () => {
  // Only under one name of a collection, which is not the usual one.
  const text = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      statement('Allow', 'a?b*'),
      { ...statement('Allow', 'x*'), Condition: { StringLike: { 'aws:RequestTag/t': 'q?*' } } },
    ],
  });
  const one = principal({ policies: [{ name: 'own', type: 'inline', text }] });
  let until = performance.now() - 1;
  const about = { accountId: '123456789012', partition: 'aws', expectations, today: '2026-11-29' };
  const { accessOf, gained, mayGain } = createChecker({ ...about, until: () => until });
  const late = accessOf(one);
  const expectation = expectations.expectationFor(one);
  if (expectation.kind !== 'sets') throw new Error('nobody judges it');
  const nobody = principal({ name: 'other' });
  const lateGains = [gained(one, nobody, expectation).length, mayGain(one, nobody, expectation)];
  until = performance.now() + 10_000;
  const inTime = createChecker(about).accessOf(one);
  expect(late.length).toBeLessThan(inTime.length);
  expect(accessOf(one)).toEqual(inTime);
  expect(lateGains[0]).toBeLessThan(inTime.length);
  expect(gained(one, nobody, expectation)).toHaveLength(inTime.length);
  expect(mayGain(one, nobody, expectation)).toBe(true);
});
