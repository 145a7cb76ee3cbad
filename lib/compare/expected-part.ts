import type { MatchedStatement } from '@permission-check/iam-policy';
import { conditionWords } from '#lib/words/conditions.ts';
import { isEverything, scopeWords } from '#lib/words/scopes.ts';
import { identityAllowsOf, type JudgedRequest } from './criteria.ts';
import type { GrantPath } from './grant-paths.ts';

/** What is expected of actions of which more is allowed. */
export interface ExpectedPart {
  /** Where and when the expectation allows them: `on collection/shop-* with MFA`; absent where it does not narrow them. */
  readonly only?: string;
  /** Where and when it denies them: `on collection/payroll-*`, `without MFA`; absent where no Deny of it does. */
  readonly except?: string;
  /** Whether Denys of the expectation alone keep what is allowed from being expected. */
  readonly isDenied: boolean;
}

/** Conditions under which statements allow; `undefined` where a statement asks for nothing. */
export function whenWords(statements: GrantPath['always']): string | undefined {
  const words = statements.map(({ statement }) => conditionWords(statement.conditions));
  return words.includes(undefined) ? undefined : [...new Set(words)].join(', or ') || undefined;
}

/** Statements of the expected sets that deny a request. */
const expectedDeniesOf = ({ expected }: JudgedRequest): readonly MatchedStatement[] =>
  (expected?.matched ?? []).filter(
    ({ layer, statement }) => layer === 'identity' && statement.effect === 'Deny',
  );

/**
 * The part of which the expectation allows every one of the same actions after all; undefined where it does not. A part
 * without words is one all the same.
 */
export function expectedPart(
  paths: readonly GrantPath[],
  all: readonly JudgedRequest[],
): ExpectedPart | undefined {
  const actions = new Set(paths.map(({ action }) => action));
  const fine = all.filter(
    ({ request, expected }) => actions.has(request.action) && expected?.decision === 'allowed',
  );
  if (new Set(fine.map(({ request }) => request.action)).size < actions.size) return undefined;
  const matches = fine.map(({ expected, request }) => ({ by: identityAllowsOf(expected), request }));
  const only = placeWords(matches);
  const judged = paths.flatMap((path) => path.judged);
  const denied = judged
    .map((one) => ({ by: expectedDeniesOf(one), request: one.request }))
    .filter(({ by }) => by.length > 0);
  const except = placeWords(denied);
  return {
    ...(only === '' ? {} : { only }),
    ...(except === '' ? {} : { except }),
    isDenied: denied.length === judged.length,
  };
}

/** `on collection/shop-* with MFA`; empty where it is everywhere and always. */
function placeWords(matches: Parameters<typeof scopeWords>[0]): string {
  const scope = scopeWords(matches);
  const narrower = scope === undefined || isEverything(scope) ? undefined : `on ${scope}`;
  return [narrower, whenWords(matches.flatMap(({ by }) => by))].filter(Boolean).join(' ');
}

/** `only on collection/shop-*`, `except without MFA`; undefined where words do not tell. */
export function partWords({ only, except }: ExpectedPart): string | undefined {
  const words = [
    ...(only === undefined ? [] : [`only ${only}`]),
    ...(except === undefined ? [] : [`except ${except}`]),
  ];
  return words.length === 0 ? undefined : words.join(', ');
}
