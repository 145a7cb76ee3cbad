import type { PolicySource } from '@permission-check/iam-policy';
import { type MatchedStatement, mayHaveAccess } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { Escalation, Getting, Growth, Needed, OnItsOwn, OnOthers } from './escalations.ts';
import { ANYTHING, type Leave, type Said } from './leave.ts';
import type { Tags } from './own-tags.ts';
import { boundariesOf, type Switched } from './policy-versions.ts';

/** An action and what it is done to: an ARN, or ANYTHING. */
export interface Act {
  readonly action: string;
  readonly resource: string;
}

/** One step by which a principal comes to more than its policies say. */
export interface Step {
  readonly escalation: Escalation;
  /** The actions that it takes. */
  readonly actions: readonly string[];
  /** What each of them is done to. */
  readonly acts: readonly Act[];
  readonly by: readonly MatchedStatement[];
  readonly target?: Principal;
  /** The group that it joins. */
  readonly group?: string;
  /** The tags that it gives itself. */
  readonly tags?: Tags;
  /** The policy that it attaches. */
  readonly attached?: PolicySource;
  /** The policy that becomes a boundary: its own, or that of whom it makes. */
  readonly boundary?: PolicySource;
  /** The version that it makes the default. */
  readonly version?: PolicySource;
}

/** Whom a row leads to: as it is, or as it is with another version of a policy. */
export type Target = Principal | Switched;

/** An action that policies let through, with the statements that allow it. */
interface Allowed extends Act {
  readonly by: readonly MatchedStatement[];
}

/** A step by which a principal gives itself more; undefined where its policies do not allow all that it needs. */
export function growthStep(
  growth: Growth,
  leave: Leave,
  principal: Principal,
  groupArn: (name: string) => string | undefined,
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

/** A step by which a principal attaches a policy to itself; undefined where it may not attach this one. */
export function attachingStep(
  row: Growth,
  leave: Leave,
  of: Principal,
  policy: PolicySource,
): Step | undefined {
  const actions = row.needs.flatMap((need) => need.actions);
  const by = actions.flatMap((action) => leave.by(action, of.arn, { policy: policy.arn, of }) ?? []);
  const acts = actions.map((action) => ({ action, resource: of.arn }));
  return by.length === 0 ? undefined : { escalation: row, actions, acts, by, attached: policy };
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

/** A step by which whoever has leave makes a principal within a boundary; undefined where it may not. */
export function boundedStep(getting: Getting, leave: Leave, boundary: PolicySource): Step | undefined {
  const step = stepOf(getting, leave, (on: OnOthers) => resourcesOf(on, undefined), {
    boundary: boundary.arn,
  });
  return step && { ...step, boundary };
}

/** A step by which whoever has leave gets at a target, where the row is about one. */
export function gettingStep(getting: Getting, leave: Leave, target?: Target): Step | undefined {
  const said = { service: getting.service, of: target };
  const step = stepOf(getting, leave, (on: OnOthers) => resourcesOf(on, target), said);
  if (step === undefined || target === undefined) return step;
  return { ...step, target, ...('switchedTo' in target && { version: target.switchedTo }) };
}

/** Whether all is allowed that a row does to a target; or, without one, all that it takes beside that. */
export function mayGet({ needs, service }: Getting, leave: Leave, target?: Target): boolean {
  return needs
    .filter(({ on }) => (on === 'anything') === (target === undefined))
    .every(
      ({ actions, on }) =>
        allowedOf(actions, resourcesOf(on, target), leave, { service, of: target }) !== undefined,
    );
}

function stepOf<On extends OnItsOwn | OnOthers>(
  row: Escalation & { readonly needs: readonly Needed<On>[] },
  leave: Leave,
  resources: (on: On) => readonly string[],
  said: Said = {},
): Step | undefined {
  const allowed: Allowed[] = [];
  for (const { actions, on } of row.needs) {
    const found = allowedOf(actions, resources(on), leave, said);
    if (found === undefined) return undefined;
    allowed.push(found);
  }
  const by = allowed.flatMap((one) => one.by);
  return {
    escalation: row,
    actions: allowed.map(({ action }) => action),
    acts: allowed,
    by: [...new Map(by.map((one) => [`${one.policy.name} ${one.statement.index}`, one])).values()],
  };
}

/** The first of the actions that the policies let through on one of the resources. */
function allowedOf(
  actions: readonly string[],
  resources: readonly string[],
  leave: Leave,
  { service, boundary, of }: Said,
): Allowed | undefined {
  for (const action of actions) {
    if (!mayHaveAccess(leave.policies, [action], {})) continue;
    for (const resource of resources) {
      // Of a policy or a group that the step is about nothing of the principal is said.
      const by = leave.by(action, resource, { service, boundary, of: of?.arn === resource ? of : undefined });
      if (by !== undefined) return { action, resource, by };
    }
  }
  return undefined;
}

function ownResources(
  on: OnItsOwn,
  principal: Principal,
  groupArn: (name: string) => string | undefined,
): readonly string[] {
  switch (on) {
    case 'self':
      return [principal.arn];
    case 'own-policy':
      return arnsOf(principal.policies);
    case 'own-boundary':
      return arnsOf(boundariesOf(principal));
    case 'own-group':
      return principal.groups.map(
        (name) => groupArn(name) ?? principal.arn.replace(/:user\/.*$/, `:group/${name}`),
      );
    default:
      return [];
  }
}

function resourcesOf(on: OnOthers, target: Target | undefined): readonly string[] {
  if (on === 'anything') return [ANYTHING];
  if (target === undefined) return [];
  switch (on) {
    case 'target':
      return [target.arn];
    case 'target-policy':
      return arnsOf(target.policies);
    case 'target-version':
      return 'switchedTo' in target ? arnsOf([target.switchedTo]) : [];
  }
}

/** The ARNs of the policies that are the customer's own. */
function arnsOf(policies: readonly PolicySource[]): readonly string[] {
  return policies.flatMap(({ type, arn }) => (type === 'customer-managed' && arn !== undefined ? [arn] : []));
}
