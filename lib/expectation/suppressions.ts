import { compileActionPattern } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { problemOfAction } from './action-patterns.ts';
import { isDay } from './day.ts';
import { listOf } from './list.ts';
import type { Complain, KeyPath, YamlFile } from './located.ts';
import { type Matcher, problemOfPattern, textMatcher } from './principals.ts';
import type { SuppressionInput } from './schema.ts';
import type { Suppression } from './types.ts';

/** A suppression, ready to be held against findings. */
export interface ActiveSuppression {
  readonly suppression: Suppression;
  readonly matcher: Matcher;
  /** Whether it is about an action, in whatever case. */
  readonly covers: (action: string) => boolean;
}

export function readSuppression(
  input: SuppressionInput,
  path: KeyPath,
  { locate }: Pick<YamlFile, 'locate'>,
  complain: Complain,
): ActiveSuppression {
  const actions = listOf(input.actions);
  const problem = problemOfPattern(input.principal);
  if (problem !== undefined) complain(problem, [...path, 'principal']);
  if (actions.length === 0) complain('name at least one action', [...path, 'actions']);
  for (const pattern of actions) {
    const wrong = problemOfAction(pattern);
    if (wrong !== undefined) complain(wrong, [...path, 'actions']);
  }
  if (!isDay(input.until)) {
    complain(`"${input.until}" is not a day: write the last day, such as 2026-12-31`, [...path, 'until']);
  }
  const patterns = actions.map(compileActionPattern);
  return {
    suppression: { ...input, actions, location: locate(path) },
    matcher: textMatcher(input.principal),
    covers: (action) => patterns.some((matches) => matches(action.toLowerCase())),
  };
}

/** Whether a suppression has run out on that day (`2026-11-24`); on its last day it still holds. */
export function isExpired({ until }: Suppression, today: string): boolean {
  return until < today;
}

/** The suppressions that cover an action of a principal on that day; the first is the one that holds. */
export function coveringSuppressions(
  suppressions: readonly ActiveSuppression[],
  principal: Principal,
  action: string,
  today: string,
): readonly Suppression[] {
  return suppressions
    .filter(
      (one) => !isExpired(one.suppression, today) && one.covers(action) && one.matcher.matches(principal),
    )
    .map(({ suppression }) => suppression);
}
