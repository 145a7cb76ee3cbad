import type { Change } from '#lib/change/types.ts';
import { noAccess } from '#lib/past/access.ts';
import { readRecord, updateRecord } from './store.ts';
import type { RecordTable } from './table.ts';
import type { PrincipalRecord, Reading } from './types.ts';

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/**
 * What is remembered of a user under the name that he had before events renamed him; `undefined`: they did not, or nothing.
 * Without an event, whoever has another name is somebody else.
 *
 * @param subject `user/anna`, in the account's spelling
 * @param changes with all renames, those that led to a name in between, too
 */
export async function formerRecord(
  table: RecordTable,
  subject: string,
  changes: readonly Change[],
): Promise<PrincipalRecord | undefined> {
  for (const name of namesBefore(subject, changes)) {
    const record = name === subject ? undefined : await readRecord(table, name);
    const isHis = record?.renamedTo === undefined || isSame(record.renamedTo, subject);
    if (record !== undefined && isHis && hasPast(record)) return record;
  }
  return undefined;
}

/** The names that a user had before renames, the last one first: `user/ann`. */
export function namesBefore(subject: string, changes: readonly Change[]): readonly string[] {
  const names: string[] = [];
  for (const { edit } of changes.toSorted((a, b) => b.time.localeCompare(a.time))) {
    if (edit?.act !== 'rename' || edit.group !== undefined || edit.from === undefined) continue;
    if (isSame(`user/${edit.to}`, names.at(-1) ?? subject)) names.push(`user/${edit.from}`);
  }
  return names;
}

/** The name that a user has after renames, `user/anna`; its own where there were none. */
export function nameAfter(subject: string, changes: readonly Change[]): string {
  let name = subject;
  for (const { edit } of changes.toSorted((a, b) => a.time.localeCompare(b.time)))
    if (edit?.act === 'rename' && edit.group === undefined && isSame(`user/${edit.from}`, name))
      name = `user/${edit.to}`;
  return name;
}

/** Of a name that somebody had for a moment only that it is gone may be known. */
const hasPast = ({ status, past, announced }: PrincipalRecord): boolean =>
  status !== 'deleted' || past !== undefined || announced.length > 0;

/** A record under a new name: the past of one is the past of the other, and so is what was announced. */
export function inherited(
  { accessSince: _since, claim: _claim, opened: _opened, renamedTo: _to, ...former }: PrincipalRecord,
  { subject, arn }: Pick<PrincipalRecord, 'subject' | 'arn'>,
): PrincipalRecord {
  return {
    ...former,
    subject,
    arn,
    access: former.past ?? former.access,
    past: undefined,
    changed: undefined,
    announced: former.announced.map((entry) => ({
      ...entry,
      finding: { ...entry.finding, subject, principalArn: arn },
    })),
    moved: 'principal',
    renamedFrom: former.subject,
  };
}

/** Leaves the record under the old name with nothing to tell of its end, which is none. */
export async function leaveName(table: RecordTable, former: string, subject: string): Promise<void> {
  await updateRecord(table, former, (record) => {
    if (record === undefined || record.renamedTo !== undefined) return undefined;
    const left = { ...record, announced: [], renamedTo: subject };
    // In another case it is the same name, of which no look is made.
    return isSame(former, subject) ? { ...left, status: 'deleted', known: [], access: noAccess } : left;
  });
}

/** What a record keeps of other names after a reading: who has an old name anew was not renamed. */
export const namesOf = (
  before: PrincipalRecord | undefined,
  { status }: Pick<Reading, 'status'>,
): Pick<PrincipalRecord, 'renamedFrom' | 'renamedTo'> => ({
  ...(before?.renamedFrom === undefined ? {} : { renamedFrom: before.renamedFrom }),
  ...(before?.renamedTo === undefined || status !== 'deleted' ? {} : { renamedTo: before.renamedTo }),
});
