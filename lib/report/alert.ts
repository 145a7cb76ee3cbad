import type { Change } from '#lib/change/types.ts';
import type { Finding } from '#lib/compare/types.ts';

/** One thing to announce of a principal: the difference between what was announced last and what is so now. */
export interface Alert {
  readonly kind: 'new' | 'worse' | 'resolved' | 'reminder';
  readonly finding: Finding;
  readonly firstSeen: string;
  /** For `worse`: what was announced before. For `resolved` of a deleted principal, `deleted` is set. */
  readonly before?: Finding;
  readonly deleted?: boolean;
  /** For `resolved`: nobody looks any more (`expect: any`, an administrator), so the access may well be there. */
  readonly notJudged?: boolean;
  /** For `resolved`: the access is what it was, and another rule covers it: which, and why. */
  readonly covered?: string;
  /** For `new`: the access is older than the finding. For `new` and `resolved`: it is so because the team edited the expectations. */
  readonly since?: 'before' | 'expectations';
}

/** The alerts of one principal, with the changes that led to them. */
export interface PrincipalAlerts {
  readonly subject: string;
  readonly arn: string;
  readonly alerts: readonly Alert[];
  readonly changes: readonly Change[];
  /** When what the alerts rest on was read; ISO 8601. */
  readonly readAt?: string;
}
