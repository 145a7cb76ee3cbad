import type { PolicySource } from '@permission-check/iam-policy';
import type { Change, PolicyEdit } from '#lib/change/types.ts';

/** Gives what is said of groups the names that they have after all renames, so that a group is one under all its names. */
export function lastNames(changes: readonly Change[]): {
  readonly edit: (edit: PolicyEdit) => PolicyEdit;
  readonly policy: (policy: PolicySource) => PolicySource;
} {
  const names = new Map<string, string>();
  const inOrder = changes.toSorted((a, b) => a.time.localeCompare(b.time));
  for (const { edit } of inOrder) {
    if (edit?.act !== 'rename' || edit.group === undefined) continue;
    const from = edit.group.toLowerCase();
    for (const [name, last] of names) if (last.toLowerCase() === from) names.set(name, edit.to);
    names.set(from, edit.to);
    names.delete(edit.to.toLowerCase());
  }
  const nameOf = (group: string): string => names.get(group.toLowerCase()) ?? group;
  return {
    edit: (edit) =>
      'group' in edit && edit.group !== undefined ? { ...edit, group: nameOf(edit.group) } : edit,
    policy: (policy) => (policy.group === undefined ? policy : { ...policy, group: nameOf(policy.group) }),
  };
}
