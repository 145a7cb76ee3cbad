import { kinds } from '#lib/report/formats/kinds.ts';
import { type JsonReport, reportAsJson } from '#lib/report/json.ts';
import { wholeReport } from '#test/lib/report/fixtures.ts';

export const whole = reportAsJson(wholeReport);

/** What somebody could write into names, Sids and reasons, for each of the readers. */
export const attacks = [
  '=cmd|"/c calc"!A1',
  '@SUM(1)',
  '＝1+1',
  '</script><script>alert(1)</script>',
  ']]><x y="&z;">',
  '"\',\r\n;\u0000\u0007\u001b[31m\u202e\ud800',
  '| a | [x](javascript:alert(1)) `b` @everyone #1',
  '::error::%0A::stop-commands::x',
];

/** The report with every text of it replaced, and with a finding of every kind. */
export function hostile(attack: string): JsonReport {
  const [one] = whole.findings;
  if (one === undefined) throw new Error('no finding');
  const changed = {
    subject: `role/${attack}`,
    principalArn: `arn:aws:iam::123456789012:role/${attack}`,
    scope: attack,
    when: attack,
    expected: attack,
    summary: attack,
    remedies: [attack],
    reachedBy: attack,
    expectedBy: { file: attack, line: 0 },
    declaredIn: [{ address: attack, file: attack }],
  };
  const names = Object.keys(kinds) as (keyof typeof kinds)[];
  return {
    ...whole,
    expectations: attack,
    warnings: [attack],
    principals: whole.principals.map((principal) => ({
      ...principal,
      subject: attack,
      note: attack,
      expected: attack,
    })),
    findings: names.map((kind, at) => ({ ...one, ...changed, kind, id: String(at).padStart(16, '0') })),
    policies: whole.policies.map((policy) => ({ ...policy, name: attack, arn: attack, version: attack })),
    statements: whole.statements.map((statement) => ({ ...statement, sid: attack })),
    witnesses: whole.witnesses.map((witness) => ({
      ...witness,
      resource: attack,
      context: { [attack]: [attack] },
    })),
  };
}

export const reports = [
  ['a whole report', whole] as const,
  ...attacks.map((attack) => [attack, hostile(attack)] as const),
];

/** What shows itself as something else, or moves the cursor; line ends and tabs aside. */
