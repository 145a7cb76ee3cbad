import type { PageAssets } from '#lib/report/formats/html.ts';
import { reportAsJson } from '#lib/report/json.ts';
import { utf8Of } from '#lib/report/json-pieces.ts';
import { filePieces } from '#lib/report/report-file.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { type ListBucket, linkTo } from './outlet.ts';

/** Where a report is in the stack's bucket. */
export const reportKeys = (id: string) =>
  ({ page: `reports/${id}.html`, json: `reports/${id}.json` }) as const;

/** The id under which the report of the last complete sweep is, always. */
export const LATEST = 'latest';

/** The page in the console, as `linkTo` says. */
export const pageLink = (bucket: Pick<ListBucket, 'name' | 'region'>, id: string): string =>
  linkTo(bucket, reportKeys(id).page);

/** Writes a report as page and as JSON under each of the ids. */
export async function putReport(
  bucket: Pick<ListBucket, 'put'>,
  ids: readonly string[],
  report: CheckReport,
  assets: () => PageAssets,
): Promise<void> {
  // One after the other, so that the texts of both are not in memory at once.
  const put = async (form: keyof ReturnType<typeof reportKeys>, text: string | Uint8Array, type: string) => {
    for (const id of ids) await bucket.put(reportKeys(id)[form], text, type);
  };
  await put('json', utf8Of(filePieces(reportAsJson(report))), 'application/json; charset=utf-8');
  // What a page takes is needed once everything is checked: it stays outside of what a start loads.
  const { renderHtml } = await import('#lib/report/formats/html.ts');
  await put('page', renderHtml(reportAsJson(report, { texts: true }), assets()), 'text/html; charset=utf-8');
}
