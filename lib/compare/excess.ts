import type { Suppression } from '#lib/expectation/types.ts';
import { conditionWords } from '#lib/words/conditions.ts';
import { actionName, capitalized, counted, listed, policyLabel } from '#lib/words/labels.ts';
import { isEverything, scopeWords } from '#lib/words/scopes.ts';
import { type Against, identityAllowsOf, type JudgedRequest } from './criteria.ts';
import { always, type FindingDraft } from './finding-draft.ts';
import { type GrantPath, type GrantPathGroup, grantPathsOf, groupGrantPaths } from './grant-paths.ts';
import { groupBy } from './group-by.ts';
import { acceptRemedy, guardRemedies, neededOf, undoRemedies } from './remedies.ts';

/** Conditions under which statements allow; `undefined` where a statement asks for nothing. */
export function whenWords(statements: GrantPath['always']): string | undefined {
  const words = statements.map(({ statement }) => conditionWords(statement.conditions));
  return words.includes(undefined) ? undefined : [...new Set(words)].join(', or ') || undefined;
}

/** `AmazonRekognitionFullAccess allows`, or an honest word where the documents do not show who does. */
function allowing({ by }: GrantPath): string {
  const names = [...new Set(by.map(({ policy }) => policyLabel(policy)))];
  if (names.length === 0) return 'Something that the policy documents do not show allows';
  return `${capitalized(listed(names, 3))} ${names.length === 1 ? 'allows' : 'allow'}`;
}

/**
 * Where the expectation allows every one of the same actions after all, but on less or under a condition:
 * `on collection/shop-*`.
 */
function expectedPart({ paths }: GrantPathGroup, all: readonly JudgedRequest[]): string | undefined {
  const actions = new Set(paths.map(({ action }) => action));
  const fine = all.filter(
    ({ request, expected }) => actions.has(request.action) && expected?.decision === 'allowed',
  );
  if (new Set(fine.map(({ request }) => request.action)).size < actions.size) return undefined;
  const matches = fine.map(({ expected, request }) => ({
    by: identityAllowsOf(expected),
    request,
  }));
  const scope = scopeWords(matches);
  const when = whenWords(matches.flatMap(({ by }) => by));
  const narrower = scope === undefined || isEverything(scope) ? undefined : `on ${scope}`;
  return [narrower, when].filter(Boolean).join(' ') || undefined;
}

/** How it is said that something is allowed beyond the expectation, or beyond the past. */
const beyond: Readonly<
  Record<Against, { readonly one: string; readonly many: string; readonly only: string }>
> = {
  expectation: { one: ', which is not expected', many: ' that are not expected', only: '; expected only' },
  past: {
    one: ', which was not possible before',
    many: ' that were not possible before',
    only: '; before only',
  },
};

/** What is allowed although it is not expected (`excess`), or without a guard that is demanded (`unguarded`). */
export function excessFindings(
  kind: 'excess' | 'unguarded',
  all: readonly JudgedRequest[],
  suppressionOf: (action: string) => Suppression | undefined,
  against: Against = 'expectation',
): FindingDraft[] {
  const words = beyond[against];
  const differing = all.filter(({ difference }) => difference === kind);
  const paths = [...groupBy(differing, ({ request }) => request.action)].flatMap(([action, judged]) =>
    grantPathsOf(
      action,
      judged,
      ({ allows }) => allows,
      ({ unmet }) => unmet.map(({ name }) => `guard ${name}`),
    ),
  );
  const fine = all.filter(
    ({ verdict, expected }) => verdict.decision === 'allowed' && expected?.decision === 'allowed',
  );
  return groupGrantPaths(paths, suppressionOf).map((group): FindingDraft => {
    const { first } = group;
    const names = group.paths.map(({ action }) => actionName(action)).sort();
    const scope = scopeWords(
      group.paths.flatMap(({ judged }) => judged.map(({ request, allows }) => ({ by: allows, request }))),
    );
    const unmet = first.judged[0].unmet;
    const when = kind === 'unguarded' ? listed(unmet.map(({ without }) => without)) : whenWords(first.always);
    const part = kind === 'excess' ? expectedPart(group, all) : undefined;
    const what = names.length === 1 ? names.join() : counted(names.length, 'action');
    const where = `${scope === undefined ? '' : ` on ${scope}`}${when ? ` ${when}` : ''}`;
    const unexpected = names.length === 1 ? words.one : words.many;
    const beside = kind === 'unguarded' ? '' : part === undefined ? unexpected : `${words.only} ${part}`;
    return {
      kind: against === 'past' ? 'access-gained' : kind,
      causes: first.causes,
      judged: group.paths.map(({ action, judged }) => ({ action, judged: judged[0] })),
      scope,
      when,
      by: first.by,
      summary: `${allowing(first)} ${what}${where}${beside}.`,
      remedies:
        kind === 'unguarded'
          ? always(guardRemedies(first.by, unmet))
          : undoRemedies({ by: first.by, names, needed: neededOf(first.by, fine), part }),
      accept: acceptRemedy(kind, { by: first.by, names, unmet }),
      suppressed: group.suppressed,
    };
  });
}
