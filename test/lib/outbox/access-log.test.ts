import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AccessEntry, nextEntry, whoCould } from '#lib/outbox/access-history.ts';
import { type AccessLog, appendAccess, readAccessLog, whoCouldOn } from '#lib/outbox/access-log.ts';
import { remember } from '#lib/outbox/remember.ts';
import type { PrincipalRecord, Reading } from '#lib/outbox/types.ts';
import type { Access } from '#lib/past/access.ts';
import { startHistoryTable } from '#test/support/dynamodb.ts';
import { change, reading } from './fixtures.ts';

let log: AccessLog;
let stop: () => Promise<void>;
beforeEach(async () => {
  const { table, ...rest } = await startHistoryTable();
  log = { table, days: 400 };
  stop = rest.stop;
});
afterEach(() => stop());

const subject = 'role/analyst';
const allowing = (action: string): Access => ({
  policies: [
    {
      name: 'own',
      type: 'inline',
      text: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
      }),
    },
  ],
  facts: {},
});
const faces = allowing('rekognition:SearchFaces');
const none: Access = { policies: [], facts: {} };
const noChange = () => ({ gained: [], lost: [] });
const on = (day: number) => `2026-11-${String(day).padStart(2, '0')}T12:00:00.000Z`;
const search = 'rekognition:SearchFaces';

let record: PrincipalRecord | undefined;
beforeEach(() => {
  record = undefined;
});

/** A look at the principal, as the checks make it. */
async function look(day: number, access: Access | undefined, more: Partial<Reading> = {}): Promise<void> {
  const read = reading(on(day), [], { access, changeSince: noChange, ...more });
  const after = remember(record, read);
  const entry = nextEntry(record, after, read.changes, more.isNew);
  if (entry !== undefined) await appendAccess(log, entry);
  record = entry === undefined ? after : { ...after, accessSince: entry.since };
}

const lines = async () => {
  const entries: AccessEntry[] = [];
  for await (const entry of readAccessLog(log.table)) entries.push(entry);
  return entries.map(({ kind, since, until }) => [kind, since, until]);
};
const who = async (day: number) => {
  const { could, notKnown } = await whoCouldOn(log.table, search, on(day).slice(0, 10));
  return { could: could.map(({ from, until }) => [from, until]), notKnown: notKnown.length };
};

describe('the log of access', () => {
  it('says who could do what from when to when, whatever was told of it', async () => {
    await look(1, none);
    await look(2, none);
    await look(5, faces, { changes: [change('e', on(5))] });
    await look(6, faces);
    await look(9, none);
    expect(await lines()).toEqual([
      ['known', on(1), on(5)],
      ['known', on(5), on(9)],
      ['known', on(9), undefined],
    ]);
    // It changed between the looks of the second and the fifth, of the sixth and the ninth.
    expect(await who(1)).toEqual({ could: [], notKnown: 0 });
    for (const day of [2, 3, 5, 8, 9])
      expect(await who(day)).toEqual({ could: [[on(2), on(9)]], notKnown: 0 });
    expect(await who(10)).toEqual({ could: [], notKnown: 0 });
  });

  it('says of the time before the first look that nothing is known', async () => {
    await look(5, faces);
    expect(await who(4)).toEqual({ could: [], notKnown: 1 });
    expect(await who(5)).toEqual({ could: [[on(5), undefined]], notKnown: 0 });
  });

  it('says of somebody new that there was nobody before', async () => {
    await look(5, faces, { isNew: true, changes: [change('e', on(4))] });
    expect(await who(3)).toEqual({ could: [], notKnown: 0 });
    expect(await who(4)).toEqual({ could: [[on(4), undefined]], notKnown: 0 });
  });

  it('says that what could not be read is not known, until it can be read', async () => {
    await look(1, none);
    await look(3, undefined, { status: 'inconclusive' });
    await look(5, none);
    expect(await who(4)).toEqual({ could: [], notKnown: 1 });
    expect(await who(6)).toEqual({ could: [], notKnown: 0 });
  });

  it('ends with the principal', async () => {
    await look(1, faces);
    await look(3, none, { status: 'deleted' });
    await look(4, none, { status: 'deleted' });
    expect(await lines()).toEqual([
      ['known', on(1), on(3)],
      ['ended', on(3), on(3)],
    ]);
    expect(await who(4)).toEqual({ could: [], notKnown: 0 });
  });

  it('has no line of policies and of what only stands beside principals', async () => {
    await look(1, faces, { subject: 'policy/AmazonRekognitionFullAccess' });
    await look(2, undefined, { status: 'not-checkable' });
    expect(await lines()).toEqual([]);
  });

  it('keeps what has ended for so many days, and the present for good', async () => {
    await look(1, faces);
    await look(3, none);
    const { Items = [] } = await log.table.client.send(new ScanCommand({ TableName: log.table.name }));
    const expiry = Items.map((item) => unmarshall(item).expiresAt);
    expect(expiry.sort()).toEqual([Date.parse(on(3)) / 1000 + 400 * 86_400, undefined]);
  });

  it('ends a line that an attempt wrote and no record tells of', async () => {
    await look(1, none);
    const before = record;
    await look(3, faces);
    // Stopped before its record was written.
    record = before;
    await look(4, faces);
    await look(6, none);
    expect(await lines()).toEqual([
      ['known', on(1), on(3)],
      ['known', on(3), on(4)],
      ['known', on(4), on(6)],
      ['known', on(6), undefined],
    ]);
  });
});

it('a day is one of UTC, from midnight to midnight', () => {
  const entry: AccessEntry = {
    subject,
    arn: 'arn:aws:iam::123456789012:role/analyst',
    since: '2026-11-05T00:00:00.000Z',
    after: '2026-11-05T00:00:00.000Z',
    until: '2026-11-06T00:00:00.000Z',
    kind: 'known',
    access: faces,
    changes: [],
  };
  const could = (day: string) => whoCould([entry], search, day).could.length;
  expect(['2026-11-04', '2026-11-05', '2026-11-06'].map(could)).toEqual([0, 1, 0]);
  expect(whoCould([entry], 'rekognition:DeleteFaces', '2026-11-05').could).toEqual([]);
});
