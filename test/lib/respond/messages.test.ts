import { describe, expect, it } from 'vitest';
import { chunkBatch, chunkSize, parseMessage, type QueueMessage } from '#lib/respond/messages.ts';

const change = (eventId: string) => ({
  eventId,
  eventName: 'TagRole',
  time: '2026-11-24T12:00:00Z',
  region: 'us-east-1',
  accountId: '123456789012',
  actor: { name: 'alice' },
  sourceIp: '192.0.2.10',
  what: 'tagged role/r',
});

describe('the messages of the check queue', () => {
  it.each<QueueMessage>([
    {
      kind: 'check',
      batch: { id: 'b', chunks: 1, purpose: 'change' },
      chunk: 0,
      principals: [{ subject: 'role/r', changes: ['1'] }],
      done: [],
      changes: [change('1')],
    },
    { kind: 'close', batch: { id: 'b', chunks: 3, purpose: 'weekly-report' }, round: 2 },
  ])('are read as they were written: $kind', (message) => {
    expect(parseMessage(JSON.stringify(message))).toEqual(message);
  });

  it.each([
    ['{', /not JSON/],
    ['{}', /not understood/],
    ['{"kind":"check","batch":{"id":"b","chunks":1,"purpose":"guess"}}', /batch\.purpose/],
    ['{"kind":"close"}', /batch/],
  ])('refuse %s', (body, message) => {
    expect(() => parseMessage(body)).toThrow(message);
  });

  it('carry only the changes that their own principals need', () => {
    const principals = Array.from({ length: chunkSize + 1 }, (_, index) => ({
      subject: `role/r${index}`,
      changes: [`e${index}`],
    }));
    const changes = principals.map((_, index) => change(`e${index}`));
    const [first, last] = chunkBatch('b', 'change', principals, changes);
    expect(first?.changes).toHaveLength(chunkSize);
    expect(last).toMatchObject({ chunk: 1, changes: [{ eventId: `e${chunkSize}` }] });
  });

  it('are none for nobody', () => {
    expect(chunkBatch('b', 'change', [], [])).toEqual([]);
  });
});
