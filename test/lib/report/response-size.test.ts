import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { JsonFinding, JsonReport } from '#lib/report/json.ts';
import { folded, unfolded } from '#lib/report/report-file.ts';
import { withinResponse } from '#lib/report/response-size.ts';

const finding = (id: string): JsonFinding => ({
  id,
  kind: 'excess',
  severity: 'high',
  subject: `role/${id}`,
  actions: [
    {
      action: 'rekognition:DeleteFaces',
      severity: 'high',
    },
  ],
  by: [],
  summary: 's'.repeat(100),
  remedies: [],
});

const report = (findings: number, principals: number): JsonReport => ({
  schemaVersion: 2,
  run: { startedAt: '2026-11-24T12:00:00Z', seconds: 1 },
  program: { name: 'p', version: '1.0.0' },
  catalogue: { actions: 76, policiesAsOf: '2026-08' },
  input: 'IAM',
  exitCode: 1,
  summary: {
    findings: { critical: 0, high: findings, medium: 0, low: 0 },
    suppressed: 0,
    principals: {
      'as-expected': principals,
      findings: 1,
      inconclusive: 0,
      'not-judged': 0,
      'not-checkable': 0,
    },
  },
  accountId: '123456789012',
  region: 'us-east-1',
  evidence: ['evaluated'],
  expectations: 'expectations.yaml',
  principals: [
    ...Array.from({ length: principals }, (_, index) => ({
      subject: `role/r${index}`,
      arn: 'arn',
      status: 'as-expected' as const,
      expected: 'nothing',
      requests: 76,
      calls: 0,
    })),
    { subject: 'role/f', arn: 'arn', status: 'findings', expected: 'nothing', requests: 76, calls: 2 },
  ],
  findings: Array.from({ length: findings }, (_, index) => finding(`f${index}`)),
  policies: [],
  statements: [],
  witnesses: [],
  actionLists: [],
  reach: [],
  waysIn: [],
  answers: Array.from({ length: findings }, () => ({
    kind: 'simulated',
    decision: 'allowed',
    reason: 'x'.repeat(1000),
  })),
  warnings: [],
  calls: 2,
});

const unfoldedSchema = z.looseObject({
  findings: z.array(z.looseObject({ actions: z.array(z.looseObject({ witness: z.number() })) })),
});

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('withinResponse', () => {
  it('leaves a report alone that fits', () => {
    const small = report(2, 2);
    expect(withinResponse(small)).toEqual(folded(small));
  });

  it.each([
    ['evidence first', 20, 5, 10_000, { findings: 20, principals: 6 }],
    ['then principals that are as expected', 20, 200, 10_000, { findings: 20, principals: 1 }],
  ])('leaves out %s', (_, findings, principals, limit, kept) => {
    const fitted = withinResponse(report(findings, principals), limit);
    expect(bytes(fitted)).toBeLessThanOrEqual(limit);
    expect(fitted.findings).toHaveLength(kept.findings);
    expect(fitted.principals).toHaveLength(kept.principals);
    expect(fitted.answers).toEqual([]);
    expect(fitted.leftOut).toContain('evidence');
  });

  it('leaves out the last findings at the end, counts them, and still fits', () => {
    const fitted = withinResponse(report(500, 200), 20_000);
    expect(bytes(fitted)).toBeLessThanOrEqual(20_000);
    expect(fitted.findings.length).toBeGreaterThan(0);
    expect(fitted.findings[0]?.id).toBe('f0');
    expect(fitted.leftOut).toContain(`${500 - fitted.findings.length} findings`);
    expect(fitted.summary.findings.high).toBe(500);
    // As many as there is room for, and not half of them.
    const room = 20_000 - bytes(fitted);
    expect(room).toBeLessThan(bytes(fitted.findings[0]) + 20);
  });

  it('leaves out the requests that show findings with these alone', () => {
    const whole = report(500, 10);
    const witnesses = whole.findings.map((_, place) => ({
      action: 'rekognition:DeleteFaces',
      resource: `arn:aws:rekognition:us-east-1:123456789012:collection/c${place}`,
      context: {},
      answers: [],
    }));
    // In another order than the findings.
    const findings = whole.findings.map((one, place) => ({
      ...one,
      actions: one.actions.map((action) => ({ ...action, witness: 499 - place })),
    }));
    const fitted = withinResponse({ ...whole, findings, witnesses }, 20_000);
    expect(bytes(fitted)).toBeLessThanOrEqual(20_000);
    expect(fitted.findings.length).toBeGreaterThan(10);
    expect(fitted.witnesses).toHaveLength(fitted.findings.length);
    const read = unfoldedSchema.parse(unfolded(fitted));
    const shown = read.findings.map(({ actions }) => fitted.witnesses[actions[0]?.witness ?? -1]?.resource);
    expect(shown).toEqual(
      read.findings.map(
        (_, place) => `arn:aws:rekognition:us-east-1:123456789012:collection/c${499 - place}`,
      ),
    );
  });

  it('fits whatever else of a report is large', () => {
    const warnings = Array.from({ length: 1_000 }, (_, index) => `${index} ${'x'.repeat(100)}`);
    const fitted = withinResponse({ ...report(500, 10), warnings }, 20_000);
    expect(bytes(fitted)).toBeLessThanOrEqual(20_000);
    expect(fitted.warnings.length).toBeGreaterThan(0);
    expect(fitted.leftOut).toContain('500 findings');
    expect(fitted.summary.findings.high).toBe(500);
  });

  it('says where the whole is, where somebody knows', () => {
    expect(withinResponse(report(1_000, 10), 100_000, 'the whole is a page').leftOut).toMatch(
      /; the whole is a page$/,
    );
  });
});
