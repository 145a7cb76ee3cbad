import type { MatchedStatement } from '@permission-check/iam-policy';
import type { Finding } from '#lib/compare/types.ts';
import { safeJson, shortened } from '#lib/words/escape.ts';
import type { MailContent, MailContext, MailItem } from './mail-content.ts';
import type { Shown } from './mail-text.ts';
import { bytesInJson } from './message-size.ts';

/** Of the shape below; docs/alerts.md. */
const schemaVersion = 1;

const SHOWN_STATEMENTS = 10;
const SHOWN_REMEDIES = 8;
/** Bytes for single parts, so that no part, however long, takes the place of the others. */
const limits = { text: 1_000, subjects: 10_000, changes: 24_000 };

const size = (value: unknown): number => bytesInJson(safeJson(value)) + 1;

/** Texts of any length, cut; everything else as it is. */
function bounded(value: unknown): unknown {
  if (typeof value === 'string') {
    // An escaped character takes up to fourteen bytes, so a text of many such is cut shorter.
    const whole = shortened(value, limits.text);
    return size(whole) <= 2 * limits.text ? whole : shortened(whole, limits.text / 10);
  }
  if (Array.isArray(value)) return value.map(bounded);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, bounded(member)]));
}

/** As many of the first members as fit. */
function fitting(values: readonly unknown[], bytes: number): unknown[] {
  let left = bytes;
  const kept: unknown[] = [];
  for (const value of values.map(bounded)) {
    left -= size(value);
    if (left < 0) break;
    kept.push(value);
  }
  return kept;
}

/** A statement by name and place, without its policy's text. */
function statementInBrief({ policy, layer, statement }: MatchedStatement) {
  return {
    policy: policy.name,
    policyType: policy.type,
    policyArn: policy.arn,
    policyVersion: policy.versionId,
    group: policy.group,
    layer,
    effect: statement.effect,
    statement: statement.index,
    sid: statement.sid,
    line: statement.start.line,
    column: statement.start.column,
  };
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
    by: finding.by.slice(0, SHOWN_STATEMENTS).map(statementInBrief),
    summary,
    remedies: remedies.slice(0, SHOWN_REMEDIES),
    accept,
  };
}

function itemAsJson({ state, finding, subjects, firstSeen, deleted, notJudged, covered, since }: MailItem) {
  return {
    state,
    subjects: fitting(subjects, limits.subjects),
    subjectCount: subjects.length,
    firstSeen,
    deleted,
    notJudged,
    covered,
    since,
    ...findingInBrief(finding),
  };
}

/** The message as JSON, with as many findings as fit into `bytes`; `findingsNotShown` counts the others. */
export function mailAsJson(content: MailContent, context: MailContext, bytes: number): Shown {
  // The latest changes explain what is seen now.
  const changes = fitting(content.changes.toReversed(), limits.changes).reverse();
  const head = {
    schemaVersion,
    ...context,
    ...content.data,
    changes,
    changesNotShown: content.changes.length - changes.length,
    findingsNotShown: content.items.length,
  };
  const items = content.items.map(itemAsJson);
  const findings = fitting(items, bytes - size(head) - 100);
  const findingsNotShown = content.items.length - findings.length;
  return {
    text: safeJson({ ...head, findings, findingsNotShown }),
    all:
      findingsNotShown === 0 && items.every(({ subjects, subjectCount }) => subjects.length === subjectCount),
  };
}
