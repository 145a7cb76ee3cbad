import type { Finding } from '#lib/compare/types.ts';
import { safeJson, shortened } from './escape.ts';
import { schemaVersion, statementAsJson } from './json.ts';
import type { MailContent, MailContext, MailItem } from './mail-types.ts';
import { bytesInJson } from './message-size.ts';

const SHOWN_SUBJECTS = 200;
const SHOWN_STATEMENTS = 10;
const SHOWN_CHANGES = 20;
const LONGEST_TEXT = 1_000;

/** Texts of any length, cut; everything else as it is. */
function bounded(value: unknown): unknown {
  if (typeof value === 'string') return shortened(value, LONGEST_TEXT);
  if (Array.isArray(value)) return value.map(bounded);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, bounded(member)]));
}

function findingInBrief(finding: Finding) {
  const { id, kind, severity, principalArn, scope, when, expected, expectedBy, summary, remedies, accept } =
    finding;
  return {
    id,
    kind,
    severity,
    principalArn,
    actions: finding.actions.map(({ action, severity: own }) => ({ action, severity: own })),
    witness: finding.actions[0]?.witness,
    evidence: finding.actions[0]?.evidence.map(({ kind: source, decision, reason, blockedBy }) => ({
      kind: source,
      decision,
      reason,
      blockedBy,
    })),
    scope,
    when,
    expected,
    expectedBy,
    by: finding.by.slice(0, SHOWN_STATEMENTS).map(statementAsJson),
    summary,
    remedies,
    accept,
  };
}

function itemAsJson({ state, finding, subjects, firstSeen, deleted }: MailItem) {
  return bounded({
    state,
    subjects: subjects.slice(0, SHOWN_SUBJECTS),
    subjectCount: subjects.length,
    firstSeen,
    deleted,
    ...findingInBrief(finding),
  });
}

/** The message as JSON, with as many findings as fit into `bytes`; `findingsNotShown` counts the others. */
export function mailAsJson(content: MailContent, context: MailContext, bytes: number): string {
  const head = {
    schemaVersion,
    ...context,
    ...content.data,
    changes: content.changes.slice(-SHOWN_CHANGES).map(bounded),
    findingsNotShown: content.items.length,
  };
  let left = bytes - bytesInJson(safeJson(head)) - 100;
  const findings: unknown[] = [];
  for (const item of content.items) {
    const one = itemAsJson(item);
    left -= bytesInJson(safeJson(one)) + 1;
    if (left < 0) break;
    findings.push(one);
  }
  return safeJson({ ...head, findings, findingsNotShown: content.items.length - findings.length });
}
