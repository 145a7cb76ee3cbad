import { arnParts } from '#lib/account/arn.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Alert } from '#lib/report/alert.ts';
import type { PrincipalRecord } from './types.ts';

/**
 * Which rule covers a principal by now, why, and what became of its access, as the end of a sentence about it: `is now
 * covered by rule expectations.yaml:2 (…) because …; its access grew`. `undefined`: the same rule, or nobody knows what it
 * can do.
 */
export function coveringSentence({
  access,
  changed,
  covering,
  moved,
  renamedFrom,
}: PrincipalRecord): Pick<Alert, 'covered' | 'since'> | undefined {
  if (access === undefined || covering === undefined || moved === undefined) return undefined;
  const lost = changed?.lost.some(({ kind }) => kind === 'access-lost');
  const rule = covering.rule === undefined ? 'no rule' : `${ruleWords(covering)} (${covering.label})`;
  const why =
    moved === 'expectations'
      ? 'expectations.yaml changed'
      : 'its own tags, name, groups or attached policies changed';
  const extent = (changed?.gained ?? []).length > 0 ? 'grew' : lost ? 'shrank' : 'is the same';
  if (renamedFrom !== undefined)
    return { covered: `was ${renamedFrom} until now, and is covered by ${rule}; its access ${extent}` };
  const isEdit = moved === 'expectations' && covering.builtIn !== true;
  const now = isEdit ? 'is as expected by' : 'is now covered by';
  const sentence = `${now} ${rule} because ${why}; its access ${extent}`;
  return { covered: sentence, ...(isEdit ? { since: 'expectations' } : {}) };
}

/**
 * What there is to tell of somebody whose own tags, name, groups or attached policies brought it under another rule, beyond
 * the findings of that rule: that it moved, and what it gained. Otherwise whoever can choose a rule that expects more would
 * be given more unheard.
 *
 * @param others what is told of it already
 */
export function moveAlerts(record: PrincipalRecord, others: readonly Alert[]): readonly Alert[] {
  const { access, past, changed, covering, moved, status, readAt } = record;
  const sentence = coveringSentence(record);
  if (moved !== 'principal' || sentence === undefined || status === 'deleted') return [];
  const judged = covering?.builtIn !== true;
  const gained = judged ? (changed?.gained ?? []).filter((one) => isUntold(one, others)) : [];
  const could = access !== undefined && [access, past].some((one) => (one?.policies ?? []).length > 0);
  // Of whom nothing is looked at from now on, nothing would ever be told.
  const matters = could || status === 'not-judged';
  const isTold = others.some((one) => one.covered !== undefined || one.notJudged === true);
  return [
    ...gained.map(
      (finding): Alert => ({ kind: 'new', finding: underRule(finding, record), firstSeen: readAt }),
    ),
    ...(matters && !isTold
      ? [{ kind: 'resolved' as const, finding: moveOf(record), firstSeen: readAt, ...sentence }]
      : []),
  ];
}

/** Whether something was gained that no finding about too much access tells. */
function isUntold({ kind, actions }: Finding, others: readonly Alert[]): boolean {
  if (kind !== 'access-gained') return false;
  const told = others
    .filter(({ kind: state, finding }) => state !== 'resolved' && finding.kind !== 'missing')
    .flatMap(({ finding }) => finding.actions.map(({ action }) => action));
  return actions.some(({ action }) => !told.includes(action));
}

/** What was gained, of somebody whose new rule expects it: without the access alone, that rule would miss it. */
function underRule(finding: Finding, { covering, subject }: PrincipalRecord): Finding {
  const { accept: _, remedies, ...rest } = finding;
  const back = `Take back what brought ${subject} under ${ruleWords(covering)}, too: it expects this access.`;
  return { ...rest, remedies: [back, ...remedies] };
}

const ruleWords = (covering: PrincipalRecord['covering']): string =>
  covering?.rule === undefined ? 'no rule' : `rule ${covering.rule}`;

/** In the place of a finding that is gone: there was none. */
function moveOf({ subject, arn, covering, status }: PrincipalRecord): Finding {
  const rule = covering?.rule ?? covering?.label ?? '';
  return {
    id: findingId(arnParts(arn).accountId, arn, 'access-gained', ['moved', rule]),
    kind: 'access-gained',
    severity: status === 'not-judged' ? 'medium' : 'low',
    subject,
    principalArn: arn,
    actions: [],
    by: [],
    summary: `${subject} is covered by another rule.`,
    remedies: [],
  };
}
