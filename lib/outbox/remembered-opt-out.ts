import { contentSubject, wasOptedOut } from '#lib/compare/content-use.ts';
import { readRecord } from './store.ts';
import type { RecordTable } from './table.ts';
import type { PrincipalRecord } from './types.ts';

/** Whether the organization's AI services policy opts Rekognition out, as last read; undefined where that is not known. */
export async function rememberedOptOut(table: RecordTable): Promise<boolean | undefined> {
  return optOutIn(await readRecord(table, contentSubject));
}

/** The same of what is remembered of content: what was known before it could not be read says nothing of now. */
export function optOutIn(
  record: Pick<PrincipalRecord, 'status' | 'outside'> | undefined,
): boolean | undefined {
  return record?.status === 'as-expected' ? wasOptedOut(record.outside) : undefined;
}
