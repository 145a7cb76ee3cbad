import type { CompiledSet, CompiledStatement, RequestContext } from '@permission-check/iam-policy';
import type { CatalogAction } from '#lib/catalog/types.ts';

/** What a policy set reads from a request about some actions. */
interface Reads {
  /** In lower case. */
  readonly keys: ReadonlySet<string>;
  /** The statements about the actions. */
  readonly statements: readonly CompiledStatement[];
}

const principalElementKeys = ['aws:principalarn', 'aws:principalaccount', 'aws:userid'];

const remembered = new WeakMap<CompiledSet, { actions: readonly CatalogAction[]; reads: Reads }>();

/** The context keys that the statements of a set about the actions test, or use as policy variables. */
export function readsOf(set: CompiledSet, actions: readonly CatalogAction[]): Reads {
  const known = remembered.get(set);
  if (known?.actions === actions) return known.reads;
  const layers = set.possible === set ? set.layers : [...set.layers, ...set.possible.layers];
  const statements = layers
    .flatMap((layer) => layer.statements.map(({ compiled }) => compiled))
    .filter((compiled) => actions.some(({ action }) => compiled.matchesAction(action)));
  const keys = new Set(statements.flatMap(keysRead).map((key) => key.toLowerCase()));
  // Only what has MFA has an age of it.
  if (keys.has('aws:multifactorauthage')) keys.add('aws:multifactorauthpresent');
  const reads = { keys, statements };
  remembered.set(set, { actions, reads });
  return reads;
}

/** The keys that a statement tests, uses as policy variables, or asks for in its Principal element. */
function keysRead({ tests, resources, statement }: CompiledStatement): readonly string[] {
  return [
    ...tests.flatMap(({ test, variables }) => [test.key, ...variables]),
    ...resources.flatMap(({ variables }) => variables),
    ...(statement.principals ? principalElementKeys : []),
  ];
}

/** The facts of a principal that can change an answer, as some statement about the actions reads them. */
export function factsThatMatter(
  sets: readonly CompiledSet[],
  actions: readonly CatalogAction[],
  facts: RequestContext,
): RequestContext {
  const reads = sets.map((set) => readsOf(set, actions));
  return Object.fromEntries(
    Object.entries(facts).filter(([key]) => reads.some(({ keys }) => keys.has(key.toLowerCase()))),
  );
}
