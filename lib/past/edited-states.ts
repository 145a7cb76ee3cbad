import type { Principal } from '#lib/account/types.ts';
import type { Change, PolicyEdit } from '#lib/change/types.ts';
import type { Access } from './access.ts';
import { bindingsAfter, type EditedBinding } from './edited-bindings.ts';
import { isAsNow, type PolicyTexts } from './policy-edits.ts';
import { lastNames } from './renamed-groups.ts';

/** What bound a principal after a change, as far as the events say. */
export interface EditedState extends EditedBinding {
  readonly change: Change;
  /** What ended it; the last one has not ended. */
  readonly until?: Change | undefined;
}

export type EndedState = EditedState & { readonly until: Change };

export const hasEnded = (state: EditedState): state is EndedState => state.until !== undefined;

/**
 * The state after each edit, oldest first.
 *
 * @param past what could be done before them
 * @param changes in any order; those that edit nothing are passed over
 */
export function editedStates(
  past: Access,
  changes: readonly Change[],
  steps: PolicyTexts & { readonly principal: Principal },
): readonly EditedState[] {
  const named = lastNames(changes);
  const edits = changes
    .flatMap((change) => (change.edit === undefined ? [] : [{ change, edit: named.edit(change.edit) }]))
    .map((one) => ({ ...one, isAsNow: isAsNow(one.edit, steps.principal, steps) }))
    // Events tell the time in seconds: of two of one second, that which has led to the present comes last, what makes somebody
    // first, and what a policy says before who is given it; else the order is the same whenever they are read.
    .sort(
      (a, b) =>
        a.change.time.localeCompare(b.change.time) ||
        Number(isMaking(b.edit)) - Number(isMaking(a.edit)) ||
        Number(a.isAsNow) - Number(b.isAsNow) ||
        Number(b.edit.act === 'version') - Number(a.edit.act === 'version') ||
        a.change.eventId.localeCompare(b.change.eventId),
    );
  const bindings = bindingsAfter(
    { ...past, policies: past.policies.map(named.policy) },
    edits.map(({ edit }) => edit),
    steps.principal,
    steps,
  );
  return bindings.flatMap((binding, index): EditedState[] => {
    const change = edits[index]?.change;
    return change === undefined ? [] : [{ ...binding, change, until: edits[index + 1]?.change }];
  });
}

const isMaking = (edit: PolicyEdit): boolean =>
  edit.act === 'create' || (edit.act === 'version' && edit.isFirst === true);
