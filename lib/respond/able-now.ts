import { listRecords, readRecord } from '#lib/outbox/store.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import type { PrincipalRecord } from '#lib/outbox/types.ts';
import { allowedActions } from '#lib/past/access.ts';
import type { Able } from '#lib/report/able.ts';

/** Who can use Rekognition, of all who are watched, as they were last looked at. */
export async function ableNow(table: RecordTable): Promise<{ watched: number; able: readonly Able[] }> {
  const able: Able[] = [];
  let watched = 0;
  for await (const { subject, status } of listRecords(table)) {
    if (!/^(user|role)\//.test(subject) || status === 'deleted') continue;
    watched += 1;
    const record = await readRecord(table, subject);
    if (record?.access === undefined) continue;
    const actions = allowedActions(record.access);
    if (actions.length === 0) continue;
    const policies = [...new Set(record.access.policies.map(({ name }) => name))];
    able.push({ subject, actions, policies, ...(isAnythingExpected(record) ? { anyExpected: true } : {}) });
  }
  return { watched, able };
}

/** Whether the team itself expects anything; of an administrator under the built-in expectation nobody said so. */
const isAnythingExpected = ({ status, covering }: PrincipalRecord): boolean =>
  status === 'not-judged' && covering?.builtIn !== true;
