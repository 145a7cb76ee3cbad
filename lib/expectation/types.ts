import type { PolicySource, RequestContext } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { WrittenRule } from './written-rule.ts';

/** A place in expectations.yaml, to be shown to the person who edits it. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
}

/** A named condition that expected access must also meet (MFA for writes, TLS, source IP, a date window). */
export interface Guard {
  readonly name: string;
  /** What people read in a finding: `without MFA`. */
  readonly without: string;
  /**
   * The guard as a policy of its own: it allows every action that the guard does not cover, and those that it
   * covers only under its condition. A request meets the guard when this policy allows it.
   */
  readonly policy: PolicySource;
}

/** Somebody who is expected to be able to assume a role. */
export type AssumedBy =
  | { readonly kind: 'any' | 'organization' | 'identity-center'; readonly text: string }
  | { readonly kind: 'service'; readonly name: string; readonly text: string }
  | { readonly kind: 'account'; readonly accountId: string; readonly text: string }
  /** `role/NAME`, `user/NAME`, an ARN; with `*` and `?`. */
  | { readonly kind: 'principal'; readonly text: string }
  | {
      readonly kind: 'provider';
      readonly host: string;
      /** Claim → patterns, of which one must be met. */
      readonly claims: Readonly<Record<string, readonly string[]>>;
      readonly text: string;
    };

/** What one principal should be able to do, and who should be able to act as it. */
export type Expectation = Judgement & {
  /** Absent: nothing is said of it. */
  readonly assumedBy?: readonly AssumedBy[];
  /** How the rule that says so is written; absent where what was is held against what is. */
  readonly written?: WrittenRule;
};

type Judgement =
  | {
      readonly kind: 'sets';
      /** `AmazonRekognitionReadOnlyAccess v10`, `nothing`. */
      readonly label: string;
      /** Empty: nothing is expected. */
      readonly policies: readonly PolicySource[];
      readonly guards: readonly Guard[];
      /** The rule that said so; absent for the built-in expectation. */
      readonly rule?: SourceLocation;
      /** Nobody wrote what is expected: `built-in`, said or not. */
      readonly builtIn?: boolean;
    }
  | {
      /** Not judged: `expect: any`, or an administrator under the built-in expectation. */
      readonly kind: 'any';
      readonly label: string;
      readonly administrator: boolean;
      readonly rule?: SourceLocation;
      readonly builtIn?: boolean;
    };

export interface Suppression {
  /** Pattern of principals, as in a rule; absent: whomever its one finding is about. */
  readonly principal?: string;
  /** Patterns of actions; absent: whatever actions its one finding is about. */
  readonly actions?: readonly string[];
  /** The id of the one finding that it covers; absent: whatever is found of these actions of these principals. */
  readonly finding?: string;
  readonly reason: string;
  readonly owner: string;
  /** Last day on which it holds, `2026-12-31`. */
  readonly until: string;
  readonly location: SourceLocation;
}

/** What of a finding says whether a suppression covers it. */
export interface Suppressible {
  readonly id: string;
  readonly actions: readonly { readonly action: string }[];
}

/** Something in the file that a person should look at; an error stops the check. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly location: SourceLocation;
}

/** The team's normal request: the context that every request carries unless a witness changes a key. */
export interface Baseline {
  readonly context: RequestContext;
  /** The Region whose ARNs are asked. */
  readonly region: string;
}

/** Who should be able to do what, ready to be asked principal by principal. */
export interface Expectations {
  /** `expectations.yaml`, or `built-in expectation`. */
  readonly source: string;
  /** The same for those that say the same, line by line. */
  readonly content: string;
  readonly baseline: Baseline;
  readonly suppressions: readonly Suppression[];
  /** Principals of one rule get the same object. */
  expectationFor(principal: Principal): Expectation;
  /**
   * The suppression that covers a finding on that action (`rekognition:DeleteFaces`), on that day, `2026-11-24`.
   */
  suppressionFor(principal: Principal, action: string, today: string): Suppression | undefined;
  /**
   * The suppression that covers one finding by its id, on that day.
   *
   * @param principal whom the finding is about; absent: something else
   */
  suppressionOf(
    finding: Suppressible,
    principal: Principal | undefined,
    today: string,
  ): Suppression | undefined;
  /** Suppressions whose last day is past; each is a finding. */
  expiredSuppressions(today: string): readonly Suppression[];
  /**
   * Rules and suppressions that have been of no use so far, and patterns that mean less than they once did: warnings,
   * after every principal of the account has been checked. Meaningless when only some were.
   *
   * @param today `2026-11-24`
   */
  idleEntries(today: string): readonly Diagnostic[];
}
