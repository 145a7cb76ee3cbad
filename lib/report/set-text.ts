import { actions } from '#lib/catalog/actions.ts';
import {
  type ElsewhereStatement,
  expandSet,
  type GrantedAction,
  isEverything,
  type Scope,
} from '#lib/catalog/describe-set.ts';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import { permissionSet } from '#lib/catalog/permission-sets.ts';
import type { AccessLevel, CatalogAction, PermissionSet } from '#lib/catalog/types.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import { conditionWords } from '#lib/words/conditions.ts';
import { escapeText } from '#lib/words/escape.ts';
import { wrap } from './wrap.ts';

const levels: readonly AccessLevel[] = ['List', 'Read', 'Write', 'Tagging', 'Permissions management'];
/** Of patterns, and of actions that no named set grants. */
const OTHER = 'any level';
const COLUMN = 28;
const WIDTH = 100;
/** Of the list of sets: what every terminal has room for. */
const LIST_WIDTH = 80;

/**
 * What a permission set stands for, for a terminal: its actions by scope and access level, and what it grants of
 * other services. Ends with a newline.
 */
export function renderSet(set: PermissionSet): string {
  const { granted, elsewhere } = expandSet(set);
  const lines = [
    set.name,
    `  ${set.title}`,
    `  ${set.arn ?? set.source}`,
    ...(set.warning === undefined ? [] : wrap(set.warning, '  note: ', WIDTH)),
    '',
    `${granted.length} of Rekognition's ${actions.length} actions`,
    ...notes(granted),
  ];
  for (const [scope, group] of groupBy(granted, scopeOfAction)) {
    const entries = group.map(({ action }) => ({ name: action.name, accessLevels: action.accessLevels }));
    lines.push('', ...wrap(scope, '  ', WIDTH), ...byLevel(entries));
  }
  for (const [heading, group] of groupBy(elsewhere, headingElsewhere)) {
    const entries = group.flatMap((statement) =>
      statement.actions.map(({ action, accessLevels }) => ({ name: action, accessLevels })),
    );
    lines.push('', ...wrap(heading, '  ', WIDTH), ...byLevel(entries));
  }
  return `${lines.map((line) => escapeText(line)).join('\n')}\n`;
}

/** Sets one a line: those of the catalogue by name, with their versions, then a team's own. Ends with a newline. */
export function renderSetList(names: readonly string[], own: readonly PermissionSet[] = []): string {
  const column = Math.max(0, ...[...names, ...own.map(({ name }) => name)].map((name) => name.length)) + 2;
  const lines = (name: string, set: PermissionSet, what: string) => {
    const count = `${expandSet(set).granted.length}/${actions.length}`;
    const first = `${escapeText(name).padEnd(column)}${count.padEnd(8)}`;
    // What it is stands below it where the terminal has no room beside it.
    const beside = wrap(escapeText(what), first, LIST_WIDTH);
    return beside.length === 1 ? beside : [first.trimEnd(), ...wrap(escapeText(what), '    ', LIST_WIDTH)];
  };
  const known = names.flatMap((name) => {
    const set = permissionSet(name);
    const versions = managedPolicies[name]?.versions.map(({ versionId }) => versionId) ?? [];
    return lines(
      name,
      set,
      versions.length === 0 ? briefly(set.title) : `AWS managed, ${versionsIn(versions)}`,
    );
  });
  const heading = `${'set'.padEnd(column)}${'actions'.padEnd(8)}what it is`;
  return `${[heading, ...known, ...own.flatMap((set) => lines(set.name, set, set.title))].join('\n')}\n`;
}

/** `v1`, `v1 to v10`; one by one where some are lacking. */
function versionsIn(versions: readonly string[]): string {
  const numbers = versions.map((version) => Number(version.slice(1))).sort((a, b) => a - b);
  const [first = 1] = numbers;
  const last = numbers.at(-1) ?? first;
  if (numbers.length === 1) return `v${first}`;
  const isWhole = last - first === numbers.length - 1;
  return isWhole ? `v${first} to v${last}` : numbers.map((number) => `v${number}`).join(', ');
}

/** The title of a set where there is little room. */
const briefly = (title: string): string =>
  title.replace(/^AWS managed policy, version (v\d+): what it says of Rekognition$/, 'AWS managed, $1');

/** What the list of actions does not show. */
function notes(granted: readonly GrantedAction[]): string[] {
  const named = (title: string, isMeant: (action: CatalogAction) => boolean) => {
    const names = granted.filter(({ action }) => isMeant(action)).map(({ action }) => action.name);
    if (names.length === 0) return [];
    return wrap(names.join(', '), `  ${`${title} (${names.length})`.padEnd(COLUMN + 2)}`, WIDTH);
  };
  return [
    ...named('critical severity', ({ severity }) => severity === 'critical'),
    ...named('high severity', ({ severity }) => severity === 'high'),
    ...named('billed', ({ canIncurCost }) => canIncurCost),
    ...named('discontinued', ({ availability }) => availability === 'discontinued'),
    ...named('closed to new customers', ({ availability }) => availability === 'closed-to-new-customers'),
  ];
}

function scopeOfAction({ allowed, denied }: GrantedAction): string {
  const granted = allowed.some(isEverything) ? 'on every resource' : allowed.map(scopeWords).join(', or ');
  return denied.length === 0 ? granted : `${granted}; but not ${denied.map(exceptionWords).join(', nor ')}`;
}

function headingElsewhere({ effect, notAction, scope }: ElsewhereStatement): string {
  const verb = effect === 'Allow' ? 'other services' : 'denied of other services';
  return `${verb}, ${scopeWords(scope)}${notAction ? ': everything except' : ''}`;
}

function scopeWords({ resources, notResource, conditions }: Scope): string {
  const patterns = resources.some((pattern) => /^\*+$/.test(pattern))
    ? 'every resource'
    : resources.join(', ');
  const where = notResource ? `on every resource except ${patterns}` : `on ${patterns}`;
  const when = conditionWords(conditions);
  return when === undefined ? where : `${where} ${when}`;
}

function exceptionWords(scope: Scope): string {
  const always = isEverything({ ...scope, conditions: [] });
  return (always ? conditionWords(scope.conditions) : undefined) ?? scopeWords(scope);
}

/** One block a level, in IAM's order; an action of two levels stands with the first. */
function byLevel(
  entries: readonly { readonly name: string; readonly accessLevels: readonly AccessLevel[] }[],
) {
  return [...levels, OTHER].flatMap((level) => {
    const names = entries
      .filter(({ accessLevels }) => (accessLevels[0] ?? OTHER) === level)
      .map(({ name }) => name);
    if (names.length === 0) return [];
    const distinct = [...new Set(names)];
    return wrap(distinct.join(', '), `    ${`${level} (${distinct.length})`.padEnd(COLUMN)}`, WIDTH);
  });
}
