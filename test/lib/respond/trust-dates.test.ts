import { describe, expect, it } from 'vitest';
import { checkAccount } from '#lib/check/account.ts';
import { builtInExpectations } from '#lib/expectation/parse.ts';
import { checkSubjects } from '#lib/respond/check-subjects.ts';
import { lets, may } from '../check/escalating.ts';
import { accountOf, role } from '../reach/account.ts';

const hour = 3_600_000;
const timeAgo = (milliseconds: number) => new Date(Date.now() - milliseconds).toISOString();
const openUntil = (moment: string) => {
  const Condition = { DateLessThan: { 'aws:CurrentTime': moment } };
  return accountOf(role('faces', { ...lets({ AWS: '*' }), Condition }, may('rekognition:DeleteFaces')));
};

describe('a role that was open to anyone until a day', () => {
  const expectations = builtInExpectations();

  it.each([
    ['that is past, is closed in a check', hour, []],
    ['to come, is exposed in a check', -hour, ['exposed']],
  ])('%s', async (_, ago, kinds) => {
    const { findings } = await checkAccount(openUntil(timeAgo(ago)), { expectations });
    expect(findings.map(({ kind }) => kind).filter((kind) => kind === 'exposed')).toEqual(kinds);
  });

  it.each([
    ['an hour ago, is told by the stack, which may look late', hour, true],
    ['longer ago than any look can be late, is closed for it', 15 * 24 * hour, false],
  ])('%s', async (_, ago, told) => {
    const { check } = await checkSubjects(openUntil(timeAgo(ago)), { expectations, today: '2026-11-30' });
    const found = await check('role/faces');
    expect(found?.findings.some(({ kind }) => kind === 'exposed')).toBe(told);
  });
});
