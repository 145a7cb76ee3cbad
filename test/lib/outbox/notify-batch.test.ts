import type { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '#lib/compare/types.ts';
import { finishChunk } from '#lib/outbox/batch.ts';
import { type NotifySteps, notifyBatch } from '#lib/outbox/notify-batch.ts';
import { remember } from '#lib/outbox/remember.ts';
import { readRecord, updateRecord } from '#lib/outbox/store.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import { startHistoryTable } from '#test/support/dynamodb.ts';
import { finding, reading } from './fixtures.ts';

let table: RecordTable;
let stop: () => Promise<void>;
let told: string[][];
beforeEach(async () => {
  ({ table, stop } = await startHistoryTable());
  told = [];
});
afterEach(() => stop());

const batch = { id: 'b', chunks: 2, purpose: 'sweep' as const };
const a = finding('a', ['DeleteFaces']);
const b = finding('b', ['DetectText']);

const found = (subject: string, readAt: string, findings: Finding[]) =>
  updateRecord(table, subject, (before) => remember(before, reading(readAt, findings, { subject })));
const finish = (chunk: number, subjects: string[], of = batch) =>
  finishChunk(table, of, chunk, subjects, new Date());

const tell = (of: typeof batch, id: string, meanwhile: () => Promise<unknown> = async () => undefined) => {
  let first = true;
  return notifyBatch(of, {
    table,
    id,
    now: () => new Date(),
    reminderDays: 0,
    compose: async (principals) => {
      const publish = async () => {
        told.push(
          principals.flatMap(({ subject, alerts }) =>
            alerts.map(({ finding }) => `${subject} ${finding.id}`),
          ),
        );
        if (first) await meanwhile();
        first = false;
      };
      return [{ principals, publish }];
    },
  });
};

describe('two who tell at the same time', () => {
  it('tell a chunk that ends while another one is being told', async () => {
    await found('role/one', '2026-11-24T00:00:00Z', [a]);
    await finish(0, ['role/one']);
    const late = async () => {
      await found('role/two', '2026-11-24T00:00:00Z', [b]);
      await finish(1, ['role/two']);
      expect(await tell(batch, 'second')).toMatchObject({
        done: false,
        completed: false,
        busy: true,
        announced: 0,
      });
    };
    expect(await tell(batch, 'first', late)).toMatchObject({ done: true, completed: true, announced: 2 });
    expect(told).toEqual([['role/one a'], ['role/two b']]);
  });

  it('tell what is found of a principal while another batch is telling of it', async () => {
    const other = { ...batch, id: 'other', chunks: 1 };
    await found('role/one', '2026-11-24T00:00:00Z', [a]);
    await finish(0, ['role/one'], other);
    const late = async () => {
      await found('role/one', '2026-11-24T00:00:01Z', [a, b]);
      await finish(0, ['role/one']);
      await finish(1, []);
      await tell(batch, 'second');
    };
    await tell(other, 'first', late);
    expect(told.flat()).toEqual(['role/one a', 'role/one b']);
  });

  it('do not take the batch from one who has claimed it since', async () => {
    await found('role/one', '2026-11-24T00:00:00Z', [a]);
    await finish(0, ['role/one']);
    await finish(1, []);
    expect(await tell(batch, 'first')).toMatchObject({ done: true, completed: true, announced: 1 });
    expect(await tell(batch, 'again')).toMatchObject({ done: true, completed: false, announced: 0 });
    expect(told).toEqual([['role/one a']]);
  });
});

describe('what is done once a batch', () => {
  const steps = (id: string, act: () => Promise<void>): NotifySteps => ({
    table,
    id,
    now: () => new Date(),
    reminderDays: 0,
    compose: async () => [],
    finish: act,
  });

  it('is done again where it failed, and never again once it is written', async () => {
    const one = { ...batch, chunks: 1 };
    await finish(0, [], one);
    let done = 0;
    const fails = steps('first', async () => {
      throw new Error('the topic does not answer');
    });
    await expect(notifyBatch(one, fails)).rejects.toThrow('does not answer');
    const acts = (id: string) =>
      steps(id, async () => {
        done += 1;
      });
    expect(await notifyBatch(one, acts('second'))).toMatchObject({ completed: true });
    expect(await notifyBatch(one, acts('third'))).toMatchObject({ completed: false, done: true });
    expect(done).toBe(1);
  });
});

describe('a digest over many whose records cannot all be written', () => {
  it('is told once, and the others are marked by whoever comes next', async () => {
    const subjects = Array.from({ length: 300 }, (_, index) => `role/r${index}`);
    for (const subject of subjects) await found(subject, '2026-11-24T00:00:00Z', [a]);
    const one = { ...batch, chunks: 1 };
    await finish(0, subjects, one);
    let published = 0;
    let marks = 0;
    const client = new Proxy(table.client, {
      get: (target, key) =>
        key === 'send'
          ? (command: PutItemCommand) => {
              const isRecord = command.input.Item?.told !== undefined;
              if (published > 0 && isRecord && marks++ >= 101) throw new Error('DynamoDB is gone');
              return target.send(command);
            }
          : Reflect.get(target, key, target),
    });
    const steps = (id: string, of: RecordTable, now: Date): NotifySteps => ({
      table: of,
      id,
      now: () => now,
      reminderDays: 0,
      compose: async (principals) => [
        {
          principals,
          publish: async () => {
            published += 1;
            told.push(principals.map(({ subject }) => subject));
          },
        },
      ],
    });
    const first = new Date('2026-11-24T00:00:01Z');
    await expect(notifyBatch(one, steps('first', { ...table, client }, first))).rejects.toThrow('gone');
    const later = new Date('2026-11-24T00:10:00Z');
    expect(await notifyBatch(one, steps('second', table, later))).toMatchObject({ announced: 0 });
    expect(told.map((list) => list.length)).toEqual([300]);
    expect(await notifyBatch(one, steps('third', table, later))).toMatchObject({ announced: 0 });
    const records = await Promise.all(subjects.map((subject) => readRecord(table, subject)));
    expect(records.every((record) => record?.announced.length === 1 && record.claim === undefined)).toBe(
      true,
    );
  });
});
