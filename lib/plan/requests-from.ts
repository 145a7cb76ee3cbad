import { type ConditionTest, isDate, type Literal } from '@permission-check/iam-policy';

/** Temporary credentials last 36 hours at most. Source: IAM User Guide, "Compare AWS STS credentials". */
const longestSessionMilliseconds = 36 * 3_600_000;

/**
 * What every request from now on meets: time does not go back, and nobody has credentials that are older than they can
 * be, so what was allowed until some day in the past can never be used again.
 *
 * @param now a moment as aws:CurrentTime has it; of anything else nothing is known
 */
export function requestsFrom(now: string | readonly string[] | undefined): readonly Literal[] {
  if (typeof now !== 'string' || !isDate(now)) return [];
  const oldest = new Date(Date.parse(now) - longestSessionMilliseconds).toISOString();
  return [
    { test: notBefore('aws:CurrentTime', now), holds: true },
    { test: { ...notBefore('aws:EpochTime', now), ifExists: true }, holds: true },
    { test: { ...notBefore('aws:TokenIssueTime', oldest), ifExists: true }, holds: true },
  ];
}

const notBefore = (key: string, value: string): ConditionTest => ({
  operator: 'DateGreaterThanEquals',
  ifExists: false,
  key,
  values: [value],
});
