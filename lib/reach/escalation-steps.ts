/** Steps by which a principal gives itself more, or something else than it has. */
import type { PolicySource } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { Growth, OnItsOwn } from './escalations.ts';
import type { Leave } from './leave.ts';
import type { Tags } from './own-tags.ts';
import { boundariesOf } from './policy-versions.ts';
import type { Attachable } from './steps.ts';
import { arnsOf, attached, type Step, stepOf } from './steps.ts';

/** A step by which a principal gives itself more; undefined where its policies do not allow all that it needs. */
export function growthStep(
  growth: Growth,
  leave: Leave,
  principal: Principal,
  groupArn: (name: string) => string,
): Step | undefined {
  return stepOf(growth, leave, (on: OnItsOwn) => ownResources(on, principal, groupArn), { of: principal });
}

/** A step by which a user joins a group; undefined where he may not. */
export function joiningStep(
  row: Growth,
  leave: Leave,
  { name, arn }: { readonly name: string; readonly arn: string },
): Step | undefined {
  const step = stepOf(row, leave, () => [arn]);
  return step && { ...step, group: name };
}

/** A step by which a principal gives itself tags; undefined where it may not give itself these. */
export function taggingStep(row: Growth, leave: Leave, of: Principal, tags: Tags): Step | undefined {
  const actions = row.needs.flatMap((need) => need.actions);
  const by = actions.flatMap((action) => leave.by(action, of.arn, { tags, of }) ?? []);
  const acts = actions.map((action) => ({ action, resource: of.arn }));
  return by.length === 0 ? undefined : { escalation: row, actions, acts, by, tags };
}

/** A step by which a principal attaches a policy to itself, or to a group of its own; undefined where it may not. */
export function attachingStep(
  row: Growth,
  leave: Leave,
  of: Principal,
  attachable: Attachable,
  groupArn: (name: string) => string,
): Step | undefined {
  const said = { policy: attachable.policy.arn, of };
  return attached(
    stepOf(row, leave, (on: OnItsOwn) => ownResources(on, of, groupArn), said),
    attachable,
  );
}

/** A step by which a principal takes another boundary; undefined where it may not take this one. */
export function reboundingStep(
  row: Growth,
  leave: Leave,
  of: Principal,
  boundary: PolicySource,
): Step | undefined {
  const said = { boundary: boundary.arn, of };
  const step = stepOf(row, leave, () => [of.arn], said);
  return step && { ...step, boundary };
}

/** A step by which a principal makes another version the default; undefined where it may not. */
export function switchingStep(row: Growth, leave: Leave, version: PolicySource): Step | undefined {
  const step = stepOf(row, leave, () => arnsOf([version]));
  return step && { ...step, version };
}

/** A policy of its own, or a group with all that it gives. */
export interface Removable {
  readonly policy?: PolicySource;
  readonly group?: { readonly name: string; readonly arn: string };
}

/** A step that takes away what denies something; undefined where none of it may be taken away. */
export function undenyingStep(
  row: Growth,
  leave: Leave,
  principal: Principal,
  denying: readonly Removable[],
): { readonly step: Step; readonly gone: readonly Removable[] } | undefined {
  const removed = denying.flatMap((one) => {
    const { action, resource } = removalOf(one, principal);
    const by = leave.by(action, resource, {
      policy: one.policy?.arn,
      of: one.group === undefined ? principal : undefined,
    });
    return by === undefined ? [] : [{ one, action, resource, by }];
  });
  if (removed.length === 0) return undefined;
  const actions = [...new Set(removed.map(({ action }) => action))];
  return {
    gone: removed.map(({ one }) => one),
    step: { escalation: row, actions, acts: removed, by: removed[0]?.by ?? [] },
  };
}

function removalOf({ policy, group }: Removable, { kind, arn }: Principal) {
  if (group !== undefined) return { action: 'iam:RemoveUserFromGroup', resource: group.arn };
  const verb = policy?.type === 'inline' ? 'Delete' : 'Detach';
  return { action: `iam:${verb}${kind === 'user' ? 'User' : 'Role'}Policy`, resource: arn };
}

function ownResources(
  on: OnItsOwn,
  principal: Principal,
  groupArn: (name: string) => string,
): readonly string[] {
  switch (on) {
    case 'self':
      return [principal.arn];
    case 'own-policy':
      return arnsOf(principal.policies);
    case 'own-boundary':
      return arnsOf(boundariesOf(principal));
    case 'own-group':
      return principal.groups.map(groupArn);
    default:
      return [];
  }
}
