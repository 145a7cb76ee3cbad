import { IAMClient } from '@aws-sdk/client-iam';
import * as z from 'zod/mini';
import { createPace, IAM_CLIENT_DEFAULTS, type Pace } from '#lib/iam/pace.ts';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import { readEnvironment, variable } from './environment.ts';

const environment = readEnvironment(
  z.object({
    IAM_CALLS_PER_SECOND: variable.count,
    IAM_CONCURRENCY: variable.count,
    MANAGEMENT_ACCOUNT_ID: z.optional(z.string().check(z.regex(/^(\d{12})?$/, 'twelve digits are needed'))),
  }),
);

export const iam = new IAMClient({ ...IAM_CLIENT_DEFAULTS, ...REQUEST_LIMITS });

/** The organization's management account; undefined where the stack does not know it. */
export const managementAccount = environment.MANAGEMENT_ACCOUNT_ID || undefined;

/** The pace of one invocation, where so many functions share the account's calls a second. */
export const newPace = (functionsAtOnce = 1): Pace =>
  createPace({
    callsPerSecond: environment.IAM_CALLS_PER_SECOND / functionsAtOnce,
    concurrency: environment.IAM_CONCURRENCY,
  });
