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
  const keys = new Set<string>();
  const layers = set.possible === set ? set.layers : [...set.layers, ...set.possible.layers];
  const statements = layers
    .flatMap((layer) => layer.statements.map(({ compiled }) => compiled))
    .filter((compiled) => actions.some(({ action }) => compiled.matchesAction(action)));
  for (const compiled of statements) {
    for (const { test, variables } of compiled.tests)
      for (const key of [test.key, ...variables]) keys.add(key.toLowerCase());
    for (const { variables } of compiled.resources) for (const key of variables) keys.add(key.toLowerCase());
    if (compiled.statement.principals) for (const key of principalElementKeys) keys.add(key);
  }
  // Only what has MFA has an age of it.
  if (keys.has('aws:multifactorauthage')) keys.add('aws:multifactorauthpresent');
  const reads = { keys, statements };
  remembered.set(set, { actions, reads });
  return reads;
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
