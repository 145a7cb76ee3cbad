import type { PolicySource } from '@permission-check/iam-policy';
import {
  defaultText,
  type Entity,
  type Group,
  type IamState,
  isAwsManaged,
  type PrincipalEntity,
} from './state.ts';

/** The policies bound to one entity, and those whose text the account does not hold. */
export interface BoundPolicies {
  /** Inline policies first, then managed ones; the entity's own before its groups'. */
  readonly identity: readonly PolicySource[];
  readonly boundary?: PolicySource;
  /** ARNs attached without a document in the account file. */
  readonly unreadable: readonly string[];
}

/** Everything that IAM holds for a user (with its groups), a role or a group. */
export function boundPolicies(state: IamState, entity: PrincipalEntity | Group): BoundPolicies {
  const own = ownPolicies(state, entity);
  const groups = entity.kind === 'user' ? entity.groups.flatMap((name) => state.groups.get(name) ?? []) : [];
  const parts = [own, ...groups.map((group) => ownPolicies(state, group, group.name))];
  const unreadable = parts.flatMap((part) => part.unreadable);
  const identity = parts.flatMap((part) => part.identity);
  if (entity.kind === 'group' || entity.boundary === undefined) return { identity, unreadable };
  const boundary = managedSource(state, entity.boundary);
  if (!boundary) return { identity, unreadable: [...unreadable, entity.boundary] };
  return { identity, boundary, unreadable };
}

function ownPolicies(state: IamState, entity: Entity, group?: string) {
  const origin = group === undefined ? {} : { group };
  const identity: PolicySource[] = [...entity.inline].map(([name, text]) => ({
    name,
    type: 'inline',
    text,
    ...origin,
  }));
  const unreadable: string[] = [];
  for (const arn of entity.attached) {
    const source = managedSource(state, arn);
    if (source) identity.push({ ...source, ...origin });
    else unreadable.push(arn);
  }
  return { identity, unreadable };
}

function managedSource(state: IamState, arn: string): PolicySource | undefined {
  const policy = state.policies.get(arn);
  const text = policy && defaultText(policy);
  if (!policy || text === undefined) return undefined;
  return {
    name: policy.name,
    type: isAwsManaged(arn) ? 'aws-managed' : 'customer-managed',
    arn,
    versionId: policy.defaultVersionId,
    text,
  };
}
