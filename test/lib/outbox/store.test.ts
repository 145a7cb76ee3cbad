import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Announcer,
  claimAlerts,
  claimSeconds,
  markAnnounced,
  releaseClaim,
} from '#lib/outbox/announcement.ts';
import { batchProgress, closeBatch, finishChunk, isBatchClosed } from '#lib/outbox/batch.ts';
import { batchClaimSeconds, claimBatch, failBatch, releaseBatch } from '#lib/outbox/batch-claim.ts';
import { beginMessage, endMessage } from '#lib/outbox/message.ts';
import { remember } from '#lib/outbox/remember.ts';
import { listRecords, readRecord, updateRecord } from '#lib/outbox/store.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import { startHistoryTable } from '#test/support/dynamodb.ts';
import { change, finding, reading } from './fixtures.ts';

let table: RecordTable;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ table, stop } = await startHistoryTable());
});
afterAll(() => stop());

let serial = 0;
const newSubject = () => `role/r${serial++}`;
const at = (second: number) => new Date(Date.UTC(2026, 10, 24, 12, 0, second));

const check = (
  subject: string,
  second: number,
  findings = [finding('a', ['DeleteFaces'])],
  changes = [change('1')],
) =>
  updateRecord(table, subject, (before) =>
    remember(before, { ...reading(at(second).toISOString(), findings, { changes }), subject }),
  );
const teller = (id: string, second: number): Announcer => ({
  table,
  id,
  now: () => at(second),
  reminderDays: 7,
});

describe('the history table', () => {
  it('gives back what was written, and nothing for a stranger', async () => {
    const subject = newSubject();
    const written = await check(subject, 0);
    expect(await readRecord(table, subject)).toEqual(written);
    expect(await readRecord(table, 'role/stranger')).toBeUndefined();
  });

  it('keeps every change when many write at once', async () => {
    const subject = newSubject();
    const ids = Array.from({ length: 8 }, (_, index) => `event-${index}`);
    await Promise.all(ids.map((id, index) => check(subject, index, [], [change(id)])));
    const record = await readRecord(table, subject);
    expect(record?.changes.map(({ eventId }) => eventId).sort()).toEqual(ids);
    expect(record?.readAt).toBe(at(7).toISOString());
  });

  it('holds a record over the item limit of 400 KB, and replaces it without leaving parts', async () => {
    const subject = newSubject();
    const large = finding('large', ['DeleteFaces'], 'high', {
      summary: randomBytes(900_000).toString('base64'),
    });
    await check(subject, 0, [large]);
    expect((await readRecord(table, subject))?.known[0]?.finding.summary).toBe(large.summary);
    await check(subject, 1, []);
    expect((await readRecord(table, subject))?.known).toEqual([]);
    const subjects: string[] = [];
    for await (const entry of listRecords(table)) subjects.push(entry.subject);
    expect(subjects.filter((name) => name === subject)).toHaveLength(1);
  });
});

describe('telling', () => {
  it('is done by one of many who try at once', async () => {
    const subject = newSubject();
    await check(subject, 0);
    const claims = await Promise.all(['a', 'b', 'c', 'd'].map((id) => claimAlerts(teller(id, 1), subject)));
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
  });

  it('is not repeated once it is marked', async () => {
    const subject = newSubject();
    await check(subject, 0);
    const alerts = await claimAlerts(teller('a', 1), subject);
    expect(alerts).toMatchObject({ alerts: [{ kind: 'new' }], changes: [{ eventId: '1' }] });
    if (alerts) await markAnnounced(teller('a', 1), alerts);
    expect(await claimAlerts(teller('b', 300), subject)).toBeUndefined();
    expect((await readRecord(table, subject))?.changes).toEqual([]);
  });

  it('is marked, and not told again, when the one who published it died before that', async () => {
    const subject = newSubject();
    await check(subject, 0);
    const dies = teller('published', 1);
    await claimAlerts(dies, subject);
    const message = { attempt: 'published', part: 0, subjects: ['role/other', subject] };
    await beginMessage(dies, message);
    await endMessage(dies, message);
    expect(await claimAlerts(teller('b', claimSeconds + 2), subject)).toBeUndefined();
    const record = await readRecord(table, subject);
    expect(record).toMatchObject({ changes: [], announced: [{ finding: { id: 'a' } }] });
    expect(record?.claim).toBeUndefined();
  });

  it('is told once more when it is not known whether its message was received', async () => {
    const subject = newSubject();
    await check(subject, 0);
    const dies = teller('publishing', 1);
    await claimAlerts(dies, subject);
    await beginMessage(dies, { attempt: 'publishing', part: 0, subjects: [subject] });
    expect(await claimAlerts(teller('b', claimSeconds + 2), subject)).toBeDefined();
  });

  it('is told with what was found after the message of the one who died', async () => {
    const subject = newSubject();
    await check(subject, 0);
    const dies = teller('early', 1);
    await claimAlerts(dies, subject);
    const message = { attempt: 'early', part: 0, subjects: [subject] };
    await endMessage(dies, message);
    await check(subject, 2, [finding('a', ['DeleteFaces']), finding('b', ['DetectText'])], [change('2')]);
    const claimed = await claimAlerts(teller('b', claimSeconds + 2), subject);
    expect(claimed?.alerts.map((alert) => alert.finding.id)).toEqual(['b']);
    expect(claimed?.changes.map(({ eventId }) => eventId)).toEqual(['2']);
  });

  it('is taken over when the one who claimed it died', async () => {
    const subject = newSubject();
    await check(subject, 0);
    await claimAlerts(teller('dies', 1), subject);
    expect(await claimAlerts(teller('b', claimSeconds - 1), subject)).toBeUndefined();
    expect(await claimAlerts(teller('b', claimSeconds + 2), subject)).toBeDefined();
  });

  it('can be tried again at once after a failure that was noticed', async () => {
    const subject = newSubject();
    await check(subject, 0);
    await claimAlerts(teller('a', 1), subject);
    await releaseClaim(teller('a', 1), subject);
    expect(await claimAlerts(teller('b', 2), subject)).toBeDefined();
  });

  it('keeps for later what a check finds while the message is on its way', async () => {
    const subject = newSubject();
    await check(subject, 0);
    const alerts = await claimAlerts(teller('a', 1), subject);
    await check(subject, 2, [finding('a', ['DeleteFaces']), finding('b', ['IndexFaces'])], [change('2')]);
    if (alerts) await markAnnounced(teller('a', 3), alerts);
    expect(await claimAlerts(teller('b', 4), subject)).toMatchObject({
      alerts: [{ kind: 'new', finding: { id: 'b' } }],
      changes: [{ eventId: '2' }],
    });
  });

  it('forgets changes that led to nothing', async () => {
    const subject = newSubject();
    await check(subject, 0, []);
    expect(await claimAlerts(teller('a', 1), subject)).toBeUndefined();
    expect((await readRecord(table, subject))?.changes).toEqual([]);
  });
});

describe('a write whose answer was lost', () => {
  /** Whatever is written is written twice, as the SDK does it when it hears nothing. */
  const deaf = (): RecordTable => ({
    ...table,
    client: new Proxy(table.client, {
      get: (target, key) =>
        key === 'send'
          ? async (command: Parameters<typeof target.send>[0]) => {
              if (/Put|Update|Delete/.test(command.constructor.name)) await target.send(command);
              return target.send(command);
            }
          : Reflect.get(target, key, target),
    }),
  });

  it.each([1, 900_000])('knows itself when it meets its own, with a text of %i bytes', async (bytes) => {
    const subject = newSubject();
    const text = randomBytes(bytes).toString('base64');
    let asked = 0;
    for (const second of [0, 1]) {
      await updateRecord(deaf(), subject, (before) => {
        asked += 1;
        const one = { ...finding('a', ['DeleteFaces']), summary: text };
        return remember(before, { ...reading(at(second).toISOString(), [one]), subject });
      });
    }
    expect(asked).toBe(2);
    expect((await readRecord(table, subject))?.known[0]?.finding.summary).toBe(text);
  });

  it('takes and gives back a batch', async () => {
    const batch = { id: 'deaf', chunks: 1, purpose: 'change' } as const;
    expect(await claimBatch(deaf(), batch, 'a', at(0))).toBe(true);
    expect(await claimBatch(table, batch, 'b', at(0))).toBe(false);
    expect(await releaseBatch(deaf(), batch, 'a', at(0))).toBe(false);
    expect(await releaseBatch(deaf(), batch, 'a', at(0))).toBe(true);
    expect(await claimBatch(table, batch, 'b', at(0))).toBe(true);
  });
});

describe('a batch', () => {
  const batch = { id: 'b1', chunks: 2, purpose: 'change' } as const;
  it('is complete when every chunk is done, however often one is', async () => {
    await finishChunk(table, batch, 0, ['role/a', 'role/b'], at(0));
    await finishChunk(table, batch, 0, ['role/a', 'role/b'], at(1));
    expect(await batchProgress(table, batch)).toEqual({ complete: false, subjects: ['role/a', 'role/b'] });
    await finishChunk(table, batch, 1, ['role/c'], at(2));
    expect(await batchProgress(table, batch)).toEqual({
      complete: true,
      subjects: ['role/a', 'role/b', 'role/c'],
    });
  });

  it('is told by one of many who come to its end at once, and by another when that one died', async () => {
    const claims = await Promise.all(['a', 'b', 'c'].map((by) => claimBatch(table, batch, by, at(3))));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await claimBatch(table, batch, 'd', at(4))).toBe(false);
    expect(await claimBatch(table, batch, 'd', at(4 + batchClaimSeconds))).toBe(true);
    const later = at(5 + batchClaimSeconds);
    // It is not the first one's any more, so giving it back changes nothing.
    expect(await releaseBatch(table, batch, 'a', later)).toBe(true);
    expect(await claimBatch(table, batch, 'e', later)).toBe(false);
    // Somebody has come in vain, so there is more to tell before it is given back.
    expect(await releaseBatch(table, batch, 'd', later)).toBe(false);
    expect(await releaseBatch(table, batch, 'd', later)).toBe(true);
    expect(await claimBatch(table, batch, 'e', later)).toBe(true);
    expect(await claimBatch(table, batch, 'f', later)).toBe(false);
    // What could not be announced is given back whatever word was left.
    await failBatch(table, batch, 'e', later);
    expect(await claimBatch(table, batch, 'f', later)).toBe(true);
    expect(await isBatchClosed(table, batch)).toBe(false);
    await closeBatch(table, batch, at(6));
    expect(await isBatchClosed(table, batch)).toBe(true);
  });
});
