import { describe, expect, test } from 'vitest';
import { exitCode } from '#lib/report/exit.ts';
import { eventLink } from '#lib/report/mail-changes.ts';
import { renderJson } from '#lib/report/report-file.ts';
import { renderText } from '#lib/report/text.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { wrap, wrapCommand } from '#lib/report/wrap.ts';
import { readReport } from '#test/support/report.ts';
import { analyst, attach, etl, reportOf, result, wholeReport } from './fixtures.ts';

describe('the exit code', () => {
  test.each<[string, CheckReport, number]>([
    ['everything as expected', reportOf([]), 0],
    ['a finding', reportOf(analyst), 1],
    ['a finding and something inconclusive', reportOf([...analyst, ...etl]), 1],
    ['something inconclusive', reportOf(etl), 2],
    [
      'a principal that is inconclusive, whatever the findings say',
      reportOf([], { principals: [result('role/a', 'as-expected'), result('role/b', 'inconclusive')] }),
      2,
    ],
    ['nobody', reportOf([], { principals: [] }), 2],
    [
      'nobody but those who are not judged',
      reportOf([], { principals: [result('role/a', 'not-judged')] }),
      2,
    ],
    [
      'nothing asked of anybody',
      reportOf([], { principals: [{ ...result('role/a', 'as-expected'), requests: 0 }] }),
      2,
    ],
    [
      'one asked, one not',
      reportOf([], {
        principals: [result('role/a', 'as-expected'), { ...result('role/b', 'as-expected'), requests: 0 }],
      }),
      2,
    ],
    ['only suppressed findings', reportOf(wholeReport.findings.filter(({ suppressed }) => suppressed)), 0],
  ])('of %s', (_, report, code) => expect(exitCode(report)).toBe(code));
});

describe('JSON', () => {
  const json = readReport(renderJson(wholeReport));

  test('says its version, the exit code and the counts', () => {
    expect(json).toMatchObject({
      schemaVersion: 2,
      exitCode: 1,
      summary: {
        findings: { critical: 3, high: 1, medium: 1, low: 0 },
        suppressed: 1,
        principals: { 'as-expected': 2, findings: 4, inconclusive: 1, 'not-judged': 1, 'not-checkable': 1 },
      },
    });
    expect(json.findings).toHaveLength(wholeReport.findings.length);
  });

  test('names statements by policy, Sid and place, and holds no policy text', () => {
    const by = json.findings.find(({ subject }) => subject === 'role/payroll')?.by ?? [];
    const statements = by.map((place) => json.statements[place]);
    expect(statements).toEqual([
      {
        policy: expect.any(Number),
        layer: 'identity',
        effect: 'Allow',
        statement: 1,
        sid: 'PayrollFaces',
        line: 4,
        column: 5,
      },
    ]);
    expect(json.policies[statements[0]?.policy ?? -1]).toEqual({ name: 'payroll', type: 'inline' });
    expect(renderJson(wholeReport)).not.toContain('2012-10-17');
  });
});

test('a terminal never sees what a name would do to it', () => {
  const text = renderText(
    reportOf(analyst.map((finding) => ({ ...finding, subject: 'role/\u001b[2J\u202e' }))),
    { color: false, width: 100, details: true },
  );
  for (const harmful of ['\u001b', '\u202e']) expect(text).not.toContain(harmful);
  expect(text).toContain('\\u{1b}[2J');
});

test('a row that is a sentence does not say its name twice, and moves no other row', () => {
  const [first, ...others] = analyst;
  const subject = 'role/analyst';
  const summary = `${subject} can come to delete collections and faces (+74): it may hand role/faces to lambda.amazonaws.com, and in 26 other ways.`;
  const indirect = analyst.slice(0, 1).map((finding) => ({ ...finding, kind: 'indirect' as const, summary }));
  const rows = renderText(reportOf([...indirect, ...analyst.slice(0, 1), ...others]))
    .split('\n')
    .filter((line) => line.startsWith('CRITICAL'));
  expect(first?.kind).toBe('excess');
  expect(rows.find((row) => row.includes('indirect'))).toMatch(
    /^CRITICAL {2}role\/analyst {2}indirect {2}can come to .* other ways\. {2}AmazonRekognitionFullAccess:4$/,
  );
  expect(rows.find((row) => row.includes('excess'))?.length).toBeLessThan(110);
});

test('colours are there only when asked for', () => {
  expect(renderText(wholeReport, { color: true })).toContain('\u001b[1;31mCRITICAL\u001b[0m');
});

describe('lines', () => {
  test('are broken at spaces, and never within a word', () => {
    expect(wrap('aaa bbb cccccccccccc', '- ', 10)).toEqual(['- aaa bbb', '  cccccccccccc']);
  });
  test('of a command are broken before options, and not at all inside of quotes', () => {
    expect(wrapCommand('aws iam x --a 1 --b 2', '', 17)).toEqual(['aws iam x --a 1 \\', '  --b 2']);
    expect(wrapCommand("aws iam x --a 'one --b two' --c 3", '', 16)).toEqual([
      "aws iam x --a 'one --b two' --c 3",
    ]);
  });
});

test.each([
  ['us-east-1', 'https://us-east-1.console.aws.amazon.com/cloudtrailv2/home?region=us-east-1#/events/'],
  ['cn-north-1', 'https://cn-north-1.console.amazonaws.cn/cloudtrailv2/home?region=cn-north-1#/events/'],
  [
    'us-gov-west-1',
    'https://us-gov-west-1.console.amazonaws-us-gov.com/cloudtrailv2/home?region=us-gov-west-1#/events/',
  ],
  ['evil.example/', undefined],
])('the event of Region %s has its place in the console', (region, begin) => {
  expect(eventLink({ ...attach, region })).toBe(
    begin === undefined ? undefined : `${begin}${attach.eventId}`,
  );
});
