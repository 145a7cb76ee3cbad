import type { Principal } from '#lib/account/types.ts';
import { actionsMatching, problemOfAction } from './action-patterns.ts';
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
  readonly actions: ReadonlySet<string>;
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
    const wrong =
      problemOfAction(pattern) ??
      (actionsMatching(pattern).length === 0 ? `"${pattern}" is no action of Rekognition` : undefined);
    if (wrong !== undefined) complain(wrong, [...path, 'actions']);
  }
  if (!isDay(input.until)) {
    complain(`"${input.until}" is not a day: write the last day, such as 2026-12-31`, [...path, 'until']);
  }
  return {
    suppression: { ...input, actions, location: locate(path) },
    matcher: textMatcher(input.principal),
    actions: new Set(actions.flatMap(actionsMatching).map(({ action }) => action)),
  };
}

/** Whether a suppression has run out on that day (`2026-11-24`); on its last day it still holds. */
export function isExpired({ until }: Suppression, today: string): boolean {
  return until < today;
}

/** The first suppression that covers an action of a principal on that day. */
export function coveringSuppression(
  suppressions: readonly ActiveSuppression[],
  principal: Principal,
  action: string,
  today: string,
): Suppression | undefined {
  return suppressions.find(
    (one) => !isExpired(one.suppression, today) && one.actions.has(action) && one.matcher.matches(principal),
  )?.suppression;
}
