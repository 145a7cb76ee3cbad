import { allowedActions } from '#lib/check/access.ts';
import { readBaseline, writeBaseline } from '#lib/outbox/baseline.ts';
import { listRecords, readRecord } from '#lib/outbox/store.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import { type Able, baselineMail } from '#lib/report/baseline-mail.ts';
import type { MailContext } from '#lib/report/mail-content.ts';
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

/** Who can use Rekognition, of all who are watched. */
async function ableNow(table: RecordTable): Promise<{ watched: number; able: readonly Able[] }> {
  const able: Able[] = [];
  let watched = 0;
  for await (const { subject, status } of listRecords(table)) {
    if (!/^(user|role)\//.test(subject) || status === 'deleted') continue;
    watched += 1;
    const access = (await readRecord(table, subject))?.access;
    const actions = access === undefined ? [] : allowedActions(access);
    if (access === undefined || actions.length === 0) continue;
    const policies = [...new Set(access.policies.map(({ name }) => name))];
    able.push({ subject, actions, policies, ...(status === 'not-judged' ? { notJudged: true } : {}) });
  }
  return { watched, able };
}
