import type { DecisionKind, Layer, MatchedStatement, Request } from '@permission-check/iam-policy';

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
  /** Simulated and inconclusive: IAM did not answer, and may another time. */
  readonly unanswered?: true;
  readonly blockedBy?: Layer;
  /** Evaluated and denied: why the request may be allowed after all. */
  readonly doubt?: string;
  /** Filled by our evaluator. */
  readonly matched?: readonly MatchedStatement[];
  /** Filled by the simulator. */
  readonly pointers?: readonly StatementPointer[];
  /** Simulated: whether the answer spoke of an organization, a boundary. */
  readonly allowedByOrganizations?: boolean;
  readonly allowedByBoundary?: boolean;
  readonly missingContextKeys?: readonly string[];
  /** Probed: the ARNs that the call was judged on; `*` alone where the action has no resource type. */
  readonly probedResources?: readonly string[];
  /** Probed: the denial's message itself named that ARN. */
  readonly resourceNamed?: boolean;
  /** Probed: the error code of the answer, `success`, or absent where nothing was called. */
  readonly code?: string;
  /** Probed: the kind of policy that the denial's message names; it may be absent, AWS names one at most. */
  readonly namedLayer?: Layer;
  /** Probed and inconclusive: an answer that an authorized caller usually gets, but not proven to be theirs alone. */
  readonly probable?: boolean;
  /** Probed: the other action that was denied (`iam:PassRole`), which says nothing about this one. */
  readonly dependentAction?: string;
  /**
   * Probed: when this probe was last shown to tell a denied caller from an allowed one in this Region, ISO 8601.
   * Absent: never, the reading rests on the API's documentation.
   */
  readonly calibratedAt?: string;
  /** Probed: for CloudTrail and AWS Support. */
  readonly requestId?: string;
  /** Probed: when it was answered, ISO 8601. */
  readonly at?: string;
}

/** What a live call said. */
export interface ProbedEvidence extends Evidence {
  readonly kind: 'probed';
  /** `rekognition:DeleteCollection` */
  readonly action: string;
  readonly probedResources: readonly string[];
}

/** What live calls said of one role. */
export interface RoleProbe {
  /** `role/analyst` */
  readonly subject: string;
  readonly arn: string;
  /** Why it was not probed at all; there are no answers then. */
  readonly notProbed?: string;
  /** One for each action of Rekognition, in the order of the calls. */
  readonly answers: readonly ProbedEvidence[];
}

/** What comes of holding simulated and probed evidence against each other. */
export type Reconciliation =
  | { readonly kind: 'agreed' }
  /** SimulationRun a second time after a pause, and still so. `causes`: in words, likeliest first. */
  | { readonly kind: 'contradiction'; readonly causes: readonly string[] }
  | { readonly kind: 'not-comparable'; readonly reason: string };

/** A request with everything that is known about it. */
export interface Observation {
  /** `normal: false`: no normal request, so that its denial is not `missing`. */
  readonly request: Request & { readonly normal?: boolean };
  readonly evidence: readonly Evidence[];
  /** Where both simulated and probed evidence is there: only a `contradiction` is a finding. */
  readonly reconciliation?: Reconciliation;
}
