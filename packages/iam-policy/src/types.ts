/**
 * The IAM policy language as data: what the parser makes, the evaluator reads and every other room
 * refers to. Nothing here knows Rekognition or makes a call.
 *
 * Source of the vocabulary: IAM User Guide, "IAM JSON policy elements reference" and
 * "Policy evaluation logic".
 */

/** A place in a policy text, 1-based, as IAM's simulator counts. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type Effect = 'Allow' | 'Deny';

/** Which kind of policy a statement belongs to. The order of evaluation is the README's. */
export type Layer = 'identity' | 'boundary' | 'scp' | 'rcp' | 'session' | 'resource' | 'endpoint';

/** IAM's own words for an answer (SimulatePrincipalPolicy's EvalDecision). */
export type DecisionKind = 'allowed' | 'explicitDeny' | 'implicitDeny';

/** One line of a Condition block: an operator, a key, and the values it is compared with. */
export interface ConditionTest {
  /** Operator without quantifier and IfExists, in IAM's spelling: `StringEquals`, `NotIpAddress` … */
  readonly operator: string;
  readonly quantifier?: 'ForAllValues' | 'ForAnyValue';
  readonly ifExists: boolean;
  /** The context key as written; keys compare case-insensitively. */
  readonly key: string;
  readonly values: readonly string[];
}

export interface Statement {
  /** 1-based position in the Statement list. */
  readonly index: number;
  readonly sid?: string;
  readonly effect: Effect;
  /** Patterns of Action or NotAction, as written. */
  readonly actions: readonly string[];
  readonly notAction: boolean;
  /** Patterns of Resource or NotResource, as written; `undefined` where the element is absent. */
  readonly resources: readonly string[] | undefined;
  readonly notResource: boolean;
  /** Every test must hold. */
  readonly conditions: readonly ConditionTest[];
  /** Principal or NotPrincipal of a resource policy, RCP: type → values; `{ '*': ['*'] }` for `"*"`. */
  readonly principals?: Readonly<Record<string, readonly string[]>>;
  readonly notPrincipal?: boolean;
  readonly start: Position;
  /** Directly behind the closing brace. */
  readonly end: Position;
}

export interface PolicyDocument {
  /** Documents without a Version are 2008-10-17: they have no policy variables. */
  readonly version: '2008-10-17' | '2012-10-17';
  readonly id?: string;
  readonly statements: readonly Statement[];
}

/** A statement, or a part of one, that cannot be read, though IAM may store it and go by it. */
export interface UnreadableStatement {
  /** 1-based position in the Statement list; 0: the whole document. */
  readonly index: number;
  readonly sid?: string;
  /** What is wrong, without the place. */
  readonly problem: string;
  /** Where that is; absent: somewhere in the statement. */
  readonly place?: Position;
  /** Absent: not known; then it may be an Allow. */
  readonly effect?: Effect;
  /** Patterns of what it can cover at most. */
  readonly actions: readonly string[];
  readonly notAction: boolean;
  /** The rest of the statement was read, and is among the statements of the document. */
  readonly partly: boolean;
  readonly start: Position;
  readonly end: Position;
}

/** A document read as far as it can be. */
export interface ReadDocument extends PolicyDocument {
  readonly unreadable: readonly UnreadableStatement[];
}

/** A policy as it is bound to somebody: a name that people know, and the text. */
export interface PolicySource {
  /** Managed policy name or inline policy name. */
  readonly name: string;
  readonly type:
    | 'inline'
    | 'aws-managed'
    | 'customer-managed'
    | 'scp'
    | 'rcp'
    | 'session'
    | 'resource'
    | 'endpoint'
    | 'set';
  readonly arn?: string;
  /** Version of a managed policy, `v10`. */
  readonly versionId?: string;
  /** The group through which a user has it. */
  readonly group?: string;
  /** JSON text, exactly as stored, so that line and column are those that people see. */
  readonly text: string;
}

/** The policies that decide for one principal, layer by layer. */
export interface PolicySet {
  readonly identity: readonly PolicySource[];
  /** At most one, as in IAM; absent: no boundary. */
  readonly boundary?: PolicySource;
  /** Levels from the organization's root to the account; every level must allow. Absent: not known, not judged. */
  readonly scps?: readonly (readonly PolicySource[])[];
  /** Of the principal's account: they bind its own resources. */
  readonly rcps?: readonly (readonly PolicySource[])[];
  /** The policies of VPC endpoints, by the endpoints' ids: each binds the requests that come through its endpoint. */
  readonly endpoints?: readonly PolicySource[];
  readonly session?: readonly PolicySource[];
  /** The policy of the resource. */
  readonly resource?: PolicySource;
}

/** Context keys (any case) → value, or values for a multivalued key. Every value is text, as on the wire. */
export type RequestContext = Readonly<Record<string, string | readonly string[]>>;

/** What is asked of a policy set. */
export interface Request {
  /** `rekognition:DeleteCollection`. */
  readonly action: string;
  /** A full ARN, or `*` for an action without a resource type. */
  readonly resource: string;
  readonly context: RequestContext;
  /** The account that the resource belongs to; absent: the principal's own. */
  readonly resourceAccount?: string;
}

/** A statement that applied to a request. */
export interface MatchedStatement {
  readonly policy: PolicySource;
  readonly layer: Layer;
  readonly statement: Statement;
}

/** The answer to one request. */
export interface Decision {
  readonly decision: DecisionKind;
  /** The layer that blocked; absent when allowed. The first in evaluation order when several did. */
  readonly blockedBy?: Layer;
  /** Every statement whose action, resource and conditions matched, denies first, in policy order. */
  readonly matched: readonly MatchedStatement[];
  /**
   * Why the request may be allowed after all, though the decision is another: a statement that cannot be read, or a
   * rule that nothing but the documentation states. Absent: the decision is certain.
   */
  readonly doubt?: string;
}
