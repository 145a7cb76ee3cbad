import type { CompiledSet } from '@permission-check/iam-policy';
import type { CatalogAction } from '#lib/catalog/types.ts';

const known = new WeakMap<CompiledSet, { actions: readonly CatalogAction[]; nothing: boolean }>();

/**
 * Whether no statement of a set can allow any of the actions to anybody, whatever is asked: there is no Allow in the
 * layers that grant (identity-based policies, a resource policy) whose actions match one. All other layers only take
 * away. Cheaper than a plan, and enough for most principals of most accounts.
 */
export function grantsNothing(set: CompiledSet, actions: readonly CatalogAction[]): boolean {
  const before = known.get(set);
  if (before?.actions === actions) return before.nothing;
  const nothing = !set.layers.some(
    ({ layer, statements }) =>
      (layer === 'identity' || layer === 'resource') &&
      statements.some(
        ({ compiled }) =>
          compiled.statement.effect === 'Allow' &&
          actions.some(({ action }) => compiled.matchesAction(action)),
      ),
  );
  known.set(set, { actions, nothing });
  return nothing;
}
