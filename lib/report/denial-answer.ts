import type { ConditionTest, Layer, MatchedStatement, PolicySource } from '@permission-check/iam-policy';
import type { Denial } from '#lib/change/denial.ts';

/** An Allow statement about the call, and the conditions of it that the call does not meet. */
export interface Nearly {
  readonly by: MatchedStatement;
  readonly unmet: readonly ConditionTest[];
}

/** A call by which a session of a role was to begin. */
export interface Entry {
  /** `role/face-admin` */
  readonly role: string;
  /** Caller and role are of one account. */
  readonly isOwn: boolean;
  /** What the role's trust policy would say to let the caller in; absent: a person has to say under which conditions. */
  readonly statement?: object;
  readonly nearly?: Nearly;
  /** What is wrong with a statement that may say more. */
  readonly problem?: string;
  /** The trust policy does not let the caller in, as far as it is known. */
  readonly isRefused: boolean;
  /** Nor would it without its Deny statements. */
  readonly isRefusedWithout: boolean;
  /** Its Deny statements that apply. */
  readonly denies: readonly MatchedStatement[];
}

/** What stood in the way of a call that AWS refused, and what would let it through. */
export interface DenialAnswer {
  readonly denial: Denial;
  /** `role/analyst`; of a stranger, what AWS calls him. */
  readonly subject: string;
  /** The account has no policies of whoever called. */
  readonly isStranger?: true;
  /** As AWS says; where it does not, as the account's documents do. Absent: neither does. */
  readonly layer?: Layer;
  /** A Deny, or no Allow. */
  readonly explicit: boolean;
  /** The Deny statements of that layer that apply. */
  readonly denies: readonly MatchedStatement[];
  /** The statement that would allow it. */
  readonly statement: Readonly<Record<'Effect' | 'Action' | 'Resource', string>>;
  /** The documents at hand let the call through. */
  readonly allowedByDocuments: boolean;
  readonly boundary?: PolicySource;
  /** By which IAM Identity Center makes the role: the role itself cannot be changed. */
  readonly permissionSet?: string;
  readonly entry?: Entry;
  /** The other account of which a policy that is not known has to allow it as well. */
  readonly unknownOf?: string;
  readonly nearly?: Nearly;
  /** What is expected of the caller, where that is not the call: `nothing`. */
  readonly unexpected?: string;
  /** What would refuse it, one after another, once that layer allows it. */
  readonly next: readonly Refusal[];
}

/** A layer that refuses a call. */
export interface Refusal {
  readonly layer: Layer;
  /** By a Deny, and not for want of an Allow. */
  readonly explicit: boolean;
  /** The Deny statements, where they are known. */
  readonly denies?: readonly MatchedStatement[];
}
