import type { RequestContext } from '@permission-check/iam-policy';
import {
  type Group,
  type IamState,
  inAnyCase,
  type ManagedPolicy,
  type Role,
  type User,
} from '../account/state.ts';
import { AwsError, type Caller } from '../types.ts';
import type { QueryParams, XmlValue } from '../wire/query-protocol.ts';
import type { World } from '../world.ts';

/** What an IAM operation is given. */
export interface OperationInput {
  readonly world: World;
  readonly params: QueryParams;
  readonly caller: Caller;
  /** IAM as a read sees it; for a write, the newest. */
  readonly state: IamState;
  /** Throws AccessDenied unless the caller may do the operation's action on the resource. */
  authorize(resource: string, context?: RequestContext): void;
  /** The same for an action that the operation needs besides its own. */
  authorizeAlso(action: string, resource: string): void;
}

export interface OperationResult {
  /** The content of `<…Result>`; absent where the operation answers nothing. */
  readonly answer?: XmlValue;
  /** IAM after a write. */
  readonly next?: IamState;
  /** What CloudTrail records of a write's answer. */
  readonly recorded?: { readonly [name: string]: XmlValue };
}

export type IamOperation = (input: OperationInput) => OperationResult;

/** The action that permits an operation: they have the same name. */
export const actionOf = (operation: string): string => `iam:${operation}`;

export const noSuchEntity = (message: string): AwsError => new AwsError('NoSuchEntity', message, 404);

/** The ARN that a request for that name is authorized on: the entity's own, or one without a path. */
export function entityArn(input: OperationInput, kind: 'user' | 'role' | 'group', name: string): string {
  const { world, state } = input;
  const entity =
    kind === 'user'
      ? inAnyCase(state.users, name)
      : kind === 'role'
        ? inAnyCase(state.roles, name)
        : inAnyCase(state.groups, name);
  return entity?.arn ?? `arn:${world.partition}:iam::${world.accountId}:${kind}/${name}`;
}

/** Authorizes the operation on the user that `UserName` names, and finds it. */
export function userOf(input: OperationInput): User {
  const name = input.params.require('UserName');
  input.authorize(entityArn(input, 'user', name));
  return userNamed(input.state, name);
}

/** What IAM answers to a call about the caller's own user by one who is none. */
export const mustNameUser = (): AwsError =>
  new AwsError('ValidationError', 'Must specify userName when calling with non-User credentials', 400);

/** @throws AwsError NoSuchEntity. */
export function userNamed(state: IamState, name: string): User {
  const user = inAnyCase(state.users, name);
  if (!user) throw noSuchEntity(`The user with name ${name} cannot be found.`);
  return user;
}

/** Authorizes the operation on the role that `RoleName` names, and finds it. */
export function roleOf(input: OperationInput): Role {
  const name = input.params.require('RoleName');
  input.authorize(entityArn(input, 'role', name));
  return roleNamed(input.state, name);
}

/** @throws AwsError NoSuchEntity. */
export function roleNamed(state: IamState, name: string): Role {
  const role = inAnyCase(state.roles, name);
  if (!role) throw noSuchEntity(`The role with name ${name} cannot be found.`);
  return role;
}

/** Authorizes the operation on the group that `GroupName` names, and finds it. */
export function groupOf(input: OperationInput): Group {
  const name = input.params.require('GroupName');
  input.authorize(entityArn(input, 'group', name));
  return groupNamed(input.state, name);
}

/** @throws AwsError NoSuchEntity. */
export function groupNamed(state: IamState, name: string): Group {
  const group = inAnyCase(state.groups, name);
  if (!group) throw noSuchEntity(`The group with name ${name} cannot be found.`);
  return group;
}

/** Authorizes the operation on the policy that `PolicyArn` names, and finds it. */
export function policyOf(input: OperationInput): ManagedPolicy {
  const arn = policyArnParam(input, 'PolicyArn');
  input.authorize(arn);
  return policyNamed(input.state, arn);
}

/**
 * The ARN of a policy that a parameter gives, in the policy's own spelling where there is such a policy.
 *
 * @throws AwsError InvalidInput when the text is not a policy's ARN.
 */
export function policyArnParam({ params, state }: OperationInput, parameter: string): string {
  const arn = params.require(parameter);
  checkPolicyArn(arn);
  return inAnyCase(state.policies, arn)?.arn ?? arn;
}

/** @throws AwsError NoSuchEntity. */
export function policyNamed(state: IamState, arn: string): ManagedPolicy {
  const policy = inAnyCase(state.policies, arn);
  if (!policy) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  return policy;
}

/** @throws AwsError InvalidInput when the text is not a policy's ARN. */
export function checkPolicyArn(arn: string): void {
  if (!/^arn:[\w-]+:iam::(\d{12}|aws):policy\/.+$/i.test(arn)) {
    throw new AwsError('InvalidInput', `ARN ${arn} is not valid.`, 400);
  }
}

/** One page of a list, by MaxItems (default 100) and Marker. */
export function page<T>(input: OperationInput, items: readonly T[]) {
  const size = pageSize(input);
  const start = readMarker(input.params.get('Marker'));
  const end = start + size;
  return { items: items.slice(start, end), more: continuation(end < items.length ? end : undefined) };
}

export function pageSize(input: OperationInput): number {
  const asked = input.params.integer('MaxItems', 1, 1000) ?? 100;
  return Math.max(1, Math.min(asked, input.world.faults.pageSize));
}

/** The end of a paged answer: whether there is more, and where it goes on. */
export const continuation = (next: number | undefined) =>
  next === undefined
    ? { IsTruncated: false }
    : { IsTruncated: true, Marker: Buffer.from(`offset:${next}`).toString('base64') };

/** @throws AwsError ValidationError for a marker that no answer contained. */
export function readMarker(marker: string | undefined): number {
  if (marker === undefined) return 0;
  const offset = /^offset:(\d+)$/.exec(Buffer.from(marker, 'base64').toString('utf8'))?.[1];
  if (offset === undefined) throw new AwsError('ValidationError', 'Invalid Marker.', 400);
  return Number(offset);
}
