import * as z from 'zod/mini';
import { compareSeverity } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import { titleOfKind } from '#lib/words/kinds.ts';
import { actionsInShort } from './finding-line.ts';
import type { HistoryLine, PrincipalResult } from './types.ts';

/** A line as an earlier report has it. */
export const historySchema = z.object({
  at: z.string(),
  after: z.optional(z.string()),
  event: z.enum(['new', 'changed', 'gone', 'access']),
  finding: z.optional(z.string()),
  what: z.string(),
  causes: z.optional(z.array(z.string())),
});

/** Lines that are kept of a principal: the last ones. */
const KEPT = 20;

/**
 * A history of several tellings, the oldest line first: what is told twice once. A finding that is open is not new again,
 * and one that is gone does not go.
 */
export function mergedHistory(...tellings: readonly (readonly HistoryLine[])[]): readonly HistoryLine[] {
  const isOpen = new Map<string, boolean>();
  const told = new Set<string>();
  const lines: HistoryLine[] = [];
  for (const line of tellings.flat().sort(byTime)) {
    const { at, event, finding, what } = line;
    const key = JSON.stringify([at, event, finding, what]);
    if (told.has(key)) continue;
    told.add(key);
    if (finding !== undefined) {
      if (
        (event === 'new' && isOpen.get(finding) === true) ||
        (event === 'gone' && isOpen.get(finding) === false)
      )
        continue;
      isOpen.set(finding, event !== 'gone');
    }
    lines.push(line);
  }
  return lines.slice(-KEPT);
}

/** Principals with what happened to them, by subject; who has no history yet has one where there is something to tell. */
export function withHistory(
  principals: readonly PrincipalResult[],
  ...tellings: readonly ReadonlyMap<string, readonly HistoryLine[]>[]
): readonly PrincipalResult[] {
  return principals.map((principal) => {
    const own = tellings.flatMap((telling) => telling.get(principal.subject) ?? []);
    if (own.length === 0) return principal;
    return { ...principal, history: mergedHistory(principal.history ?? [], own) };
  });
}

const byTime = (a: HistoryLine, b: HistoryLine): number => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0);

/** A finding of a run, as far as runs are held against each other. */
export interface ToldFinding {
  readonly id: string;
  readonly kind: string;
  readonly severity: Severity;
  readonly subject: string;
  readonly summary: string;
  readonly scope?: string | undefined;
  readonly when?: string | undefined;
  readonly actions: readonly { readonly action: string }[];
}

/** Whether a finding is new, or more than it was. */
export function isNew(finding: ToldFinding, before: ToldFinding | undefined): boolean {
  if (before === undefined) return true;
  const actions = new Set(before.actions.map(({ action }) => action));
  return (
    compareSeverity(finding.severity, before.severity) < 0 ||
    finding.scope !== before.scope ||
    finding.when !== before.when ||
    finding.actions.some(({ action }) => !actions.has(action))
  );
}

/** What a run has found. */
export interface Run {
  readonly startedAt: string;
  /** Open ones. */
  readonly findings: readonly ToldFinding[];
}

/**
 * What happened between runs, by subject.
 *
 * @param runs the oldest first
 */
export function historyOfRuns(runs: readonly Run[]): ReadonlyMap<string, readonly HistoryLine[]> {
  const told = runs.slice(1).flatMap((run, at) => [...between(runs[at] ?? run, run)]);
  const bySubject = groupBy(told, ({ subject }) => subject);
  return new Map([...bySubject].map(([subject, lines]) => [subject, lines.map(({ line }) => line)]));
}

function* between(before: Run, now: Run): Iterable<{ readonly subject: string; readonly line: HistoryLine }> {
  const tell = (event: HistoryLine['event'], told: ToldFinding) => ({
    subject: told.subject,
    line: { at: now.startedAt, after: before.startedAt, event, finding: told.id, what: whatOf(told) },
  });
  const past = new Map(before.findings.map((told) => [told.id, told]));
  const present = new Set(now.findings.map(({ id }) => id));
  for (const told of before.findings) if (!present.has(told.id)) yield tell('gone', told);
  for (const told of now.findings) {
    const known = past.get(told.id);
    if (isNew(told, known)) yield tell(known === undefined ? 'new' : 'changed', told);
  }
}

/** Findings whose sentence says more than the names of their actions. */
const bySentence = ['exposed', 'unreachable', 'access-shared', 'indirect', 'inconclusive'];

/** `allowed, not expected: DeleteCollection, DeleteFaces +39` */
function whatOf({ kind, summary, actions }: ToldFinding): string {
  const told = actions.length === 0 || bySentence.includes(kind) ? summary : actionsInShort({ actions }, 5);
  return `${titleOfKind(kind)}: ${told}`;
}
