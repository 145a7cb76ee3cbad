import { createHash } from 'node:crypto';
import type { CompiledSet } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { worst } from '#lib/catalog/severity.ts';
import type { CatalogAction, Severity } from '#lib/catalog/types.ts';
import type { PlanDoubt, PlanGap } from '#lib/plan/types.ts';
import { actionsInShort } from '#lib/words/labels.ts';
import type { JudgedRequest } from './criteria.ts';
import { always, type FindingDraft } from './finding-draft.ts';
import { policyKey } from './finding-id.ts';
import { groupBy } from './group-by.ts';

/** Where something may be unknown. */
interface Unknowns {
  readonly gaps: readonly PlanGap[];
  readonly doubts?: readonly PlanDoubt[];
  /** What keeps the comparison from being made. */
  readonly problems: readonly string[];
  readonly principal: Principal;
  readonly observedSet?: CompiledSet | undefined;
  readonly catalog: readonly CatalogAction[];
}

/** Counts and request ids differ from run to run; the reason is the same. */
const withoutNumbers = (reason: string): string =>
  reason.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+/gi, '#');

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** Without a severity: that of the worst that its actions could do. */
function draft(
  cause: string,
  reason: string,
  remedy: string,
  judged: FindingDraft['judged'],
  severity?: Severity,
): FindingDraft {
  return {
    kind: 'inconclusive',
    ...(severity && { severity }),
    causes: [cause, withoutNumbers(reason)],
    judged,
    by: [],
    summary: sentence(reason),
    remedies: always([remedy]),
  };
}

/**
 * Everything about a principal that could not be determined, with the reason: never silent, whatever else is known. As
 * severe as the worst that it might hide; another finding when the principal's policies are others.
 */
export function inconclusiveFindings(all: readonly JudgedRequest[], about: Unknowns): FindingDraft[] {
  const { observedSet } = about;
  const drafts = draftsOf(all, about);
  if (drafts.length === 0 || observedSet === undefined) return drafts;
  const policies = policiesKey(observedSet);
  return drafts.map((one) => ({ ...one, causes: [...one.causes, policies] }));
}

function draftsOf(
  all: readonly JudgedRequest[],
  { gaps, doubts = [], problems, principal, catalog }: Unknowns,
): FindingDraft[] {
  const anything = worst(catalog.map(({ severity }) => severity));
  const malformed = problems.map((problem) =>
    draft('malformed', problem, 'Correct the policy document, then check again.', [], anything),
  );
  const unreadable = principal.unreadable.map((name) =>
    draft(
      'unreadable',
      `A policy could not be read: ${name}`,
      'Let the check read it, or give a complete account file; until then nothing is certain.',
      [],
      anything,
    ),
  );
  if (all.length === 0 && malformed.length + unreadable.length > 0) return [...malformed, ...unreadable];
  if (all.length === 0) {
    return [
      draft('nothing checked', 'Nothing was checked: no request was answered', 'Check again.', [], anything),
    ];
  }

  return [
    ...malformed,
    ...unreadable,
    ...doubtful(all, doubts),
    ...unanswered(all),
    ...notAsked(gaps),
    ...forgotten(all, gaps, catalog),
  ];
}

function unanswered(all: readonly JudgedRequest[]): FindingDraft[] {
  const groups = groupBy(
    all.filter(({ verdict }) => verdict.unanswered !== undefined),
    ({ verdict }) => withoutNumbers(verdict.unanswered ?? ''),
  );
  return [...groups.values()].map((group) => {
    const actions = groupBy(group, ({ request }) => request.action);
    const reason = group[0].verdict.unanswered ?? '';
    return draft(
      'unanswered',
      `${actionsInShort([...actions.keys()])}: ${reason}`,
      'Check again; if it stays, look at the reason.',
      [...actions].map(([action, [judged]]) => ({ action, judged })),
    );
  });
}

function notAsked(gaps: readonly PlanGap[]): FindingDraft[] {
  // What is open of each statement of a policy in the same way is one finding.
  const alike = groupBy(gaps, ({ reason }) => withoutNumbers(reason));
  return [...alike.values()].map((group) => {
    const names = [...new Set(group.map(({ action }) => action))];
    const reasons = new Set(group.map(({ reason }) => reason));
    const more = reasons.size > 1 ? ` (+${reasons.size - 1} like it)` : '';
    const [{ reason }] = group;
    return draft(
      'not asked',
      `${actionsInShort(names)} could not be asked in full: ${reason}${more}`,
      'Simplify the condition, or check those actions by hand.',
      names.map((action) => ({ action })),
    );
  });
}

/** Actions that neither an answer nor a gap is about. */
function forgotten(
  all: readonly JudgedRequest[],
  gaps: readonly PlanGap[],
  catalog: readonly CatalogAction[],
): FindingDraft[] {
  const named = [...all.map(({ request }) => request.action), ...gaps.map(({ action }) => action)];
  const asked = new Set(named.map((action) => action.toLowerCase()));
  const lost = catalog.filter(({ action }) => !asked.has(action.toLowerCase())).map(({ action }) => action);
  if (lost.length === 0) return [];
  const words = `${actionsInShort(lost)}: asked of nobody, so nothing is known`;
  return [
    draft(
      'no answer',
      words,
      'Check again.',
      lost.map((action) => ({ action })),
    ),
  ];
}

/** What may be allowed beyond the expectation; and where that is not so, what is expected and may be denied. */
function doubtful(all: readonly JudgedRequest[], doubts: readonly PlanDoubt[]): FindingDraft[] {
  const remedy = 'Write it so that it can be read without doubt, then check again.';
  const granted = groupBy(doubts, ({ reason }) => reason);
  const beyond = [...granted].map(([reason, group]) => {
    const names = [...new Set(group.map(({ action }) => action))];
    const words = `${actionsInShort(names)} may be allowed, and nobody can tell: ${reason}`;
    return draft(
      'in doubt',
      words,
      remedy,
      names.map((action) => ({ action })),
    );
  });
  const wanted = groupBy(
    all.filter(({ doubt }) => doubt !== undefined && !granted.has(doubt)),
    ({ doubt }) => doubt ?? '',
  );
  const expected = [...wanted].map(([reason, group]) => {
    const actions = groupBy(group, ({ request }) => request.action);
    const words = `${actionsInShort([...actions.keys()])}: expected, and nobody can tell whether it is allowed: ${reason}`;
    const judged = [...actions].map(([action, [one]]) => ({ action, judged: one }));
    return draft('expected in doubt', words, remedy, judged, 'medium');
  });
  return [...beyond, ...expected];
}

const policiesKeys = new WeakMap<CompiledSet, string>();

/** The same text for policies that say the same about the actions of the catalogue. */
function policiesKey(set: CompiledSet): string {
  const known = policiesKeys.get(set);
  if (known !== undefined) return known;
  const parts = set.layers.map(({ layer, level, statements }) => [
    layer,
    level,
    statements.flatMap(({ compiled, matched }) => {
      const { index: _, start: __, end: ___, ...statement } = compiled.statement;
      return compiled.matchesTable ? [[policyKey(matched.policy), statement]] : [];
    }),
  ]);
  const unreadable = set.unreadable.map(({ policy, statement }) => [
    policyKey(policy),
    statement.index === 0 ? policy.text : [statement.effect, statement.actions, statement.problem],
  ]);
  const key = createHash('sha256')
    .update(JSON.stringify([parts, unreadable]))
    .digest('hex');
  policiesKeys.set(set, key);
  return key;
}
