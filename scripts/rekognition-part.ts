import { compileActionPattern } from '@permission-check/iam-policy';
import * as z from 'zod';
import { actionTable } from '#lib/catalog/actions.ts';

const list = z.union([z.string().transform((one) => [one]), z.array(z.string())]);

/** A statement of a policy document of AWS's. */
export const statementSchema = z.looseObject({
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.optional(list),
  NotAction: z.optional(list),
});

/** The statements of such a document; one alone may stand without a list. */
export const statementsSchema = z.union([
  z.array(statementSchema),
  statementSchema.transform((one) => [one]),
]);

const actions = actionTable.map((action) => action.toLowerCase());
const concerns = (pattern: string): boolean => actions.some(compileActionPattern(pattern));
const all = (patterns: readonly string[]): boolean => {
  const tests = patterns.map(compileActionPattern);
  return actions.every((action) => tests.some((test) => test(action)));
};

/** The statement without the actions of other services; undefined where it is about others alone. */
export function rekognitionPart({
  Action,
  NotAction,
  ...rest
}: z.infer<typeof statementSchema>): object | undefined {
  if (NotAction !== undefined) {
    const left = NotAction.filter(concerns);
    if (left.length === 0) return { ...rest, Action: ['rekognition:*'] };
    return all(NotAction) ? undefined : { ...rest, NotAction: left };
  }
  const own = (Action ?? []).filter(concerns);
  return own.length === 0 ? undefined : { ...rest, Action: own };
}
