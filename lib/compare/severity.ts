import { compareSeverity } from '#lib/catalog/severity.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import { findingKinds } from '#lib/words/kinds.ts';
import type { Finding, FindingAction } from './types.ts';

/** What a reader fears first among equals: what is lost, then what is added, then what leaves, then what costs. */
const verbs = ['Delete', 'Index', 'Copy', 'Put', 'Start', 'Search', 'Create', 'Update'];

function rank(action: string): number {
  const name = action.slice(action.indexOf(':') + 1);
  const found = verbs.findIndex((verb) => name.startsWith(verb));
  return found === -1 ? verbs.length : found;
}

/** Principals alike have one list of actions. */
const sorted = new WeakMap<readonly FindingAction[], readonly FindingAction[]>();

/** Worst first, then what is feared first, then by name; the same list for the same list of actions. */
export function worstFirst(actions: readonly FindingAction[]): readonly FindingAction[] {
  const known = sorted.get(actions);
  if (known !== undefined) return known;
  const list = [...actions].sort(
    (a, b) =>
      compareSeverity(a.severity, b.severity) ||
      rank(a.action) - rank(b.action) ||
      a.action.localeCompare(b.action, 'en'),
  );
  sorted.set(actions, list);
  return list;
}

/** Worst first; then what is allowed too much before what is missing; then by subject. Never by time. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      compareSeverity(a.severity, b.severity) ||
      findingKinds.indexOf(a.kind) - findingKinds.indexOf(b.kind) ||
      a.subject.localeCompare(b.subject, 'en') ||
      b.actions.length - a.actions.length ||
      a.id.localeCompare(b.id, 'en'),
  );
}

const indexes = new WeakMap<readonly CatalogAction[], ReadonlyMap<string, CatalogAction>>();

/** The catalogue's actions by lower-case IAM name; action names compare case-insensitively. */
export function byAction(actions: readonly CatalogAction[]): ReadonlyMap<string, CatalogAction> {
  const known = indexes.get(actions);
  if (known !== undefined) return known;
  const index = new Map(actions.map((entry) => [entry.action.toLowerCase(), entry]));
  indexes.set(actions, index);
  return index;
}
