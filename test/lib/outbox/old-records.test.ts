import { gzipSync } from 'node:zlib';
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pendingAlerts } from '#lib/outbox/alerts.ts';
import { remember } from '#lib/outbox/remember.ts';
import { listRecords, readRecord, updateRecord } from '#lib/outbox/store.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import { noAccess } from '#lib/past/access.ts';
import { startHistoryTable } from '#test/support/dynamodb.ts';
import { finding, reading } from './fixtures.ts';

let table: RecordTable;
let stop: () => Promise<void>;
beforeEach(async () => {
  ({ table, stop } = await startHistoryTable());
});
afterEach(() => stop());

const subject = 'role/analyst';
const old = {
  subject,
  arn: 'arn:aws:iam::123456789012:role/analyst',
  readAt: '2026-11-20T12:00:00.000Z',
  status: 'findings',
  fingerprint: 'f',
  known: [{ finding: finding('a', ['DeleteFaces']), firstSeen: '2026-11-20', lastSeen: '2026-11-20' }],
  told: [{ finding: finding('a', ['DeleteFaces']), firstSeen: '2026-11-20', at: '2026-11-20' }],
  changes: [],
};

/** An item as version 0.1 wrote it: no account in the key, no access in the record. */
async function writeOld(parts: number): Promise<void> {
  const packed = gzipSync(JSON.stringify(old));
  const size = Math.ceil(packed.length / Math.max(parts, 1));
  const pk = { S: `principal#${subject}` };
  for (let part = 0; part < parts; part += 1)
    await table.client.send(
      new PutItemCommand({
        TableName: table.name,
        Item: {
          pk,
          sk: { S: `part#x#000${part}` },
          packed: { B: packed.subarray(part * size, (part + 1) * size) },
        },
      }),
    );
  await table.client.send(
    new PutItemCommand({
      TableName: table.name,
      Item: {
        pk,
        sk: { S: 'state' },
        version: { N: '7' },
        arn: { S: old.arn },
        status: { S: old.status },
        told: { N: '1' },
        readAt: { S: old.readAt },
        body: { S: 'x' },
        ...(parts === 0 ? { packed: { B: packed } } : { parts: { N: String(parts) } }),
      },
    }),
  );
}

const keys = async () =>
  ((await table.client.send(new ScanCommand({ TableName: table.name }))).Items ?? [])
    .map(({ pk, sk }) => `${pk?.S} ${sk?.S}`)
    .sort();

describe('a record under the key of earlier versions', () => {
  it.each([0, 2])('is read, written under its account, and deleted (%i parts)', async (parts) => {
    await writeOld(parts);
    expect(await readRecord(table, subject)).toMatchObject({ announced: [{ at: '2026-11-20' }] });
    const entries = [];
    for await (const entry of listRecords(table)) entries.push(entry);
    expect(entries).toEqual([{ subject, arn: old.arn, status: 'findings', announced: 1, old: true }]);
    await updateRecord(table, subject, (before) => before && { ...before, fingerprint: 'g' });
    expect(await keys()).toEqual([`123456789012#principal#${subject} state`]);
    expect(await readRecord(table, subject)).toMatchObject({ fingerprint: 'g', announced: [{}] });
  });

  it('is deleted by the next write where the first one was stopped before that', async () => {
    await writeOld(0);
    await updateRecord(table, subject, (before) => before && { ...before, fingerprint: 'g' });
    await writeOld(0);
    await updateRecord(table, subject, (before) => before && { ...before, fingerprint: 'h' });
    expect(await keys()).toEqual([`123456789012#principal#${subject} state`]);
    expect(await readRecord(table, subject)).toMatchObject({ fingerprint: 'h' });
  });

  it('has no past, so the first look at it is its baseline', async () => {
    await writeOld(0);
    const access = {
      ...noAccess,
      policies: [{ name: 'own', type: 'inline' as const, text: '{"Statement":[]}' }],
    };
    const changeSince = () => ({ gained: [finding('g', ['DeleteFaces'])], lost: [] });
    const look = (before: Parameters<typeof remember>[0]) =>
      remember(before, {
        ...reading('2026-11-24T00:00:00Z', [finding('a', ['DeleteFaces'])]),
        access,
        changeSince,
      });
    const record = await updateRecord(table, subject, look);
    expect(record?.access).toEqual(access);
    expect(record && pendingAlerts(record, '2026-11-24T00:00:00Z', { reminderDays: 0 })).toEqual([]);
  });
});
