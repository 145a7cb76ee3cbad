import type { Request } from '@permission-check/iam-policy';

/** What the second of two accesses allows and the first does not, and the reverse; none of the three: proved equal. */
export interface AccessDifference {
  /** A request for each action. */
  readonly gained: readonly Request[];
  readonly lost: readonly Request[];
  /** Actions of which it could not be settled. */
  readonly unsettled: readonly { readonly action: string; readonly reason: string }[];
}
