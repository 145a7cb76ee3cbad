import type { Change } from '#lib/change/types.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { PrincipalResult } from '#lib/report/types.ts';

/** A finding as it is now, and since when. */
export interface KnownFinding {
  readonly finding: Finding;
  /** ISO 8601. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /**
   * The last check could not say whether it still holds (it was inconclusive): kept as it was, because "not seen"
   * is not "resolved".
   */
  readonly unconfirmed?: boolean;
}

/** What the team was last told of a finding. */
export interface AnnouncedFinding {
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
  readonly announced: readonly AnnouncedFinding[];
  /** Changes that touched the principal and have not been announced yet. */
  readonly changes: readonly Change[];
  /** Somebody is notifying the team about this principal right now; nobody else does until then (ISO 8601). */
  readonly claim?: { readonly by: string; readonly until: string };
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
