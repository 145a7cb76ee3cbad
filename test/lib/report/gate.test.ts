import { describe, expect, test } from 'vitest';
import type { Finding } from '#lib/compare/types.ts';
import { newSince, parseEarlierReport } from '#lib/report/baseline.ts';
import { exitCode } from '#lib/report/exit.ts';
import { renderAnnotations } from '#lib/report/github.ts';
import { COMMENT_MARKER, renderMarkdown } from '#lib/report/markdown.ts';
import { renderJson } from '#lib/report/report-file.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { readReport } from '#test/support/report.ts';

const finding = (more: Partial<Finding> = {}): Finding => ({
  id: '0123456789abcdef',
  kind: 'excess',
  severity: 'critical',
  subject: 'role/analyst',
  principalArn: 'arn:aws:iam::123456789012:role/analyst',
  actions: [{ action: 'rekognition:DeleteFaces', severity: 'critical', evidence: [] }],
  by: [],
  summary: 'Inline policy "p" allows DeleteFaces, which is not expected.',
  remedies: [],
  declaredIn: [{ address: 'aws_iam_role_policy.p', file: 'main.tf', line: 41 }],
  ...more,
});
const report = (findings: readonly Finding[], more: Partial<CheckReport> = {}): CheckReport => ({
  accountId: '123456789012',
  region: 'us-east-1',
  input: 'plan.json',
  startedAt: '2026-11-28T12:00:00.000Z',
  seconds: 0.1,
  evidence: ['evaluated'],
  expectations: 'expectations.yaml',
  principals: [
    {
      subject: 'role/analyst',
      arn: 'arn:aws:iam::123456789012:role/analyst',
      status: 'findings',
      expected: 'nothing',
      requests: 76,
      calls: 0,
    },
  ],
  findings,
  warnings: [],
  calls: 0,
  ...more,
});

describe('exit code of a gate', () => {
  const low = finding({ severity: 'low' });

  test('below the severity that fails nothing does', () => {
    expect(exitCode(report([low], { gate: { failOn: 'high' } }))).toBe(0);
    expect(exitCode(report([low], { gate: { failOn: 'low' } }))).toBe(1);
    expect(exitCode(report([finding({ kind: 'inconclusive' })], { gate: { failOn: 'high' } }))).toBe(2);
  });

  test('a plan that says nothing about IAM is clean; an account with nobody in it is not', () => {
    expect(exitCode(report([], { principals: [], gate: { declaresNothing: true } }))).toBe(0);
    expect(exitCode(report([], { principals: [], gate: { failOn: 'low' } }))).toBe(2);
  });
});

describe('a baseline', () => {
  const earlier = (...findings: readonly Finding[]) =>
    parseEarlierReport(renderJson(report(findings)), 'report.json');

  test('what it has is left out, and counted', () => {
    const since = newSince(report([finding(), finding({ id: 'fedcba9876543210' })]), earlier(finding()));
    expect(since.findings.map(({ id }) => id)).toEqual(['fedcba9876543210']);
    expect(since.gate).toEqual({ known: 1 });
    expect(exitCode(newSince(report([finding()]), earlier(finding())))).toBe(0);
  });

  test.each([
    [
      'another action',
      {
        actions: [
          ...finding().actions,
          { action: 'rekognition:IndexFaces', severity: 'critical', evidence: [] },
        ],
      },
    ],
    ['a wider scope', { scope: 'every collection' }],
    ['another condition', { when: 'without MFA' }],
  ] as const)('a finding that grew is new: %s', (_, more) => {
    expect(newSince(report([finding(more)]), earlier(finding())).findings).toHaveLength(1);
  });

  test('a worse severity is new', () => {
    expect(newSince(report([finding()]), earlier(finding({ severity: 'high' }))).findings).toHaveLength(1);
  });

  test('what is no report is refused in a line', () => {
    expect(() => parseEarlierReport('{}', 'b.json')).toThrow(
      /^b\.json: not a report of check --format json: schemaVersion/,
    );
    expect(() => parseEarlierReport('x', 'b.json')).toThrow(/^b\.json: not JSON/);
  });
});

test('the JSON of a plan is what the schema says', () => {
  expect(readReport(renderJson(report([finding()], { gate: { failOn: 'high', known: 2 } }))).gate).toEqual({
    failOn: 'high',
    known: 2,
  });
});

test('annotations name file and line, and nobody adds a command of his own', () => {
  const odd = finding({ subject: 'role/a,line=1::x', summary: 'one\ntwo 100%' });
  expect(renderAnnotations(report([finding(), odd]))).toBe(
    '::error file=main.tf,line=41,title=critical excess%3A role/analyst::Inline policy "p" allows DeleteFaces, which is not expected.\n' +
      '::error file=main.tf,line=41,title=critical excess%3A role/a%2Cline=1%3A%3Ax::one\\ntwo 100%25\n',
  );
});

describe('markdown', () => {
  test('begins with the mark by which the comment is found again', () => {
    expect(renderMarkdown(report([finding()])).split('\n')[0]).toBe(COMMENT_MARKER);
    expect(renderMarkdown(report([finding()]))).toContain('<code>main.tf:41</code>');
  });

  test('what others wrote forms no markup, no row, no mention', () => {
    const odd = finding({
      subject: 'role/`a`|b</code><img>',
      kind: 'inconclusive',
      summary: 'see @team [x](http://evil.example) | --> <b>',
    });
    const rows = renderMarkdown(report([odd]))
      .split('\n')
      .filter((line) => line.startsWith('| critical'));
    expect(rows).toHaveLength(1);
    expect(rows[0]).not.toMatch(/@|\]\(|<b>|<img>|`|-->/);
    expect(rows[0]?.split('|')).toHaveLength(6);
  });

  test('stays within what a comment may have', () => {
    const many = Array.from({ length: 2_000 }, (_, index) =>
      finding({ id: String(index), subject: `role/${index}` }),
    );
    const text = renderMarkdown(report(many));
    expect(text.length).toBeLessThan(65_536);
    expect(text).toMatch(/… and \d+ more\./);
  });
});
