import type { PolicySource, RequestContext } from '@permission-check/iam-policy';
import type { IdentityPool } from './identity-pools.ts';
import type { ProjectPolicy } from './project-policies.ts';

/**
 * What is not known of a principal before a deployment, where policies and expectations may ask for it. In names, paths
 * and ARNs `*` stands for what is not known: none of them has one of its own.
 */
export interface OpenFacts {
  /** How people find it: `aws_iam_role.worker`, `role/worker`. */
  readonly alias: string;
  /** Absent: it is known. */
  readonly name?: string;
  readonly path?: string;
  /** Nothing says which account it is in. */
  readonly anyAccount?: true;
  /** Keys of tags whose values are not known; `*`: nor is which other tags there are. */
  readonly tags: readonly string[];
  /** Groups that it is in. */
  readonly groups: readonly string[];
  /** ARNs of managed policies that are attached to it. */
  readonly attached: readonly string[];
  /** Whether somebody else has that name. */
  isTaken(name: string): boolean;
}

/** An IAM user or role with everything in IAM that bears on what it can do. */
export interface Principal {
  readonly kind: 'user' | 'role';
  readonly arn: string;
  readonly name: string;
  /** `/`, `/team/vision/` … */
  readonly path: string;
  /** AIDA… or AROA…: the only identity that survives a rename; names can be reused. */
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Names of the groups that a user is in. */
  readonly groups: readonly string[];
  /** Managed policies attached to the principal itself or through a group, inline policies of both. */
  readonly policies: readonly PolicySource[];
  readonly boundary?: PolicySource;
  /** Of a role: who may assume it. Absent where it is not known. */
  readonly trust?: PolicySource;
  /** What stands above this one, where that is known of it alone; absent: what stands above all of the account. */
  readonly guardrails?: Guardrails;
  /** What could not be read (a policy that the input names but does not contain): this principal is inconclusive. */
  readonly unreadable: readonly string[];
  /** Under /aws-service-role/: AWS fixes its permissions and cannot simulate it. */
  readonly serviceLinked: boolean;
  /** Absent: everything is known of it. */
  readonly open?: OpenFacts;
}

/** What the account's organization puts above it, where it is known. */
export interface Guardrails {
  /** Levels, root first. */
  readonly scps?: readonly (readonly PolicySource[])[];
  readonly rcps?: readonly (readonly PolicySource[])[];
  /** The policies of VPC endpoints for Rekognition, by the endpoints' ids. They bind whoever comes through the endpoint. */
  readonly vpcEndpoints?: readonly PolicySource[];
  /** The id of the organization's management account, where it is known: SCPs and RCPs bind nobody in it. */
  readonly managementAccount?: string;
  /** Whether its AI services policy, in effect, opts Rekognition out of what AWS keeps; it denies no call. Absent: not known. */
  readonly aiServicesOptOut?: boolean;
}

/** A group, with the policies that its members have through it. */
export interface Group {
  readonly name: string;
  /** With its path; absent where it is not known. */
  readonly arn?: string;
  readonly policies: readonly PolicySource[];
}

/** Where principals come from: IAM itself, or an account-authorization-details file. */
export interface Account {
  readonly accountId: string;
  readonly partition: string;
  /** Users, then roles; streamed, so that an account of any size fits. May be asked for once or more. */
  principals(): AsyncIterable<Principal>;
  /** A managed policy by its ARN, also one that nobody has; undefined where it is not known or cannot be read. */
  managedPolicy?(arn: string): PolicySource | undefined;
  /** The policies of a group; undefined where there is none, or they cannot be read. */
  groupPolicies?(name: string): readonly PolicySource[] | undefined;
  /** Resource policies of Custom Labels projects; absent where they were not read. */
  readonly projectPolicies?: readonly ProjectPolicy[];
  /** Identity pools of Amazon Cognito, as far as they were read. */
  readonly identityPools?: readonly IdentityPool[];
  /** All managed policies that are known and can be read. */
  managedPolicies?(): Iterable<PolicySource>;
  /** All groups whose policies are known and can be read. */
  groups?(): Iterable<Group>;
  /**
   * The versions of customer managed policies that bind nobody until somebody makes them the default, and say something
   * else than the default does. One whose document is not known has no text.
   */
  otherVersions?(): Iterable<PolicySource>;
}

/** The context keys that IAM itself knows of a principal: aws:PrincipalArn, aws:username, aws:PrincipalTag/… */
export type PrincipalContext = RequestContext;
