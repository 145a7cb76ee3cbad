import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actions } from '#lib/catalog/actions.ts';
import type { Severity } from '#lib/catalog/types.ts';
import type { Finding } from '#lib/compare/types.ts';
import { digest } from '#lib/report/digest.ts';
import { email } from '#lib/report/email.ts';
import type { Mail } from '#lib/report/mail-content.ts';
import { composeMessage, largestMessage, messageBytes } from '#lib/report/message-size.ts';
import { renderText } from '#lib/report/text.ts';
import type { FindingKind } from '#lib/words/kinds.ts';
import { spokenNames } from '#lib/words/verbs.ts';
import { accountId } from '#test/lib/compare/fixtures.ts';
import { alerts, analyst, attach, reportOf, result } from './fixtures.ts';

function expectWithinLimits(mail: Mail) {
  expect(mail.subject).toMatch(/^\[[A-Z]+\] Rekognition: [\x20-\x7e]+$/);
  expect(mail.subject.length).toBeLessThan(100);
  expect(messageBytes(mail)).toBeLessThan(largestMessage);
  expect(Object.keys(mail.attributes).length).toBeLessThanOrEqual(10);
  const message = JSON.parse(composeMessage(mail));
  expect(message.email).toBe(mail.text);
  expect(mail.text).not.toMatch(/\p{Cs}/u);
  const json = JSON.parse(message.default);
  expect(json.findings.length + json.findingsNotShown).toBeGreaterThanOrEqual(0);
  return json;
}

const kinds: readonly FindingKind[] = [
  'excess',
  'missing',
  'unguarded',
  'contradiction',
  'managed-policy-changed',
  'suppression-expired',
  'probe-alarm',
  'inconclusive',
];

const wild = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.constantFrom('"'.repeat(3000), '\u{e0001}'.repeat(3000), '日'.repeat(5000), 'a'.repeat(9000)),
);

const anyFinding: fc.Arbitrary<Finding> = fc
  .record({
    kind: fc.constantFrom(...kinds),
    severity: fc.constantFrom<Severity>('critical', 'high', 'medium', 'low'),
    subject: fc.oneof(
      fc.string({ maxLength: 64 }).map((name) => `role/${name}`),
      wild,
    ),
    names: fc.subarray(actions.map(({ action }) => action)),
    summary: wild,
    scope: wild,
    when: wild,
    expected: wild,
    remedies: fc.array(wild, { maxLength: 12 }),
  })
  .map(({ names, severity, ...more }) => ({
    ...more,
    severity,
    id: '0123456789abcdef',
    principalArn: `arn:aws:iam::${accountId}:${more.subject}`,
    actions: names.map((action) => ({ action, severity, evidence: [] })),
    by: [],
  }));

describe('a message', () => {
  test('is within the limits of SNS whatever is found, and however it is named', () => {
    fc.assert(
      fc.property(fc.array(anyFinding, { maxLength: 8 }), (findings) => {
        const principals = [result('role/a', findings.length > 0 ? 'findings' : 'as-expected')];
        expectWithinLimits(email(reportOf(findings, { principals })));
        renderText(reportOf(findings), { width: 80 });
        if (findings.length > 0) {
          expectWithinLimits(
            digest(
              findings.map((finding) => alerts(finding.subject, 'new', [finding])),
              { accountId, region: 'us-east-1', at: '2026-11-24T12:04:40Z', purpose: 'change' },
            ),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  test('says how many findings it does not show', () => {
    const findings = Array.from({ length: 3000 }, (_, i) => ({
      ...analyst[0],
      id: i.toString(16).padStart(16, '0'),
      subject: `role/worker-${i}`,
      // Different for each, so that they are not told as one.
      scope: `collection/${'日'.repeat(20)}-${i}`,
    })) as Finding[];
    const mail = email(reportOf(findings), { fullReport: 's3://example-reports/full.json' });
    const json = expectWithinLimits(mail);
    const shown = mail.text.match(/^\d+\. CRITICAL/gm)?.length ?? 0;
    expect(shown).toBeGreaterThan(20);
    expect(mail.text).toContain(`${3000 - shown} more findings not shown`);
    expect(mail.text).toContain('Full report: s3://example-reports/full.json');
    expect(json.findings.length).toBeGreaterThan(20);
    expect(json.findings.length + json.findingsNotShown).toBe(3000);
  });

  test('has room for findings beside any number of changes by actors with wild names', () => {
    const changes = Array.from({ length: 400 }, (_, i) => ({
      ...attach,
      eventId: `id-${i}`,
      actor: { name: '\u{e0001}'.repeat(900), through: '"'.repeat(900) },
      what: `did ${'\u202e'.repeat(2000)}`,
    }));
    const mail = digest([alerts('role/analyst', 'new', analyst, { changes })], {
      accountId,
      region: 'us-east-1',
      at: '2026-11-24T12:04:40Z',
      purpose: 'change',
    });
    expectWithinLimits(mail);
    expect(mail.text).toContain('TO UNDO');
    expect(mail.text).toContain('cut: too long');
    expect(mail.text).not.toContain('https://us-east-1.console');
  });

  test('about nothing is not written', () => {
    expect(() => digest([], { accountId, region: 'us-east-1', at: '', purpose: 'sweep' })).toThrow(
      RangeError,
    );
  });

  test.each([
    ['a name that takes the whole line', 'x'.repeat(64)],
    ['a name in other letters', 'rôle-日本'],
  ])('has a subject that still says what: %s', (_, name) => {
    const mail = digest([alerts(`role/${name}`, 'new', analyst)], {
      accountId,
      region: 'us-east-1',
      at: '',
      purpose: 'change',
    });
    expectWithinLimits(mail);
    expect(mail.subject).toContain('can now delete collections');
  });
});

test('every action has words', () => {
  expect([...spokenNames].sort()).toEqual(actions.map(({ name }) => name).sort());
});
