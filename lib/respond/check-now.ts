import { randomUUID } from 'node:crypto';
import type { IAMClient } from '@aws-sdk/client-iam';
import * as z from 'zod/mini';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { checkAccount } from '#lib/check/account.ts';
import { describeSchemaError, InputError } from '#lib/errors.ts';
import type { Expectations } from '#lib/expectation/expectations.ts';
import type { Paced } from '#lib/iam/pace.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import { email } from '#lib/report/email.ts';
import type { PageAssets } from '#lib/report/formats/html.ts';
import { reportAsJson } from '#lib/report/json.ts';
import type { ReportFile } from '#lib/report/report-file.ts';
import { withinResponse } from '#lib/report/response-size.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { accessSurvey } from '#lib/workbench/access-survey.ts';
import { admittedSince } from './admitted-since.ts';
import { guardedSimulation } from './guarded-simulation.ts';
import { type Outlet, publishReport } from './outlet.ts';
import { pageLink, putReport } from './report-objects.ts';
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
  /** What the organization's AI services policy says, as last read; absent: not known. */
  readonly aiServicesOptOut?: boolean;
  /** Milliseconds for asking and searching; what is not settled by then is inconclusive, and says so. */
  readonly milliseconds: number;
  readonly assets: () => PageAssets;
  /** Has the log of access. */
  readonly table: RecordTable;
  /** Reads an object of the bucket: the report of the last sweep, which this one is held against. */
  readonly get: (key: string) => Promise<string | undefined>;
}

/** What the function answers: as much of the report as an answer holds, and where the whole is. */
export type CheckNowAnswer = ReportFile & {
  /** Of the check: the name of its report in the bucket. */
  readonly batch: string;
  /** The page in the console; absent where it could not be written. */
  readonly page?: string;
};

/**
 * Checks the whole account, or those named, writes the report to the bucket, notifies the team where that is asked for, and
 * answers with the report.
 */
export async function checkNow(
  { principals, expectations: others, notify }: CheckNowRequest,
  steps: CheckNowSteps,
): Promise<CheckNowAnswer> {
  const {
    iam,
    outlet,
    expectations,
    pace,
    managementAccount,
    aiServicesOptOut,
    milliseconds,
    assets,
    table,
    get,
  } = steps;
  const batch = `check-${randomUUID()}`;
  const until = performance.now() + milliseconds;
  const signal = AbortSignal.timeout(milliseconds);
  const account = await accountFromIam(iam, { pace });
  const { guardrails, simulate } = guardedSimulation(account.accountId, {
    iam,
    pace,
    managementAccount,
    signal,
  });
  const report = await checkAccount(account, {
    expectations,
    guardrails: { ...guardrails, ...(aiServicesOptOut !== undefined && { aiServicesOptOut }) },
    simulate,
    named: principals,
    until: () => until,
    access: accessSurvey,
    admittedSince: admittedSince(new Date()),
  });
  const late = signal.aborted ? ['time ran out: what was not settled by then is inconclusive'] : [];
  const noted = await logged({ ...report, warnings: [...report.warnings, ...late] }, table);
  // Of some only, by other expectations, or where not all was asked, nothing is new or gone that the last sweep did not have.
  const isComparable = principals === undefined && others === undefined && !signal.aborted;
  const compared = isComparable ? await held(noted, get) : noted;
  const { page, problems } = await written(compared, batch, outlet, assets);
  const unheard = notify ? await publishChecked(compared, batch, page, outlet) : [];
  const answer = { ...compared, warnings: [...compared.warnings, ...problems, ...unheard] };
  const whole = page === undefined ? undefined : `the whole is ${page}`;
  return {
    batch,
    ...(page === undefined ? {} : { page }),
    ...withinResponse(reportAsJson(withoutAccess(answer)), undefined, whole),
  };
}

/** With what happened to its principals; a check is not for nothing because that cannot be read. */
async function logged(report: CheckReport, table: RecordTable): Promise<CheckReport> {
  try {
    // Needed only here, and loaded by no start.
    const { withLoggedHistory } = await import('#lib/outbox/log-history.ts');
    return await withLoggedHistory(report, table);
  } catch (error) {
    const problem = `the log of access could not be read, so that the report has no history: ${String(error)}`;
    return { ...report, warnings: [...report.warnings, problem] };
  }
}

/** With what changed since the last sweep; a check is not for nothing because that cannot be read. */
async function held(report: CheckReport, get: CheckNowSteps['get']): Promise<CheckReport> {
  try {
    const { sinceLastSweep } = await import('./since-last-sweep.ts');
    return await sinceLastSweep(report, get);
  } catch (error) {
    const problem = `the report of the last sweep could not be read, so that nothing says what changed: ${String(error)}`;
    return { ...report, warnings: [...report.warnings, problem] };
  }
}

/** The page and the JSON beside it have everybody's access and history, and what changed; an answer has no room for them. */
const withoutAccess = ({ earlier: _, ...report }: CheckReport): CheckReport => ({
  ...report,
  principals: report.principals.map(({ access: _, history: __, ...principal }) => principal),
});

/** Writes the report to the bucket; a check is not for nothing because that fails. */
async function written(
  report: CheckReport,
  batch: string,
  { lists }: Outlet,
  assets: () => PageAssets,
): Promise<{ page?: string; problems: string[] }> {
  try {
    await putReport(lists, [batch], report, assets);
    return { page: pageLink(lists, batch), problems: [] };
  } catch (error) {
    return { problems: [`the report could not be written to ${lists.name}: ${String(error)}`] };
  }
}

/** Answers what whoever asked must know of it: that nobody would have received it. */
async function publishChecked(
  report: CheckReport,
  batch: string,
  page: string | undefined,
  outlet: Outlet,
): Promise<string[]> {
  try {
    await publishReport(outlet, `${report.startedAt.slice(0, 10)}/${batch}`, (fullReport) =>
      email(report, { page, ...(fullReport === undefined ? {} : { fullReport }) }),
    );
    return [];
  } catch (error) {
    if (!(error instanceof NobodySubscribedError)) throw error;
    return [error.message];
  }
}
