import type { Change } from '#lib/change/types.ts';
import type { Finding, PrincipalResult } from '#lib/compare/types.ts';

/** A finding as it is now, and since when. */
export interface KnownFinding {
  readonly finding: Finding;
  /** ISO 8601. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /**
   * The last check could not tell whether it still holds (it was inconclusive): kept as it was, because "not seen"
   * is not "resolved".
   */
  readonly unconfirmed?: boolean;
}

/** What the team was last told of a finding. */
export interface ToldFinding {
  readonly finding: Finding;
  readonly firstSeen: string;
  readonly at: string;
}

/** Everything remembered about one principal. */
export interface PrincipalRecord {
  /** `role/analyst` */
  readonly subject: string;
  readonly arn: string;
  /** When IAM was read for `known`; a reading that is older never replaces it. */
  readonly readAt: string;
  readonly status: PrincipalResult['status'] | 'deleted';
  /** Of its policies, boundary, tags and expectation: says whether any of them changed between two checks. */
  readonly fingerprint: string;
  readonly known: readonly KnownFinding[];
  readonly told: readonly ToldFinding[];
  /** Changes that touched the principal and have not been told yet. */
  readonly changes: readonly Change[];
  /** Somebody is telling the team about this principal right now; nobody else does until then (ISO 8601). */
  readonly claim?: { readonly by: string; readonly until: string };
}

/** One thing to tell the team about a principal: the difference between what it was told last and what is so now. */
export interface Alert {
  readonly kind: 'new' | 'worse' | 'resolved' | 'reminder';
  readonly finding: Finding;
  readonly firstSeen: string;
  /** For `worse`: what was told before. For `resolved` of a deleted principal, `deleted` is set. */
  readonly before?: Finding;
  readonly deleted?: boolean;
  /** For `resolved`: nobody looks any more (`expect: any`, an administrator), so the access may well be there. */
  readonly notJudged?: boolean;
}

/** The alerts of one principal, with the changes that led to them. */
export interface PrincipalAlerts {
  readonly subject: string;
  readonly arn: string;
  readonly alerts: readonly Alert[];
  readonly changes: readonly Change[];
}

/** The outcome of one check of one principal, to be remembered. */
export interface Reading {
  readonly subject: string;
  readonly arn: string;
  readonly readAt: string;
  readonly status: PrincipalRecord['status'];
  readonly fingerprint: string;
  readonly findings: readonly Finding[];
  readonly changes: readonly Change[];
}
