import { compileActionPattern } from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import type { Guard } from '#lib/expectation/types.ts';
import { type ConditionBlock, conditionOfBoth } from './statement-edits.ts';

const guardSchema = z.object({
  Statement: z.tuple(
    [
      z.looseObject({
        Action: z.array(z.string()),
        Condition: z.record(z.string(), z.record(z.string(), z.unknown())),
      }),
    ],
    // What it does not cover, and what it does not hold for.
    z.unknown(),
  ),
});

/** The condition that a guard demands of an action; undefined where it does not cover it. */
export function demandedBy({ policy }: Guard, action: string): ConditionBlock | undefined {
  const [covered] = guardSchema.parse(JSON.parse(policy.text)).Statement;
  const covers = covered.Action.some((pattern) => compileActionPattern(pattern)(action.toLowerCase()));
  return covers ? covered.Condition : undefined;
}

/** All that guards demand of an action, as one block; undefined where one block cannot say it. */
export function demandedOf(guards: readonly Guard[], action: string): ConditionBlock | undefined {
  let all: ConditionBlock | undefined = {};
  for (const guard of guards) {
    const own = demandedBy(guard, action);
    if (own !== undefined) all = all && conditionOfBoth(all, own);
  }
  return all;
}
