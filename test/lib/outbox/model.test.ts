import { setImmediate } from 'node:timers/promises';
import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RecordTable } from '#lib/outbox/table.ts';
import { startHistoryTable } from '#test/support/dynamodb.ts';
import { numberOfCases } from '#test/support/run-size.ts';
import { finding } from './fixtures.ts';
import { Killed, type Life, type Subject, World } from './world.ts';

/** More of them: FUZZ_CASES=500 FUZZ_SEED=7 npx vitest run test/lib/outbox/model.test.ts */
const numRuns = numberOfCases(12);
const seed = Number(process.env.FUZZ_SEED ?? 20_261_124);

let history: Awaited<ReturnType<typeof startHistoryTable>>;
beforeAll(async () => {
  history = await startHistoryTable();
});
afterAll(() => history.stop());

async function clear({ client, name: TableName }: RecordTable): Promise<void> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName }));
  for (const { pk, sk } of Items) {
    if (pk && sk) await client.send(new DeleteItemCommand({ TableName, Key: { pk, sk } }));
  }
}

const few = finding('a', ['DeleteFaces']);
const more = finding('a', ['DeleteFaces', 'DeleteCollection'], 'critical');
const other = finding('b', ['DetectText'], 'medium');

const findings = fc.constantFrom([], [], [few], [more], [other], [few, other], [more, other], undefined);
const someone = fc.constantFrom<Subject>('role/a', 'role/b', 'role/c', 'role/d', 'role/e');
const life: fc.Arbitrary<Life> = fc.record({
  calls: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined, freq: 1 }),
  lastOne: fc.boolean(),
});

type Step =
  | { readonly do: 'change'; readonly who: Subject[]; readonly to: readonly (typeof few)[] | undefined }
  | { readonly do: 'sweep' }
  /** A message goes to the dead-letter queue, and nobody sends it again. */
  | { readonly do: 'lose'; readonly index: number }
  | { readonly do: 'pass'; readonly seconds: number }
  /** Some messages at the same time, in whatever order their calls come; `keep`: delivered again later. */
  | {
      readonly do: 'deliver';
      readonly which: readonly { readonly index: number; readonly keep: boolean; readonly life: Life }[];
    };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      who: fc.uniqueArray(someone, { minLength: 1, maxLength: 5 }),
      to: findings,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      which: fc.array(fc.record({ index: fc.nat({ max: 9 }), keep: fc.boolean(), life }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), index: fc.nat({ max: 9 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.constantFrom(1, 60, 130, 1000) }),
  },
);

/** Lets attempts make their calls one at a time, in an order that the seed decides. */
function turns(random: () => number) {
  const waiting: (() => void)[] = [];
  return {
    order: () => new Promise<void>((resolve) => waiting.push(resolve)),
    async until(done: Promise<unknown>): Promise<void> {
      let over = false;
      const end = done.finally(() => {
        over = true;
      });
      while (!over) {
        const [next] = waiting.splice(Math.floor(random() * waiting.length), 1);
        next?.();
        await setImmediate();
      }
      await end;
    },
  };
}

async function deliver(world: World, which: Extract<Step, { do: 'deliver' }>['which'], random: () => number) {
  const taken = which.flatMap(({ index, keep, life }) => {
    const message = world.queue[index % Math.max(1, world.queue.length)];
    if (message === undefined) return [];
    world.queue.splice(world.queue.indexOf(message), 1);
    return [{ message, keep, life }];
  });
  const { order, until } = turns(random);
  await until(
    Promise.all(
      taken.map(async ({ message, keep, life }) => {
        try {
          await world.attempt(message, life, order);
          if (keep) world.queue.push(message);
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
          world.queue.push(message);
        }
      }),
    ),
  );
}

/** All that is in the queue, each message as often as it takes, with the time between that SQS leaves. */
async function drain(world: World): Promise<void> {
  for (let message = world.queue.shift(); message; message = world.queue.shift()) {
    world.pass(30);
    try {
      await world.attempt(message, { lastOne: true }, async () => undefined);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      world.queue.push(message);
    }
  }
}

const summary = (list: Iterable<ReturnType<typeof finding>>) =>
  [...list].map(({ id, actions }) => `${id} ${actions.map(({ action }) => action).join()}`).sort();

it('tells every state that lasts, once, whatever dies in between', {
  timeout: 120_000 + numRuns * 2000,
}, async () => {
  let published = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 3, maxLength: 14 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      async (steps, numbers) => {
        const random = () => numbers.next().value ?? 0;
        await clear(history.table);
        const world = new World(history.table);
        let lost = 0;
        for (const one of steps) {
          if (one.do === 'lose') lost += world.queue.splice(one.index, 1).length;
          else await happen(world, one, random);
          world.pass(1);
        }
        // Without a sweep: every message comes until it is answered.
        await drain(world);
        const told = () =>
          [...world.truth.keys(), ...world.heard.keys()].map((subject) => ({
            subject,
            heard: summary(world.heard.get(subject)?.open.values() ?? []),
          }));
        const truth = () =>
          [...world.truth.keys(), ...world.heard.keys()].map((subject) => ({
            subject,
            heard: summary(world.truth.get(subject) ?? []),
          }));
        expect(world.wrong).toEqual([]);
        if (lost === 0) expect(covered(told(), truth())).toEqual([]);
        await world.sweep();
        await drain(world);
        expect(world.wrong).toEqual([]);
        expect(covered(told(), truth())).toEqual([]);
        // And then there is silence.
        const before = world.published;
        await world.sweep();
        await drain(world);
        expect(world.published).toBe(before);
        published += world.published;
      },
    ),
    { seed, numRuns, ...(process.env.FUZZ_SHRINK ? {} : { endOnFailure: true }) },
  );
  expect(published).toBeGreaterThan(numRuns);
});

async function happen(
  world: World,
  one: Exclude<typeof step extends fc.Arbitrary<infer Step> ? Step : never, { do: 'lose' }>,
  random: () => number,
): Promise<void> {
  if (one.do === 'change') world.change(one.who, one.to);
  else if (one.do === 'sweep') await world.sweep();
  else if (one.do === 'pass') world.pass(one.seconds);
  else await deliver(world, one.which, random);
}

/** Where what was heard is not what is so. Better than told is not told: a finding may have lost actions since. */
function covered(
  told: readonly { subject: string; heard: readonly string[] }[],
  truth: readonly { subject: string; heard: readonly string[] }[],
): string[] {
  return truth.flatMap(({ subject, heard }, index) => {
    const said = told[index]?.heard ?? [];
    const better = (entry: string) =>
      said.includes(entry) || (entry === summary([few])[0] && said.includes(summary([more])[0] ?? ''));
    const untold = heard.filter((entry) => !better(entry));
    const ids = new Set(heard.map((entry) => entry[0]));
    const stale = said.filter((entry) => !ids.has(entry[0]));
    return [
      ...untold.map((entry) => `${subject}: ${entry} was not told`),
      ...stale.map((entry) => `${subject}: the end of ${entry} was not told`),
    ];
  });
}
