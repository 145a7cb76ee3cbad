import { flow } from './flow.ts';
import type { AssumedByInput } from './schema.ts';
import type { SourceLocation } from './types.ts';
import type { WrittenGuard, WrittenRule } from './written-rule.ts';

/** How a rule is to be changed. */
export interface RuleEdit {
  /** Sets to define: statements, as in a policy. */
  readonly sets?: Readonly<Record<string, readonly object[]>>;
  /** What it says afterwards, as far as it is to say something else. */
  readonly expect?: readonly string[];
  /** More sets, which no guard holds for. */
  readonly unguarded?: readonly string[];
  readonly guards?: readonly WrittenGuard[];
  readonly assumedBy?: readonly AssumedByInput[];
}

/** What to write in expectations.yaml if that which a finding tells is meant to be so: for one principal alone. */
export interface Acceptance {
  /** `role/analyst` */
  readonly subject: string;
  /** The rule that decides what it should be able to do. */
  readonly rule: WrittenRule;
  /** Where that rule stands; absent where nobody wrote one. */
  readonly at?: SourceLocation;
  readonly edit: RuleEdit;
}

/** A rule for one principal, with the keys of the file. */
export function entryOf({ subject, rule, edit }: Acceptance): Readonly<Record<string, unknown>> {
  const { expect, unguarded, guards, assumedBy } = { ...rule, ...edit };
  return {
    match: subject,
    expect,
    ...(unguarded && { unguarded }),
    ...(guards && { guards }),
    ...(assumedBy && { 'assumed-by': assumedBy }),
  };
}

/** What to write, and where: lines that can be pasted as they are. */
export function acceptanceText(acceptance: Acceptance): string {
  const { subject, rule, at, edit } = acceptance;
  const place = at === undefined ? 'in expectations.yaml, ' : `${at.file}:${at.line}: `;
  const where = `${at !== undefined && rule.own ? 'instead of this rule' : placeOf(at)}, for ${subject} alone:`;
  const sets = Object.entries(edit.sets ?? {});
  return [
    `${place}${where}`,
    ...Object.entries(entryOf(acceptance)).map(
      ([key, value], index) => `${index === 0 ? '  - ' : '    '}${key}: ${flow(value)}`,
    ),
    ...(sets.length === 0 ? [] : ['under "sets":']),
    ...sets.flatMap(([name, statements]) => [`  ${name}:`, ...statements.map((one) => `    - ${flow(one)}`)]),
  ].join('\n');
}

const placeOf = (at: SourceLocation | undefined): string =>
  at === undefined ? 'under "principals"' : 'above this rule, under "principals"';
