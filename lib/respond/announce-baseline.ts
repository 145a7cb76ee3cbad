import { readBaseline, writeBaseline } from '#lib/outbox/baseline.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import { baselineMail } from '#lib/report/baseline-mail.ts';
import type { MailContext } from '#lib/report/mail-content.ts';
import { ableNow } from './able-now.ts';
import { type Outlet, publishReport } from './outlet.ts';

/**
 * After a look at everybody: the first one is the baseline, and it is said once where it stands. Where nobody would
 * receive that, the baseline is made all the same, and the next look at everybody says it.
 *
 * @throws {NobodySubscribedError}
 */
export async function announceBaseline(
  table: RecordTable,
  context: MailContext,
  outlet: Outlet,
): Promise<void> {
  const { madeAt = context.at, untold = true } = (await readBaseline(table)) ?? {};
  if (!untold) return;
  await writeBaseline(table, { madeAt, untold });
  const { watched, able } = await ableNow(table);
  await publishReport(outlet, `${context.at.slice(0, 10)}/baseline`, (fullReport) =>
    baselineMail(watched, able, { ...context, ...(fullReport === undefined ? {} : { fullReport }) }),
  );
  await writeBaseline(table, { madeAt, untold: false });
}
