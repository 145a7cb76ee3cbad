import { parseEarlierReport, withEarlier } from '#lib/report/baseline.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { LATEST, reportKeys } from './report-objects.ts';

/**
 * The report with what is new and gone since the last complete sweep, and the runs that its report knew of.
 *
 * @param get reads an object of the stack's bucket; `undefined` where there is none
 */
export async function sinceLastSweep(
  report: CheckReport,
  get: (key: string) => Promise<string | undefined>,
): Promise<CheckReport> {
  const key = reportKeys(LATEST).json;
  const text = await get(key);
  return withEarlier(report, text === undefined ? [] : [parseEarlierReport(text, key)]);
}
