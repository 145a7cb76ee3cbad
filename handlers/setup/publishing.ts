import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';

/** What SNS's client is made with: a message whose answer is lost may have been taken, so the SDK does not ask again. */
export const PUBLISHING = { ...REQUEST_LIMITS, maxAttempts: 1 };
