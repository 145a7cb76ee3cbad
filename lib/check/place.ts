import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';

/** The account that a principal is in, and the partition. */
export interface Place {
  readonly accountId: string;
  readonly partition: string;
}

/** A file may hold principals of several accounts: each is asked about its own. */
export function placeOf({ arn }: Principal, { accountId, partition }: Place): Place {
  const own = arnParts(arn);
  return /^\d{12}$/.test(own.accountId) ? own : { accountId, partition };
}
