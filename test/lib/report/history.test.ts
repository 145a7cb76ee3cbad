import { describe, expect, test } from 'vitest';
import type { Finding } from '#lib/compare/types.ts';
import { parseEarlierReport, withEarlier } from '#lib/report/baseline.ts';
import { mergedHistory } from '#lib/report/history.ts';
import { renderJson } from '#lib/report/report-file.ts';
import type { CheckReport, HistoryLine } from '#lib/report/types.ts';
import { readReport } from '#test/support/report.ts';
import { analyst, bob, reportOf, result } from './fixtures.ts';

const people = { principals: [result('role/analyst', 'findings'), result('user/bob', 'findings')] };
const day = (number: number) => `2026-11-0${number}T12:00:00.000Z`;
/** A run on a day; `before` as files that it was given. */
function run(at: number, findings: readonly Finding[], ...before: readonly string[]): string {
  const report: CheckReport = { ...reportOf([...analyst, ...bob], people), startedAt: day(at), findings };
  return renderJson(
    withEarlier(
      report,
      before.map((text, place) => parseEarlierReport(text, `${place}.json`)),
    ),
  );
}
const [first] = analyst;
if (first === undefined) throw new Error('the analyst has a finding');
const wider: Finding = { ...first, scope: 'every collection' };
const historyIn = (text: string, subject = 'role/analyst') =>
  readReport(text).principals.find((one) => one.subject === subject)?.history;

describe('what happened to a principal', () => {
  test('by several runs at once, and by reports that know of one another', () => {
    const one = run(1, []);
    const two = run(2, [first], one);
    const three = run(3, [wider], two);
    const four = run(4, [], three);
    const told = historyIn(four);
    expect(told?.map(({ at, after, event }) => [event, after, at])).toEqual([
      ['new', day(1), day(2)],
      ['changed', day(2), day(3)],
      ['gone', day(3), day(4)],
    ]);
    expect(told?.[0]?.what).toMatch(/^allowed, not expected: Delete/);
    expect(told?.[0]?.finding).toBe(first.id);
    const bare = [run(1, []), run(2, [first]), run(3, [wider])];
    expect(historyIn(run(4, [], ...bare.toReversed()))).toEqual(told);
    // Who was what it is has no history; the trend knows of all the runs.
    expect(historyIn(four, 'user/bob')).toBeUndefined();
    expect(readReport(four).earlier?.runs.map(({ startedAt }) => startedAt)).toEqual([
      day(1),
      day(2),
      day(3),
    ]);
    expect(readReport(four).earlier?.now.critical).toBe(0);
  });

  test('a report of another account tells nothing', () => {
    const report = {
      ...reportOf([...analyst, ...bob], people),
      startedAt: day(1),
      accountId: '999999999999',
    };
    expect(historyIn(run(2, [first], renderJson(report)))).toBeUndefined();
  });

  test('of two tellings what both know stands once, and the last lines stay', () => {
    const line = (event: HistoryLine['event'], at: number): HistoryLine => ({
      at: day(at),
      event,
      finding: 'a',
      what: 'x',
    });
    expect(mergedHistory([line('new', 1), line('gone', 3)], [line('new', 2), line('gone', 4)])).toEqual([
      line('new', 1),
      line('gone', 3),
    ]);
    const many = Array.from({ length: 50 }, (_, at): HistoryLine => {
      return { at: new Date(at * 1000).toISOString(), event: 'access', what: String(at) };
    });
    expect(mergedHistory(many.toReversed()).map(({ what }) => what)).toEqual(
      many.slice(-20).map(({ what }) => what),
    );
  });
});
