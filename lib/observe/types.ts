import type { DecisionKind, Layer, MatchedStatement, Request } from '#lib/policy/types.ts';

export type EvidenceKind = 'evaluated' | 'simulated' | 'probed';

/** A statement as AWS's simulator points at it: names and positions, no text. */
export interface StatementPointer {
  /** SourcePolicyId as sent: a managed policy's name, or `role_<Role>_<Policy>`. */
  readonly sourcePolicyId: string;
  readonly sourcePolicyType: string;
  readonly start?: { readonly line: number; readonly column: number };
  readonly end?: { readonly line: number; readonly column: number };
}

/** What one source says about one request. */
export interface Evidence {
  readonly kind: EvidenceKind;
  readonly decision: DecisionKind | 'inconclusive';
  /** Why it is inconclusive. */
  readonly reason?: string;
  readonly blockedBy?: Layer;
  /** Filled by our evaluator. */
  readonly matched?: readonly MatchedStatement[];
  /** Filled by the simulator. */
  readonly pointers?: readonly StatementPointer[];
  /** Simulated: whether the answer spoke of an organization, a boundary. */
  readonly allowedByOrganizations?: boolean;
  readonly allowedByBoundary?: boolean;
  readonly missingContextKeys?: readonly string[];
}

/** A request with everything that is known about it. */
export interface Observation {
  readonly request: Request;
  readonly evidence: readonly Evidence[];
}
