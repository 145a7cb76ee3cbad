import { afterAll, beforeAll, expect, it } from 'vitest';
import { UnansweredError } from '#lib/errors.ts';
import { readRecord } from '#lib/outbox/store.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import { type ChunkSteps, checkChunk } from '#lib/respond/check-chunk.ts';
import type { CheckMessage } from '#lib/respond/messages.ts';
import { startHistoryTable } from '#test/support/dynamodb.ts';

let table: RecordTable;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ table, stop } = await startHistoryTable());
});
afterAll(() => stop());

const message = (id: string, subjects: readonly string[]): CheckMessage => ({
  kind: 'check',
  batch: { id, chunks: 1, purpose: 'sweep' },
  chunk: 0,
  principals: subjects.map((subject) => ({ subject, changes: [] })),
  done: [],
  changes: [],
});

/** An IAM whose simulator does not answer about those named; what was checked, and what was sent to come again. */
function harness(silent: readonly string[] = []) {
  const checked: string[] = [];
  const again: { message: CheckMessage; seconds: number }[] = [];
  const steps: ChunkSteps = {
    table,
    log: { table, days: 400 },
    now: () => new Date(),
    hasTime: () => true,
    sendRest: async () => undefined,
    sendSecond: async () => undefined,
    sendAgain: async (one, seconds) => void again.push({ message: one, seconds }),
    prepare: async (isPatient) => ({
      openingsOfFormer: () => () => [],
      absent: () => {
        throw new Error('nobody is absent');
      },
      check: async (subject) => {
        if (isPatient && silent.includes(subject)) throw new UnansweredError('IAM did not answer');
        checked.push(subject);
        const status = silent.includes(subject) ? 'inconclusive' : 'as-expected';
        return {
          subject,
          arn: `arn:aws:iam::123456789012:${subject}`,
          status,
          fingerprint: 'f',
          findings: [],
        };
      },
    }),
  };
  return { checked, again, steps };
}

it('does not check again what a message that comes twice has checked', async () => {
  const { checked, steps } = harness();
  const one = message('twice', ['role/a', 'role/b']);
  expect(await checkChunk(one, steps)).toMatchObject({ checked: 2, complete: true });
  expect(await checkChunk(one, steps)).toMatchObject({ checked: 0, complete: true });
  expect(checked).toEqual(['role/a', 'role/b']);
});

it('waits for an answer of the simulator, lets nobody else wait, and in the end does without it', async () => {
  const { checked, again, steps } = harness(['role/silent']);
  expect(await checkChunk(message('silent', ['role/silent', 'role/c']), steps)).toMatchObject({
    complete: true,
  });
  expect(checked).toEqual(['role/c']);
  expect(await readRecord(table, 'role/silent')).toBeUndefined();
  for (let round = 0; round < 3; round += 1) {
    const next = again[round];
    if (next === undefined) throw new Error(`nothing comes again after round ${round}`);
    await checkChunk(next.message, steps);
  }
  expect(again.map(({ seconds }) => seconds)).toEqual([30, 60, 120]);
  expect(new Set(again.map((one) => one.message.batch.id)).size).toBe(3);
  expect(await readRecord(table, 'role/silent')).toMatchObject({ status: 'inconclusive' });
});
