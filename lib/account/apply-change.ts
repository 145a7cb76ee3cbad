import type { PolicySource } from '@permission-check/iam-policy';
import type { Principal } from './types.ts';

/** A user, role or group that holds policies. */
export interface Holder {
  readonly kind: 'user' | 'role' | 'group';
  readonly name: string;
}

/** A change to the policies of a holder, as IAM's API makes it. */
export type PolicyChange =
  /** AttachRolePolicy and its likes: what is attached already stays as it is. */
  | { readonly kind: 'attach'; readonly policy: PolicySource }
  | { readonly kind: 'detach'; readonly policyArn: string }
  /** PutRolePolicy and its likes: a policy of that name is replaced. `text`: JSON. */
  | { readonly kind: 'put'; readonly name: string; readonly text: string }
  | { readonly kind: 'delete'; readonly name: string };

/** One change to IAM, as its API makes it. */
export type AccountChange =
  | (PolicyChange & { readonly holder: Holder })
  /** CreatePolicyVersion or SetDefaultPolicyVersion: for every holder, and wherever the policy is a boundary. */
  | {
      readonly kind: 'set-default-version';
      readonly policyArn: string;
      readonly versionId: string;
      readonly text: string;
    }
  | { readonly kind: 'put-boundary'; readonly principal: NamedPrincipal; readonly policy: PolicySource }
  | { readonly kind: 'delete-boundary'; readonly principal: NamedPrincipal }
  /** UpdateAssumeRolePolicy. */
  | { readonly kind: 'put-trust'; readonly role: string; readonly policy: PolicySource }
  /** `policies`: of the group, where no other principal at hand is in it. */
  | {
      readonly kind: 'add-to-group';
      readonly user: string;
      readonly group: string;
      readonly policies?: readonly PolicySource[];
    }
  | { readonly kind: 'remove-from-group'; readonly user: string; readonly group: string };

type NamedPrincipal = Pick<Principal, 'kind' | 'name'>;

/**
 * The principals of an account as they are after a change. The principals that are given stay as they are; a principal
 * that the change does not concern is the same object afterwards. A change that finds nothing to change (a policy that
 * is not attached) changes nothing, as IAM's own removals would be refused.
 */
export function applyChange(principals: readonly Principal[], change: AccountChange): readonly Principal[] {
  switch (change.kind) {
    case 'attach':
    case 'detach':
    case 'put':
    case 'delete':
      return ofHolder(principals, change.holder, (policies, group) =>
        changePolicies(policies, change, group),
      );
    case 'set-default-version':
      return principals.map((principal) => withVersion(principal, change));
    case 'put-boundary':
      return ofPrincipal(principals, change.principal, (principal) => ({
        ...principal,
        boundary: change.policy,
      }));
    case 'delete-boundary':
      return ofPrincipal(principals, change.principal, ({ boundary: _, ...rest }) => rest);
    case 'put-trust':
      return ofPrincipal(principals, { kind: 'role', name: change.role }, (role) => ({
        ...role,
        trust: change.policy,
      }));
    case 'add-to-group':
      return ofPrincipal(principals, { kind: 'user', name: change.user }, (user) =>
        joined(user, change.group, change.policies ?? policiesOf(principals, change.group)),
      );
    case 'remove-from-group':
      return ofPrincipal(principals, { kind: 'user', name: change.user }, (user) => ({
        ...user,
        groups: user.groups.filter((group) => group !== change.group),
        policies: user.policies.filter(({ group }) => group !== change.group),
      }));
  }
}

/** Several changes, in their order. */
export function applyChanges(
  principals: readonly Principal[],
  changes: readonly AccountChange[],
): readonly Principal[] {
  return changes.reduce(applyChange, principals);
}

/**
 * The policies of a holder after a change, in their order.
 *
 * @param policies of a principal: his own, and those that he has through groups.
 * @param group whose policies are meant; absent: the principal's own.
 */
export function changePolicies(
  policies: readonly PolicySource[],
  change: PolicyChange,
  group?: string,
): readonly PolicySource[] {
  switch (change.kind) {
    case 'attach':
      return policies.some((policy) => isAttached(policy, change.policy.arn, group))
        ? policies
        : [...policies, inGroup(change.policy, group)];
    case 'detach':
      return policies.filter((policy) => !isAttached(policy, change.policyArn, group));
    case 'put': {
      const put = inGroup({ name: change.name, type: 'inline', text: change.text }, group);
      const at = policies.findIndex((policy) => isInline(policy, change.name, group));
      return at < 0 ? [...policies, put] : policies.with(at, put);
    }
    case 'delete':
      return policies.filter((policy) => !isInline(policy, change.name, group));
  }
}

type Edit = (policies: readonly PolicySource[], group: string | undefined) => readonly PolicySource[];

/** The principals with the policies of a holder edited: the holder's own, or a group's in each of its members. */
function ofHolder(principals: readonly Principal[], { kind, name }: Holder, edit: Edit) {
  // Principals with the same list of policies go on sharing one.
  const edited = new Map<readonly PolicySource[], readonly PolicySource[]>();
  const group = kind === 'group' ? name : undefined;
  return principals.map((principal) => {
    const isMeant =
      kind === 'group' ? principal.groups.includes(name) : principal.kind === kind && principal.name === name;
    if (!isMeant) return principal;
    const policies = edited.get(principal.policies) ?? edit(principal.policies, group);
    edited.set(principal.policies, policies);
    return { ...principal, policies };
  });
}

function ofPrincipal(
  principals: readonly Principal[],
  { kind, name }: NamedPrincipal,
  edit: (principal: Principal) => Principal,
): readonly Principal[] {
  return principals.map((principal) =>
    principal.kind === kind && principal.name === name ? edit(principal) : principal,
  );
}

const isThrough = (policy: PolicySource, group: string | undefined): boolean => policy.group === group;

const isAttached = (policy: PolicySource, arn: string | undefined, group: string | undefined): boolean =>
  policy.arn === arn && isThrough(policy, group);

const isInline = (policy: PolicySource, name: string, group: string | undefined): boolean =>
  policy.type === 'inline' && policy.name === name && isThrough(policy, group);

const inGroup = (policy: PolicySource, group: string | undefined): PolicySource =>
  group === undefined ? policy : { ...policy, group };

function withVersion(
  principal: Principal,
  { policyArn, versionId, text }: Extract<AccountChange, { kind: 'set-default-version' }>,
): Principal {
  const changed = (policy: PolicySource): PolicySource =>
    policy.arn === policyArn ? { ...policy, versionId, text } : policy;
  const { policies, boundary } = principal;
  const isHeld = policies.some(({ arn }) => arn === policyArn);
  if (!isHeld && boundary?.arn !== policyArn) return principal;
  return {
    ...principal,
    ...(isHeld && { policies: policies.map(changed) }),
    ...(boundary && { boundary: changed(boundary) }),
  };
}

/** What a group gives its members, as far as a member is at hand. */
function policiesOf(principals: readonly Principal[], group: string): readonly PolicySource[] {
  const member = principals.find(({ groups }) => groups.includes(group));
  return (member?.policies ?? []).filter((policy) => policy.group === group);
}

function joined(user: Principal, group: string, policies: readonly PolicySource[]): Principal {
  if (user.groups.includes(group)) return user;
  return {
    ...user,
    groups: [...user.groups, group],
    policies: [...user.policies, ...policies.map((policy) => inGroup(policy, group))],
  };
}
