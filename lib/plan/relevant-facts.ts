import type { CompiledSet, RequestContext } from '@permission-check/iam-policy';
import type { CatalogAction } from '#lib/catalog/types.ts';

/** What a policy set reads from a request about some actions. */
interface Reads {
  /** In lower case. */
  readonly keys: ReadonlySet<string>;
  /** Region segments of resource patterns and values of aws:RequestedRegion. */
  readonly regions: ReadonlySet<string>;
}

const principalElementKeys = ['aws:principalarn', 'aws:principalaccount', 'aws:userid'];

const remembered = new WeakMap<CompiledSet, { actions: readonly CatalogAction[]; reads: Reads }>();

/** The context keys that the statements of a set about the actions test, or use as policy variables. */
export function readsOf(set: CompiledSet, actions: readonly CatalogAction[]): Reads {
  const known = remembered.get(set);
  if (known?.actions === actions) return known.reads;
  const keys = new Set<string>();
  const regions = new Set<string>();
  const layers = set.possible === set ? set.layers : [...set.layers, ...set.possible.layers];
  for (const { compiled } of layers.flatMap(({ statements }) => statements)) {
    if (!actions.some(({ action }) => compiled.matchesAction(action))) continue;
    for (const { test, variables } of compiled.tests) {
      for (const key of [test.key, ...variables]) keys.add(key.toLowerCase());
      if (test.key.toLowerCase() !== 'aws:requestedregion') continue;
      // An operator may ignore the case, and Regions are written in lower case.
      for (const value of test.values) regions.add(value).add(value.toLowerCase());
    }
    for (const { text, variables } of compiled.resources) {
      for (const key of variables) keys.add(key.toLowerCase());
      const region = text.split(':')[3];
      if (region) regions.add(region);
    }
    if (compiled.statement.principals) for (const key of principalElementKeys) keys.add(key);
  }
  const reads = { keys, regions };
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
