import type { Suppression } from '#lib/expectation/types.ts';
import { actionName, capitalized, counted, listed, policyLabel } from '#lib/words/labels.ts';
import { scopeWords } from '#lib/words/scopes.ts';
import type { Accepted } from './accepted.ts';
import { acceptExcess, acceptUnguarded } from './accepting.ts';
import type { Against, JudgedRequest } from './criteria.ts';
import { expectedPart, partWords, whenWords } from './expected-part.ts';
import type { FindingDraft } from './finding-draft.ts';
import { type GrantPath, type GrantPathGroup, grantPathsOf, groupGrantPaths } from './grant-paths.ts';
import { groupBy } from './group-by.ts';
import { guardDenies } from './guards.ts';
import { guardRemedies, neededOf, type Undone, type UndonePart, undoRemedies } from './remedies.ts';

/** `AmazonRekognitionFullAccess allows`, or an honest word where the documents do not show who does. */
function allowing({ by }: GrantPath): string {
  const names = [...new Set(by.map(({ policy }) => policyLabel(policy)))];
  if (names.length === 0) return 'Something that the policy documents do not show allows';
  return `${capitalized(listed(names, 3))} ${names.length === 1 ? 'allows' : 'allow'}`;
}

/** How it is said that something is allowed beyond the expectation, or beyond the past. */
const beyond: Readonly<
  Record<Against, { readonly one: string; readonly many: string; readonly only: string }>
> = {
  expectation: { one: ', which is not expected', many: ' that are not expected', only: '; expected' },
  past: {
    one: ', which was not possible before',
    many: ' that were not possible before',
    only: '; before',
  },
};

export interface ExcessOptions {
  readonly suppressionOf: (action: string) => Suppression | undefined;
  readonly against?: Against;
  /** What keeps an access within limits, in words. */
  readonly limitsOf?: ((judged: JudgedRequest) => readonly string[]) | undefined;
  /** What is wrong with Denys that were to deny an access, as sentences. */
  readonly idleDeniesOf?: ((judged: JudgedRequest) => readonly string[]) | undefined;
  /** All that the expectation denies of some actions, as statements; undefined where they cannot be written. */
  readonly deniesOf: (actions: readonly string[]) => readonly object[] | undefined;
  /** What a rule should say for the access of a group of paths to be expected. */
  readonly accepted: (group: GrantPathGroup, all: readonly JudgedRequest[]) => Accepted;
}

/** What is allowed although it is not expected (`excess`), or without a guard that is demanded (`unguarded`). */
export function excessFindings(
  kind: 'excess' | 'unguarded',
  all: readonly JudgedRequest[],
  options: ExcessOptions,
): FindingDraft[] {
  const differing = all.filter(({ difference }) => difference === kind);
  const paths = [...groupBy(differing, ({ request }) => request.action)].flatMap(([action, judged]) =>
    grantPathsOf(
      action,
      judged,
      ({ allows }) => allows,
      ({ unmet }) => unmet.map(({ name }) => `guard ${name}`),
    ),
  );
  return groupGrantPaths(paths, options.suppressionOf).map((group) =>
    kind === 'unguarded' ? unguarded(group, options) : excess(group, all, options),
  );
}

/** What findings of access have in common, whatever is wrong with the access. */
function accessOf(group: GrantPathGroup, when: string | undefined) {
  const { first, paths, suppressed } = group;
  const names = paths.map(({ action }) => actionName(action)).sort();
  const scope = scopeWords(
    paths.flatMap(({ judged }) => judged.map(({ request, allows }) => ({ by: allows, request }))),
  );
  const what = names.length === 1 ? names.join() : counted(names.length, 'action');
  const where = `${scope === undefined ? '' : ` on ${scope}`}${when ? ` ${when}` : ''}`;
  const draft = {
    causes: first.causes,
    judged: paths.map(({ action, judged }) => ({ action, judged: judged[0] })),
    scope,
    when,
    by: first.by,
    suppressed,
  };
  return { names, draft, sentence: `${allowing(first)} ${what}${where}` };
}

function unguarded(group: GrantPathGroup, options: ExcessOptions): FindingDraft {
  const { first } = group;
  const { unmet } = first.judged[0];
  const { names, draft, sentence } = accessOf(group, listed(unmet.map(({ without }) => without)));
  const actions = group.paths.map(({ action }) => action);
  return {
    ...draft,
    kind: 'unguarded',
    summary: [`${sentence}.`, ...idleDenies(group, options)].join(' '),
    remedies: guardRemedies({ by: first.by, unmet, names, denies: guardDenies(unmet, actions) }),
    accept: acceptUnguarded(unmet),
  };
}

function excess(group: GrantPathGroup, all: readonly JudgedRequest[], options: ExcessOptions): FindingDraft {
  const { against = 'expectation', limitsOf = () => [], accepted, deniesOf } = options;
  const { first } = group;
  const { common, own } = limitsOfAll(group.paths, limitsOf);
  const when = [whenWords(first.always), ...common].filter(Boolean).join(' and ');
  const { names, draft, sentence } = accessOf(group, when === '' ? undefined : when);
  const words = beyond[against];
  const part = expectedPart(group.paths, all);
  const limited = part && partWords(part);
  const unexpected = names.length === 1 ? words.one : words.many;
  return {
    ...draft,
    kind: against === 'past' ? 'access-gained' : 'excess',
    summary: [
      `${sentence}${limited === undefined ? unexpected : `${words.only} ${limited}`}.`,
      ...own,
      ...idleDenies(group, options),
    ].join(' '),
    remedies: undoRemedies(undoneOf(group, all, deniesOf)),
    accept: acceptExcess(accepted(group, all)),
  };
}

/** Sentences about Denys that were to deny some access; of many mistakes the first. */
function idleDenies({ paths }: GrantPathGroup, { idleDeniesOf = () => [] }: ExcessOptions): string[] {
  return [...new Set(paths.flatMap(({ judged }) => idleDeniesOf(judged[0])))].slice(0, 3);
}

/** The limits that all of some accesses have, and sentences about those that have others. */
function limitsOfAll(
  paths: readonly GrantPath[],
  limitsOf: NonNullable<ExcessOptions['limitsOf']>,
): { readonly common: readonly string[]; readonly own: readonly string[] } {
  const all = paths.map((path) => ({ name: actionName(path.action), limits: limitsOf(path.judged[0]) }));
  const common = (all[0]?.limits ?? []).filter((words) => all.every(({ limits }) => limits.includes(words)));
  const others = all.map(({ name, limits }) => ({
    name,
    more: limits.filter((one) => !common.includes(one)),
  }));
  const alike = groupBy(
    others.filter(({ more }) => more.length > 0),
    ({ more }) => more.join(' and '),
  );
  const own = [...alike].map(([words, some]) => {
    const names = some.map(({ name }) => name).sort();
    return `Of these, ${listed(names, 3)} only ${words}.`;
  });
  return { common, own };
}

/** What is to be undone: actions that are expected nowhere, and for each part that is expected the actions of it. */
function undoneOf(
  group: GrantPathGroup,
  all: readonly JudgedRequest[],
  deniesOf: ExcessOptions['deniesOf'],
): Undone {
  const fine = all.filter(
    ({ verdict, expected }) => verdict.decision === 'allowed' && expected?.decision === 'allowed',
  );
  const partOf = (path: GrantPath) => expectedPart([path], all);
  const parts = groupBy(group.paths, (path) => JSON.stringify(partOf(path) ?? null));
  return {
    by: group.first.by,
    needed: neededOf(group.first.by, fine),
    parts: [...parts.values()].map((paths): UndonePart => {
      const part = partOf(paths[0]);
      const names = paths.map(({ action }) => actionName(action)).sort();
      if (part === undefined) return { names };
      const actions = paths.map(({ action }) => action);
      const denies = part.isDenied ? deniesOf(actions) : undefined;
      return {
        names,
        part: partWords(part)?.replace(/^only /, '') ?? 'as the expected sets allow it',
        ...(denies && { denies }),
      };
    }),
  };
}
