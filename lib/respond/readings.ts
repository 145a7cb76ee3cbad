import { randomUUID } from 'node:crypto';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import pLimit from 'p-limit';
import * as z from 'zod/mini';
import { type AccountPart, KeptAccount, partText } from '#lib/account/account-text.ts';
import type { IamAccount } from '#lib/account/from-iam.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import { expiryAfter, ifHeld, partitionOf, type RecordTable } from '#lib/outbox/table.ts';

/** Where texts are kept for a day: the stack's bucket, under a prefix whose objects expire. */
export interface Shelf {
  put(key: string, text: string): Promise<void>;
  /** @throws Error where there is none of the key. */
  get(key: string): Promise<string>;
  /** The keys that begin with the prefix and come after another, in their order. */
  keysAfter(prefix: string, after: string): Promise<readonly string[]>;
}

/** An account as it was at a time. */
export interface Reading {
  readonly account: Account;
  /** Before IAM was asked: a change since then may not be in it. */
  readonly readAt: string;
}

export interface ReadingSteps {
  readonly table: RecordTable;
  readonly shelf: Shelf;
  /** Reads the account whole. */
  readonly read: () => Promise<IamAccount>;
  readonly now: () => Date;
  /** Says why a reading could not be kept, or found; IAM is asked instead. */
  readonly note: (reason: string) => void;
}

const entrySchema = z.object({
  /** Of the objects that hold it. */
  place: z.string(),
  readAt: z.string(),
  accountId: z.string(),
  partition: z.string(),
  /** Calls to IAM that it took. */
  pages: z.number(),
  parts: z.number(),
});
export type ReadingEntry = z.infer<typeof entrySchema>;

/** Principals in one object. */
const partSize = 2_000;
/** Seconds; the objects live for one to two days. */
const keptSeconds = 2 * 86_400;
const latest = 'latest';
const since = 'accounts/since/';

/**
 * Whole readings of the account, each kept in the stack's bucket so that what one function has read, others need not. The
 * table says which there are.
 */
export class Readings {
  #remembered: { readonly id: string; readonly reading: Reading } | undefined;
  /** What is kept of single principals is added to it as it comes. */
  #base: { readonly place: string; readonly account: KeptAccount; readonly added: Set<string> } | undefined;

  /** The reading of a batch: as somebody has kept it, or made now, and kept for the batch's other functions. */
  async of(id: string, steps: ReadingSteps): Promise<Reading> {
    if (this.#remembered?.id === id) return this.#remembered.reading;
    const entry = await entryOf(id, steps);
    if (entry === undefined) return this.#makeFor(id, steps);
    try {
      const reading = { account: await load(entry, steps.shelf), readAt: entry.readAt };
      this.#remembered = { id, reading };
      return reading;
    } catch (error) {
      steps.note(`the kept account ${id} could not be read: ${String(error)}`);
      return this.#makeFor(id, steps);
    }
  }

  async #makeFor(id: string, steps: ReadingSteps): Promise<Reading> {
    const reading = await this.make(id, steps);
    this.#remembered = { id, reading };
    return reading;
  }

  /** Reads the account from IAM, and keeps it, also as the latest that there is. */
  async make(id: string, steps: ReadingSteps): Promise<Reading & { readonly account: IamAccount }> {
    const readAt = steps.now().toISOString();
    const account = await steps.read();
    const reading = { account, readAt };
    try {
      const entry = await keep(account, readAt, steps);
      await write(id, entry, steps);
      await write(latest, entry, steps);
    } catch (error) {
      steps.note(`the account could not be kept: ${String(error)}`);
    }
    return reading;
  }

  /** Which whole reading is the latest; `undefined` where there is none. */
  latest(steps: ReadingSteps): Promise<ReadingEntry | undefined> {
    return entryOf(latest, steps);
  }

  /**
   * The account of a whole reading with all that was kept of single principals since; `undefined` where that is more than is
   * worth reading, or not there any more.
   */
  async brought(entry: ReadingEntry, steps: ReadingSteps): Promise<KeptAccount | undefined> {
    try {
      if (this.#base?.place !== entry.place) {
        const account = await load(entry, steps.shelf);
        this.#base = { place: entry.place, account, added: new Set() };
      }
      const base = this.#base;
      const keys = await steps.shelf.keysAfter(since, `${since}${entry.readAt}`);
      if (keys.length > mostSince) return undefined;
      const missing = keys.filter((key) => !base.added.has(key));
      const texts = await getAll(missing, steps.shelf);
      for (const [index, key] of missing.entries()) {
        base.account.add(texts[index] ?? '', key);
        base.added.add(key);
      }
      return base.account;
    } catch (error) {
      this.#base = undefined;
      steps.note(`the kept account could not be read: ${String(error)}`);
      return undefined;
    }
  }

  /** Keeps what was read of single principals, for all who go by the latest whole reading. */
  async add(part: AccountPart, readAt: string, { shelf, note }: ReadingSteps): Promise<void> {
    try {
      await shelf.put(`${since}${readAt}-${randomUUID()}.json`, partText(part));
    } catch (error) {
      note(`what was read could not be kept: ${String(error)}`);
    }
  }
}

/** Objects beside a whole reading that a function still reads; for more, reading the account anew costs less. */
const mostSince = 200;

async function keep(account: IamAccount, readAt: string, { shelf }: ReadingSteps): Promise<ReadingEntry> {
  const place = `accounts/read/${readAt}-${randomUUID()}/`;
  let parts = 0;
  const put = (part: AccountPart) => shelf.put(`${place}${parts++}.json`, partText(part));
  await put({
    principals: [],
    managed: account.managedPolicies?.() ?? [],
    groups: account.groups?.() ?? [],
    otherVersions: account.otherVersions?.() ?? [],
  });
  let some: Principal[] = [];
  for await (const principal of account.principals()) {
    some.push(principal);
    if (some.length < partSize) continue;
    await put({ principals: some });
    some = [];
  }
  if (some.length > 0) await put({ principals: some });
  const { accountId, partition, pages } = account;
  return { place, readAt, accountId, partition, pages, parts };
}

async function load(entry: ReadingEntry, shelf: Shelf): Promise<KeptAccount> {
  const account = new KeptAccount(entry);
  const keys = Array.from({ length: entry.parts }, (_, part) => `${entry.place}${part}.json`);
  for (const text of await getAll(keys, shelf)) account.add(text);
  return account;
}

function getAll(keys: readonly string[], shelf: Shelf): Promise<string[]> {
  const limit = pLimit(8);
  return Promise.all(keys.map((key) => limit(() => shelf.get(key))));
}

const keyOf = (id: string, table: RecordTable) => ({ pk: partitionOf(table, 'reading'), sk: id });

async function entryOf(id: string, { table, note }: ReadingSteps): Promise<ReadingEntry | undefined> {
  try {
    const { Item: item } = await table.client.send(
      new GetItemCommand({ TableName: table.name, Key: marshall(keyOf(id, table)), ConsistentRead: true }),
    );
    return item && entrySchema.parse(unmarshall(item));
  } catch (error) {
    note(`which account is kept could not be read: ${String(error)}`);
    return undefined;
  }
}

/** Writes where a reading is, unless a later one stands there. */
async function write(id: string, entry: ReadingEntry, { table, now }: ReadingSteps): Promise<void> {
  const item = { ...keyOf(id, table), ...entry, expiresAt: expiryAfter(now(), keptSeconds) };
  await ifHeld(() =>
    table.client.send(
      new PutItemCommand({
        TableName: table.name,
        Item: marshall(item),
        ConditionExpression: 'attribute_not_exists(pk) OR readAt <= :readAt',
        ExpressionAttributeValues: marshall({ ':readAt': entry.readAt }),
      }),
    ),
  );
}
