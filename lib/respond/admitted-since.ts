/** Longer than a look can be late: SQS keeps a message for 14 days at most. */
const days = 14;

/**
 * Since when whom a trust policy lets in counts in the stack: who was let in for an hour that is past when an event is
 * looked at came in all the same.
 */
export function admittedSince(now: Date): string {
  return new Date(now.getTime() - days * 24 * 3_600_000).toISOString();
}
