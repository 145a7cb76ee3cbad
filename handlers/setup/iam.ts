import { IAMClient } from '@aws-sdk/client-iam';
import * as z from 'zod/mini';
import { createPace, IAM_CLIENT_DEFAULTS, type Pace } from '#lib/iam/pace.ts';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import { stackSlots } from '#lib/respond/stack-pace.ts';
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

/** The pace of one invocation, which shares the stack's calls a second with all others. */
export const newPace = (table: RecordTable): Pace =>
  createPace({
    callsPerSecond: environment.IAM_CALLS_PER_SECOND,
    concurrency: environment.IAM_CONCURRENCY,
    slot: stackSlots(table, environment.IAM_CALLS_PER_SECOND),
  });
