import { contentNote, contentSubject } from '#lib/compare/content-use.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { type Batch, batchProgress } from './batch.ts';
import { optOutIn } from './remembered-opt-out.ts';
import { readRecord } from './store.ts';
import type { RecordTable } from './table.ts';
import type { PrincipalRecord } from './types.ts';

/**
 * Everything that is known after a sweep, announced or not, as the report of one check: for teams that want to see once a
 * week that nothing is left out.
 *
 * @param about what the report says of itself
 */
export async function weeklyReport(
  table: RecordTable,
  batch: Batch,
  about: Pick<CheckReport, 'accountId' | 'region' | 'startedAt' | 'expectations'>,
): Promise<CheckReport> {
  const { subjects } = await batchProgress(table, batch);
  const records: PrincipalRecord[] = [];
  for (const subject of subjects) {
    const record = await readRecord(table, subject);
    if (record !== undefined && record.status !== 'deleted') records.push(record);
  }
  const optsOut = optOutIn(records.find(({ subject }) => subject === contentSubject));
  return {
    ...about,
    ...(optsOut !== undefined && { notes: [contentNote(optsOut)] }),
    seconds: 0,
    evidence: ['evaluated', 'simulated'],
    warnings: [],
    calls: 0,
    principals: records.flatMap(({ subject, arn, status }) =>
      status === 'deleted' || arn === ''
        ? []
        : [{ subject, arn, status, expected: '', requests: 1, calls: 0 }],
    ),
    findings: records.flatMap(({ known }) => known.map(({ finding }) => finding)),
  };
}
