import type { Principal } from '#lib/account/types.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import type { PlanGap } from '#lib/plan/types.ts';
import { actionName, counted, listed } from '#lib/words/labels.ts';
import type { JudgedRequest } from './criteria.ts';
import { always, type FindingDraft } from './finding-draft.ts';
import { groupBy } from './group-by.ts';

/** Counts and request ids differ from run to run; the reason is the same. */
const withoutNumbers = (reason: string): string =>
  reason.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+/gi, '#');

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

function draft(cause: string, reason: string, remedy: string, judged: FindingDraft['judged']): FindingDraft {
  return {
    kind: 'inconclusive',
    severity: 'low',
    causes: [cause, withoutNumbers(reason)],
    judged,
    by: [],
    summary: sentence(reason),
    remedies: always([remedy]),
  };
}

const about = (actions: readonly string[]): string =>
  actions.length < 4 ? listed(actions.map(actionName)) : counted(actions.length, 'action');

/**
 * Everything about a principal that could not be determined, with the reason: never silent, whatever else is known.
 *
 * @param problems policies that are malformed, with name and line
 */
export function inconclusiveFindings(
  all: readonly JudgedRequest[],
  gaps: readonly PlanGap[],
  problems: readonly string[],
  principal: Principal,
  catalog: readonly CatalogAction[],
): FindingDraft[] {
  const malformed = problems.map((problem) =>
    draft('malformed', problem, 'Correct the policy document, then check again.', []),
  );
  const unreadable = principal.unreadable.map((name) =>
    draft(
      'unreadable',
      `A policy could not be read: ${name}`,
      'Let the check read it, or give a complete account file; until then nothing is certain.',
      [],
    ),
  );
  if (all.length === 0 && malformed.length + unreadable.length > 0) return [...malformed, ...unreadable];
  if (all.length === 0) {
    return [draft('nothing checked', 'Nothing was checked: no request was answered', 'Check again.', [])];
  }

  const unanswered = groupBy(
    all.filter(({ verdict }) => verdict.unanswered !== undefined),
    ({ verdict }) => withoutNumbers(verdict.unanswered ?? ''),
  );
  const silent = [...unanswered.values()].map((group) => {
    const actions = groupBy(group, ({ request }) => request.action);
    const reason = group[0].verdict.unanswered ?? '';
    return draft(
      'unanswered',
      `${about([...actions.keys()])}: ${reason}`,
      'Check again; if it stays, look at the reason.',
      [...actions].map(([action, [judged]]) => ({ action, judged })),
    );
  });

  const planned = [...groupBy(gaps, ({ reason }) => reason).values()].map((group) =>
    draft(
      'not asked',
      `${about([...new Set(group.map(({ action }) => action))])} could not be asked in full: ${group[0].reason}`,
      'Simplify the condition, or check those actions by hand.',
      [...new Set(group.map(({ action }) => action))].map((action) => ({ action })),
    ),
  );

  const asked = new Set(
    [...all.map(({ request }) => request.action), ...gaps.map(({ action }) => action)].map((action) =>
      action.toLowerCase(),
    ),
  );
  const lost = catalog.filter(({ action }) => !asked.has(action.toLowerCase())).map(({ action }) => action);
  const forgotten =
    lost.length === 0
      ? []
      : [
          draft(
            'no answer',
            `${about(lost)}: asked of nobody, so nothing is known`,
            'Check again.',
            lost.map((action) => ({ action })),
          ),
        ];
  return [...malformed, ...unreadable, ...silent, ...planned, ...forgotten];
}
