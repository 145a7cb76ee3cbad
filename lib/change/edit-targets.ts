import type { Affected, Change, PolicyEdit } from './types.ts';

/** An edit that an event told of, and the principals whom the event names: `role/analyst`, in the event's spelling. */
export interface RecentEdit {
  readonly change: Change;
  readonly subjects: readonly string[];
}

/** A managed policy or a group as a key: IAM resolves names and ARNs without regard to case. */
export const policyTarget = (arn: string): string => `policy/${arn.toLowerCase()}`;
export const groupTarget = (name: string): string => `group/${name.toLowerCase()}`;

/** A principal as a key, `role/analyst`. */
const principalTarget = (subject: string): string => `principal/${subject.toLowerCase()}`;

/** Of events that do not say what they are about. */
export const hiddenTarget = 'hidden';

/** The managed policy and the group that an edit is about, by each of its names. */
export function targetsOf(edit: PolicyEdit): readonly string[] {
  if (edit.act === 'hidden') return [hiddenTarget];
  const policy = 'arn' in edit && edit.arn !== undefined ? [policyTarget(edit.arn)] : [];
  const group = 'group' in edit && edit.group !== undefined ? [groupTarget(edit.group)] : [];
  const renamed = edit.act === 'rename' && edit.group !== undefined ? [groupTarget(edit.to)] : [];
  return [...policy, ...group, ...renamed];
}

/** All by which an edit is kept for those that come later: what it is about, and whom its event names. */
export const keptBy = ({ change: { edit }, subjects }: RecentEdit): readonly string[] =>
  edit === undefined ? [] : [...targetsOf(edit), ...subjects.map(principalTarget)];

/** The group or policy whose principals a change affects. */
export const targetOf = (affected: Extract<Affected, { readonly kind: 'group' | 'policy' }>): string =>
  affected.kind === 'group' ? groupTarget(affected.name) : policyTarget(affected.arn);

/**
 * The edits that say, together with its own, what a principal could do in between: those of the groups that its own edits
 * name, and the versions of the policies. Events about a group or a policy may have come when it had left the one and lost
 * the other.
 *
 * @param boundary the ARN of the boundary that it had, of which the event that takes it away has no name
 * @param recent the edits that are about a target
 */
export async function editsBeside(
  changes: readonly Change[],
  { subject, boundary }: { readonly subject: string; readonly boundary: string | undefined },
  recent: (target: string) => Promise<readonly RecentEdit[]>,
): Promise<readonly Change[]> {
  const found = new Map<string, Change>();
  const own = changes.flatMap(({ edit }) => edit ?? []);
  const bounds = boundary !== undefined && own.some(isOfBoundary) ? [policyTarget(boundary)] : [];
  // Only an edit of a text can be the end of a text that nobody has seen.
  const hidden = own.some(({ act }) => ['put', 'delete', 'version', 'trust'].includes(act))
    ? [hiddenTarget]
    : [];
  const targets = new Set([...own.flatMap(targetsOf), ...bounds, ...hidden]);
  // A set hands out what is added to it on the way: the policies of the groups.
  for (const target of targets) {
    const concerning = (await recent(target)).filter((one) => concerns(one, target, subject));
    for (const { change } of concerning) {
      found.set(change.eventId, change);
      for (const one of change.edit === undefined ? [] : targetsOf(change.edit)) targets.add(one);
    }
  }
  return [...found.values()];
}

/** Whether an edit sets or takes away a boundary, or makes somebody with or without one. */
export const isOfBoundary = ({ act }: PolicyEdit): boolean => ['bound', 'unbound', 'create'].includes(act);

function concerns({ change: { edit }, subjects }: RecentEdit, target: string, subject: string): boolean {
  if (subjects.length > 0) return subjects.some((one) => one.toLowerCase() === subject.toLowerCase());
  // What another group got of the same policy is not the principal's.
  return edit?.act === 'version' || edit?.act === 'hidden' || target.startsWith(groupTarget(''));
}

/** The groups that a principal is in, and the ARNs of the managed policies that it has, its boundary among them. */
export interface Bindings {
  readonly groups: readonly string[];
  readonly policies: readonly string[];
}

/** Milliseconds: as long as IAM may be late, and as a first look comes before its second. */
const togetherMs = 300_000;

/**
 * The edits that may have led to what a look shows together with the changes that it was made for: those of a few minutes that
 * are about the principal, its groups or its policies. The events of one window are looked at in several messages, and
 * whichever comes first shows what all of them did.
 *
 * @param names of the principal, `user/anna`, with those that it had before renames
 * @param recent the edits that are about a target
 */
export async function causesBeside(
  changes: readonly Change[],
  { names, bindings }: { readonly names: readonly string[]; readonly bindings: Bindings },
  recent: (target: string) => Promise<readonly RecentEdit[]>,
): Promise<readonly Change[]> {
  if (changes.length === 0) return [];
  const earliest = Math.min(...changes.map(({ time }) => Date.parse(time))) - togetherMs;
  const own = changes.flatMap(({ edit }) => (edit === undefined ? [] : targetsOf(edit)));
  const targets = new Set([
    ...names.map(principalTarget),
    ...bindings.groups.map(groupTarget),
    ...bindings.policies.map(policyTarget),
    ...own.filter((target) => target !== hiddenTarget),
  ]);
  const found = new Map<string, Change>();
  // A set hands out what is added to it on the way: the other names of the groups.
  for (const target of targets) {
    const concerning = (await recent(target)).filter(
      (one) => Date.parse(one.change.time) >= earliest && names.some((name) => concerns(one, target, name)),
    );
    for (const { change } of concerning) {
      found.set(change.eventId, change);
      for (const other of change.edit?.act === 'rename' ? targetsOf(change.edit) : []) targets.add(other);
    }
  }
  for (const { eventId } of changes) found.delete(eventId);
  return [...found.values()];
}
