import { listRecords, readRecord } from './store.ts';
import type { RecordTable } from './table.ts';

/**
 * The spelling in which a subject is remembered. IAM does not distinguish names by case, an event has that of who made the
 * call, and of who was deleted IAM has no spelling any more.
 */
export class RememberedNames {
  readonly #table: RecordTable;
  #all: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(table: RecordTable) {
    this.#table = table;
  }

  /** Everybody is asked for once, and only where nothing is remembered under the name as it was asked. */
  async spelled(subject: string): Promise<string> {
    if (!/^(user|role)\//.test(subject)) return subject;
    const record = await readRecord(this.#table, subject);
    if (record !== undefined && record.status !== 'deleted') return subject;
    this.#all ??= this.#read();
    return (await this.#all).get(subject.toLowerCase()) ?? subject;
  }

  async #read(): Promise<ReadonlyMap<string, string>> {
    const names = new Map<string, string>();
    for await (const { subject, status } of listRecords(this.#table))
      if (status !== 'deleted') names.set(subject.toLowerCase(), subject);
    return names;
  }
}
