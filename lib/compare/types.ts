import type { MatchedStatement, Request } from '@permission-check/iam-policy';
import type { Severity } from '#lib/catalog/types.ts';
import type { Acceptance } from '#lib/expectation/acceptance.ts';
import type { SourceLocation, Suppression } from '#lib/expectation/types.ts';
import type { Source } from '#lib/iac/types.ts';
import type { Evidence } from '#lib/observe/types.ts';
import type { FindingKind } from '#lib/words/kinds.ts';

/** One action of a finding, with the request that shows it and what was seen. */
export interface FindingAction {
  /** `rekognition:DeleteCollection` */
  readonly action: string;
  readonly severity: Severity;
  /** The request that tells expected and observed apart; absent where none could be asked. */
  readonly witness?: Request;
  readonly evidence: readonly Evidence[];
}

/** One disagreement between what a principal should be able to do and what it can. */
export interface Finding {
  /** Stable from run to run for the same disagreement: a hash of account, principal, kind and cause, not of time. */
  readonly id: string;
  readonly kind: FindingKind;
  /** The worst of its actions. */
  readonly severity: Severity;
  /** `role/analyst`; the ARN says the rest. Policies and suppressions have findings of their own. */
  readonly subject: string;
  readonly principalArn?: string;
  readonly actions: readonly FindingAction[];
  /** On which resources, in words: `every collection`, `collection/payroll-*`. */
  readonly scope?: string;
  /** Under which conditions, in words: `without MFA`, `from 198.51.100.0/24`. */
  readonly when?: string;
  /** What was expected: `AmazonRekognitionReadOnlyAccess v10`, `nothing`. */
  readonly expected?: string;
  readonly expectedBy?: SourceLocation;
  /** Who can act as its principal, the widest first: `anyone with an AWS account`. */
  readonly reachedBy?: string;
  /** The statements that do it. */
  readonly by: readonly MatchedStatement[];
  /** Where a plan declares what does it. */
  readonly declaredIn?: readonly Source[];
  /** One sentence: what is wrong, or why nothing can be said. */
  readonly summary: string;
  /** What to do, smallest change first: each a sentence or a command. */
  readonly remedies: readonly string[];
  /** Of `indirect`: the actions by which it comes to that, and on what (an ARN or `*`); each step needs all of its own. */
  readonly takes?: readonly { readonly action: string; readonly resource: string }[];
  /** What to change in expectations.yaml if it is meant to be so. */
  readonly accept?: string;
  /** The same as an edit of the file; absent where only a person can say it. */
  readonly acceptance?: Acceptance;
  readonly suppressed?: Suppression;
}
