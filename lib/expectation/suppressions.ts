import { compileActionPattern } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { actionName, listed } from '#lib/words/labels.ts';
import { problemOfAction } from './action-patterns.ts';
import { isDay } from './day.ts';
import { listOf } from './list.ts';
import type { Complain, KeyPath, YamlFile } from './located.ts';
import { type Matcher, problemOfPattern, textMatcher } from './principals.ts';
import type { SuppressionInput } from './schema.ts';
import type { Suppressible, Suppression } from './types.ts';

/** A suppression, ready to be held against findings. */
export interface ActiveSuppression {
  readonly suppression: Suppression;
  /** Absent: whomever its one finding is about. */
  readonly matcher?: Matcher;
  /** Whether it is about an action, in whatever case. */
  readonly covers: (action: string) => boolean;
}

export function readSuppression(
  input: SuppressionInput,
  path: KeyPath,
  { locate }: Pick<YamlFile, 'locate'>,
  complain: Complain,
): ActiveSuppression {
  const { principal, finding, reason, owner, until } = input;
  const actions = input.actions === undefined ? undefined : listOf(input.actions);
  for (const [problem, ...at] of problemsOf(input, actions)) complain(problem, [...path, ...at]);
  if (!isDay(until)) {
    complain(`"${until}" is not a day: write the last day, such as 2026-12-31`, [...path, 'until']);
  }
  const patterns = actions?.map(compileActionPattern);
  return {
    suppression: {
      ...(principal !== undefined && { principal }),
      ...(actions && { actions }),
      ...(finding !== undefined && { finding }),
      reason,
      owner,
      until,
      location: locate(path),
    },
    ...(principal !== undefined && { matcher: textMatcher(principal) }),
    covers: (action) => patterns?.some((matches) => matches(action.toLowerCase())) ?? true,
  };
}

/** What is wrong with whom and what it is about, each with the key where that stands. */
function problemsOf(
  { principal, finding }: SuppressionInput,
  actions: readonly string[] | undefined,
): (readonly [string, ...KeyPath])[] {
  if (finding === undefined && principal === undefined)
    return [['write whom it is about ("principal"), or the id of one finding ("finding")']];
  if (finding === undefined && actions === undefined)
    return [['write "actions", or the id of one finding ("finding")']];
  const wrong = principal === undefined ? undefined : problemOfPattern(principal);
  const wrongActions =
    actions?.length === 0
      ? ['name at least one action']
      : (actions ?? []).flatMap((pattern) => problemOfAction(pattern) ?? []);
  return [
    ...(wrong === undefined ? [] : [[wrong, 'principal'] as const]),
    ...wrongActions.map((problem) => [problem, 'actions'] as const),
  ];
}

/** What a suppression is about, in words: `DeleteFaces for role/etl`, `finding 969d85ee6e904ef3 of role/etl`. */
export function suppressionWords({ principal, actions = [], finding }: Suppression): string {
  if (finding === undefined) return `${listed(actions.map(actionName), 4)} for ${principal}`;
  return `finding ${finding}${principal === undefined ? '' : ` of ${principal}`}`;
}

/** Whether a suppression has run out on that day (`2026-11-24`); on its last day it still holds. */
export function isExpired({ until }: Suppression, today: string): boolean {
  return until < today;
}

/** The suppressions that cover an action of a principal on that day, whatever is found; the first is the one that holds. */
export function coveringSuppressions(
  suppressions: readonly ActiveSuppression[],
  principal: Principal,
  action: string,
  today: string,
): readonly Suppression[] {
  return suppressions
    .filter(
      ({ suppression, covers, matcher }) =>
        suppression.finding === undefined &&
        !isExpired(suppression, today) &&
        covers(action) &&
        matcher?.matches(principal) === true,
    )
    .map(({ suppression }) => suppression);
}

/**
 * The suppressions of one finding by its id on that day. One that names actions covers no other: a finding that has grown
 * is open again.
 *
 * @param principal whom it is about; absent: something else
 */
export function suppressionsOf(
  suppressions: readonly ActiveSuppression[],
  { id, actions }: Suppressible,
  principal: Principal | undefined,
  today: string,
): readonly Suppression[] {
  return suppressions
    .filter(
      ({ suppression, covers, matcher }) =>
        suppression.finding === id &&
        !isExpired(suppression, today) &&
        actions.every(({ action }) => covers(action)) &&
        (matcher === undefined || (principal !== undefined && matcher.matches(principal))),
    )
    .map(({ suppression }) => suppression);
}
