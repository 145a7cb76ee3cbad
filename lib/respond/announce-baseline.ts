import { allowedActions } from '#lib/check/access.ts';
import { isBaselineMade, markBaselineMade } from '#lib/outbox/baseline.ts';
import { listRecords, readRecord } from '#lib/outbox/store.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import { type Able, baselineMail } from '#lib/report/baseline-mail.ts';
import type { Mail, MailContext } from '#lib/report/mail-content.ts';

/** After the first look at everybody: says once where it stands. */
export async function announceBaseline(
  table: RecordTable,
  context: MailContext,
  publish: (message: Mail) => Promise<unknown>,
): Promise<void> {
  if (await isBaselineMade(table)) return;
  const able: Able[] = [];
  let watched = 0;
  for await (const { subject, status } of listRecords(table)) {
    if (!/^(user|role)\//.test(subject) || status === 'deleted') continue;
    watched += 1;
    const access = (await readRecord(table, subject))?.access;
    const actions = access === undefined ? [] : allowedActions(access);
    if (access === undefined || actions.length === 0) continue;
    able.push({ subject, actions, policies: [...new Set(access.policies.map(({ name }) => name))] });
  }
  await publish(baselineMail(watched, able, context));
  await markBaselineMade(table, new Date(context.at));
}
