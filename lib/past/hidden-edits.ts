/** What can be said of events that write a policy and hide which and what: white space makes them too large for CloudTrail. */
import type { Change, PolicyEdit } from '#lib/change/types.ts';

/** Milliseconds in which an account is looked at after an event that does not say whom it is about: then all of it has shown. */
const hiddenFor = 300_000;

/** Whether something came after something else, and so soon that no look between them need have shown the first. */
function isSoonAfter(first: string, then: string): boolean {
  const elapsed = Date.parse(then) - Date.parse(first);
  return elapsed >= 0 && elapsed <= hiddenFor;
}

/** Ends what the edit before it has opened, and takes nothing away itself. */
export const anEnd: PolicyEdit = { act: 'detach', arn: 'nothing' };

/**
 * Edits with what events hid, as far as others tell. What wrote a text that nobody has seen may have written that which another
 * event replaces or deletes some seconds later, and may have replaced that which an event before it wrote; the latter only where
 * the look comes so late that all has shown, so that what it does not show has ended.
 *
 * @param lookedAt when the look after them was made; ISO 8601.
 */
export function revealed(changes: readonly Change[], lookedAt: string): readonly Change[] {
  return changes.flatMap((change) => {
    const { edit, eventName, time } = change;
    if (edit?.act !== 'hidden') return [change];
    const written = changes
      .filter((other) => isSoonAfter(time, other.time))
      .toSorted((a, b) => a.time.localeCompare(b.time))
      .flatMap((other) => (other.edit === undefined ? [] : hiddenBy(eventName, other.edit)));
    if (written.length > 0) return written.slice(0, 1).map((one) => ({ ...change, edit: one }));
    if (Date.parse(lookedAt) - Date.parse(time) <= hiddenFor) return [];
    const replaces = changes.some(
      (other) =>
        isSoonAfter(other.time, time) &&
        other.edit !== undefined &&
        other.edit.act !== 'delete' &&
        hiddenBy(eventName, other.edit).length > 0,
    );
    if (!replaces) return [];
    return [{ ...change, edit: eventName === 'UpdateAssumeRolePolicy' ? { act: 'trust' } : anEnd }];
  });
}

/** What an event of that name may have written, where an edit replaces or deletes it. */
function hiddenBy(eventName: string, edit: PolicyEdit): PolicyEdit[] {
  if (edit.act === 'version')
    return eventName.startsWith('CreatePolicy')
      ? [{ act: 'version', arn: edit.arn, versionId: 'hidden' }]
      : [];
  if (edit.act === 'trust') return eventName === 'UpdateAssumeRolePolicy' ? [{ act: 'trust' }] : [];
  if (edit.act !== 'put' && edit.act !== 'delete') return [];
  const isOfGroup = eventName === 'PutGroupPolicy';
  if (!eventName.startsWith('Put') || isOfGroup !== (edit.group !== undefined)) return [];
  return [{ act: 'put', name: edit.name, group: edit.group }];
}

/** Two that hid what they wrote: the second may have taken back what the first gave, to whomever. */
export interface HiddenPair {
  readonly first: Change;
  readonly then: Change;
}

/**
 * Of the changes that are given, each that hid a policy with the next that may have written the same, so soon that no look
 * between them need have shown it.
 */
export function hiddenPairs(changes: readonly Change[]): readonly HiddenPair[] {
  const hidden = changes
    .filter(({ edit }) => edit?.act === 'hidden')
    .toSorted((a, b) => a.time.localeCompare(b.time) || a.eventId.localeCompare(b.eventId));
  return hidden.flatMap((first, index) => {
    const then = hidden
      .slice(index + 1)
      .find((other) => kindOf(other) === kindOf(first) && isSoonAfter(first.time, other.time));
    return then === undefined ? [] : [{ first, then }];
  });
}

/** What sort of policy an event writes: only another one of the sort can write the same. */
const kindOf = ({ eventName }: Change): string =>
  eventName.startsWith('CreatePolicy') ? 'managed' : eventName;
