import { randomUUID } from 'node:crypto';
import type { IAMClient } from '@aws-sdk/client-iam';
import * as z from 'zod/mini';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { checkAccount } from '#lib/check/account.ts';
import { describeSchemaError, InputError } from '#lib/errors.ts';
import type { Expectations } from '#lib/expectation/expectations.ts';
import type { Paced } from '#lib/iam/pace.ts';
import { email } from '#lib/report/email.ts';
import { reportAsJson } from '#lib/report/json.ts';
import { withinResponse } from '#lib/report/response-size.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { guardedSimulation } from './guarded-simulation.ts';
import { type Outlet, publishReport } from './outlet.ts';
import { NobodySubscribedError } from './subscribers.ts';

const requestSchema = z.strictObject({
  /** `role/analyst`, `user/alice`, or ARNs; absent: everybody. */
  principals: z.optional(z.array(z.string()).check(z.minLength(1))),
  /** The text of an expectations.yaml, instead of the deployed one. */
  expectations: z.optional(z.string()),
  /** Whether the report goes to the topic as well. Default no. */
  notify: z.optional(z.boolean()),
});

export type CheckNowRequest = z.infer<typeof requestSchema>;

/** @throws {InputError} saying which member of the event is wrong. */
export function readCheckNowRequest(event: unknown): CheckNowRequest {
  const parsed = z.safeParse(requestSchema, event ?? {});
  if (parsed.success) return parsed.data;
  throw new InputError(
    `the event is not {principals?: [string], expectations?: string, notify?: boolean}: ${describeSchemaError(parsed.error, 'event')}`,
  );
}

export interface CheckNowSteps {
  readonly iam: IAMClient;
  readonly outlet: Outlet;
  readonly expectations: Expectations;
  readonly pace: Paced;
  /** Where SCPs bind nobody; absent: not known. */
  readonly managementAccount?: string | undefined;
}

/** Checks the whole account, or those named, notifies the team where that is asked for, and returns the report. */
export async function checkNow({ principals, notify }: CheckNowRequest, steps: CheckNowSteps) {
  const { iam, outlet, expectations, pace, managementAccount } = steps;
  const account = await accountFromIam(iam, { pace });
  const report = await checkAccount(account, {
    expectations,
    ...guardedSimulation(account.accountId, { iam, pace, managementAccount }),
    named: principals,
  });
  const warnings = notify ? await publishChecked(report, outlet) : [];
  return withinResponse(reportAsJson({ ...report, warnings: [...report.warnings, ...warnings] }));
}

/** Answers what whoever asked must know of it: that nobody would have received it. */
async function publishChecked(report: CheckReport, outlet: Outlet): Promise<string[]> {
  try {
    await publishReport(outlet, `${report.startedAt.slice(0, 10)}/check-${randomUUID()}`, (fullReport) =>
      email(report, fullReport === undefined ? {} : { fullReport }),
    );
    return [];
  } catch (error) {
    if (!(error instanceof NobodySubscribedError)) throw error;
    return [error.message];
  }
}
