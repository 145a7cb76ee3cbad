/** What somebody did to IAM, as CloudTrail tells it. */

/** Whom a change affects, by name as the event has it: IAM does not distinguish names by case. */
export type Affected =
  | { readonly kind: 'principal'; readonly type: 'user' | 'role'; readonly name: string }
  | { readonly kind: 'deleted'; readonly type: 'user' | 'role'; readonly name: string }
  /** Every member of the group. */
  | { readonly kind: 'group'; readonly name: string }
  /** Everybody who has the managed policy, attached, through a group, or as a boundary. */
  | { readonly kind: 'policy'; readonly arn: string }
  /** Custom Labels projects: who can copy their models. */
  | { readonly kind: 'projects' }
  /** The whole account: a sweep. */
  | { readonly kind: 'account'; readonly reason: string };

/** Who made the call, as a person reads it. All of it may be written by an attacker: escape it when shown. */
export interface Actor {
  /** `alice`, `jane.doe@example.com`, `sso.amazonaws.com`, `root` */
  readonly name: string;
  /** What the name acts through: `AWSReservedSSO_Admin_…`, `ci-deploy`; absent for a plain user. */
  readonly through?: string;
  /** The service that made the call on the actor's behalf: `sso.amazonaws.com`, `cloudformation.amazonaws.com`. */
  readonly invokedBy?: string;
  readonly arn?: string;
}

export interface Change {
  /** CloudTrail's eventID; duplicates of an event carry the same one. */
  readonly eventId: string;
  readonly eventName: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly region: string;
  readonly accountId: string;
  readonly actor: Actor;
  /** An address, or a service's name. */
  readonly sourceIp: string;
  /** What was done, in words: `attached AmazonRekognitionFullAccess to role/analyst`. */
  readonly what: string;
  /** What it did to policies, boundaries, memberships, tags and trust, where the event says that. */
  readonly edit?: PolicyEdit | undefined;
}

/**
 * An act on what binds those whom an event affects. `text`: a document, absent where the event does not have it; `group`: the
 * policy is the group's. `bound`: a permissions boundary was set.
 */
export type PolicyEdit =
  | {
      readonly act: 'attach' | 'detach';
      readonly arn: string;
      readonly group?: string | undefined;
    }
  | {
      readonly act: 'put';
      readonly name: string;
      readonly group?: string | undefined;
      readonly text?: string | undefined;
    }
  | { readonly act: 'delete'; readonly name: string; readonly group?: string | undefined }
  /** Another default version: its text, or where the event has none its id; with neither it is the version of now. */
  | {
      readonly act: 'version';
      readonly arn: string;
      readonly text?: string | undefined;
      readonly versionId?: string | undefined;
      /** The policy is made with it. */
      readonly isFirst?: boolean | undefined;
    }
  | { readonly act: 'bound'; readonly arn: string }
  | { readonly act: 'unbound' }
  /** Tags of the user or role itself; `create`: with those that it had from the start, and the boundary. */
  | { readonly act: 'tag'; readonly tags: Tags }
  | { readonly act: 'untag'; readonly keys: readonly string[] }
  | {
      readonly act: 'create';
      readonly tags: Tags;
      readonly arn?: string | undefined;
      /** Of a role, who may assume it; absent where the event does not have it. */
      readonly trust?: string | undefined;
    }
  /** Another trust policy of the role. */
  | { readonly act: 'trust'; readonly text?: string | undefined }
  | { readonly act: 'join' | 'leave'; readonly group: string }
  /** A group, or without one the user itself, has another name from then on. */
  | {
      readonly act: 'rename';
      readonly group?: string | undefined;
      /** Of a user, the name until then. */
      readonly from?: string | undefined;
      readonly to: string;
    }
  /** A document was written, and the event says neither where nor what. */
  | { readonly act: 'hidden' };

export type Tags = Readonly<Record<string, string>>;

/** An event with nobody to check, and why; kept so that a log can say so. */
export interface Ignored {
  readonly kind: 'ignored';
  readonly eventName: string;
  readonly reason: string;
}

export interface Relevant {
  readonly kind: 'relevant';
  readonly change: Change;
  readonly affected: readonly Affected[];
}

export type ReadChange = Relevant | Ignored;
