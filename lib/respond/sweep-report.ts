import type { Account } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import type { CheckOptions } from '#lib/check/check-options.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import type { PageAssets } from '#lib/report/formats/html.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { accessSurvey } from '#lib/workbench/access-survey.ts';
import { admittedSince } from './admitted-since.ts';
import type { ListBucket } from './outlet.ts';
import type { ReportMessage } from './report-message.ts';
import { LATEST, putReport } from './report-objects.ts';

export interface SweepReportSteps {
  /** The account as the sweep has read it. */
  readonly readAccount: (id: string) => Promise<Account>;
  readonly expectations: CheckOptions['expectations'];
  readonly guardrails: CheckOptions['guardrails'];
  readonly table: RecordTable;
  readonly bucket: ListBucket & {
    /** The text of an object; `undefined` where there is none. */
    readonly get: (key: string) => Promise<string | undefined>;
  };
  readonly assets: () => PageAssets;
}

/**
 * Writes what a sweep has left known: who should be able to do what and who can by the documents as they are, and of each
 * principal the findings that its check has remembered, which rest on IAM's simulation as well, and what happened to it.
 * Asks no simulation again.
 */
export async function writeSweepReport(
  { id }: ReportMessage,
  { readAccount, expectations, guardrails, table, bucket, assets }: SweepReportSteps,
): Promise<CheckReport> {
  const account = await readAccount(id);
  const documents = await checkAccount(account, {
    expectations,
    guardrails,
    access: accessSurvey,
    admittedSince: admittedSince(new Date()),
  });
  // What happened before is asked once everything is checked: it stays outside of what a start loads.
  const { withKnown } = await import('#lib/outbox/known-report.ts');
  const { withLoggedHistory } = await import('#lib/outbox/log-history.ts');
  const { sinceLastSweep } = await import('./since-last-sweep.ts');
  const known = await withLoggedHistory(await withKnown(documents, table), table);
  const report = await sinceLastSweep(known, bucket.get);
  await putReport(bucket, [id, LATEST], report, assets);
  return report;
}
