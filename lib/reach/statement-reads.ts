/** What statements read of a request, and decide by. */
import type { CompiledSet, CompiledStatement, RequestContext, Statement } from '@permission-check/iam-policy';

/** The context keys that a statement reads, as they are written. */
export function keysReadBy(compiled: CompiledStatement): readonly string[] {
  return [
    ...compiled.tests.flatMap(({ test, variables }) => [test.key, ...variables]),
    ...variablesOf(compiled),
  ];
}

/** The context keys that decide which resources a statement is about. */
export const variablesOf = ({ resources }: CompiledStatement): readonly string[] =>
  resources.flatMap(({ variables }) => variables);

/** What a statement about an action decides by, as text. */
export function decisive(compiled: CompiledStatement, action: string): readonly string[] {
  if (!compiled.matchesAction(action)) return [];
  const { effect, resources, notResource, conditions, principals, notPrincipal } = compiled.statement;
  return [JSON.stringify([effect, resources, notResource, conditions, principals, notPrincipal])];
}

/** Whether a condition on what is known of the request does not hold, so that nothing else makes a difference. */
export function isRuledOut({ tests }: CompiledStatement, context: RequestContext): boolean {
  const known = new Set(Object.keys(context).map((key) => key.toLowerCase()));
  return tests.some(
    (one) => one.variables.length === 0 && known.has(one.test.key.toLowerCase()) && !one.matches(context),
  );
}

/** An Allow without conditions, of actions and principals that it names. */
export function isPlain({
  effect,
  conditions,
  actions,
  notAction,
  principals,
  notPrincipal,
}: Statement): boolean {
  if (effect === 'Deny' || conditions.length > 0 || notAction || notPrincipal === true) return false;
  return principals?.['*'] === undefined && actions.every((action) => /^sts:[a-z]+$/i.test(action));
}

/** Whether no statement about an action has a condition, or a variable in its resources. */
export function isUnconditional({ layers }: CompiledSet, action: string): boolean {
  return layers.every(({ statements }) =>
    statements.every(({ compiled }) => readsNothing(compiled) || !compiled.matchesAction(action)),
  );
}

const readsNothing = ({ statement, resources }: CompiledStatement): boolean =>
  statement.conditions.length === 0 && resources.every(({ variables }) => variables.length === 0);

/** Whether a condition asks for a context key. */
export function asksFor({ layers }: CompiledSet, key: string): boolean {
  return layers.some(({ statements }) =>
    statements.some(({ compiled }) =>
      compiled.statement.conditions.some((test) => test.key.toLowerCase() === key.toLowerCase()),
    ),
  );
}
