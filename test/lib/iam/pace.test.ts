import { describe, expect, test } from 'vitest';
import { createPace, type PaceOptions } from '#lib/iam/pace.ts';

/** A clock that only sleeping moves. */
function clock() {
  let time = 0;
  return {
    now: () => time,
    sleep: async (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

/** When each of the answers' calls began. */
async function starts(answers: readonly unknown[], options: PaceOptions = {}): Promise<number[]> {
  const time = clock();
  const pace = createPace({ ...time, concurrency: 1, ...options });
  const began: number[] = [];
  for (const answer of answers) {
    await pace(async () => {
      began.push(time.now());
      if (answer instanceof Error) throw answer;
      return answer;
    }).catch(() => undefined);
  }
  return began;
}

const gaps = (times: readonly number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0));
const throttling = () => Object.assign(new Error('Rate exceeded'), { name: 'Throttling' });

describe('createPace', () => {
  test('begins four calls a second unless told otherwise', async () => {
    expect(gaps(await starts([1, 2, 3, 4]))).toEqual([250, 250, 250]);
    expect(gaps(await starts([1, 2, 3], { callsPerSecond: 10 }))).toEqual([100, 100]);
    expect(gaps(await starts([1, 2, 3], { callsPerSecond: Number.POSITIVE_INFINITY }))).toEqual([0, 0]);
  });

  test('does not save up calls that were not made', async () => {
    const time = clock();
    const pace = createPace({ ...time, concurrency: 1 });
    await pace(async () => undefined);
    await time.sleep(60_000);
    const began: number[] = [];
    for (let call = 0; call < 3; call++) await pace(async () => began.push(time.now()));
    expect(gaps(began)).toEqual([250, 250]);
  });

  test('keeps no more calls under way than allowed, and counts them', async () => {
    const pace = createPace({ callsPerSecond: Number.POSITIVE_INFINITY, concurrency: 2 });
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 10 }, () =>
        pace(async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setTimeout(resolve, 1));
          running--;
        }),
      ),
    );
    expect(most).toBe(2);
    expect(pace.calls).toBe(10);
  });

  const retried = { $metadata: { attempts: 2 } };
  test.each([
    ['an error', throttling()],
    ["an answer after the SDK's own retries", retried],
  ])('slows down after throttling: %s', async (_, answer) => {
    expect(gaps(await starts([0, answer, 0, 0]))).toEqual([250, 500, 500]);
  });

  test('slows down no further than sixteen times', async () => {
    const slow = gaps(await starts(Array.from({ length: 10 }, throttling)));
    expect(slow.at(-1)).toBe(16 * 250);
  });

  test('takes the pace up again when nothing is throttled any more', async () => {
    const recovering = gaps(await starts([throttling(), ...Array.from({ length: 60 }, () => 0)]));
    expect(recovering[0]).toBe(500);
    expect(recovering.at(-1)).toBe(250);
    // Never faster than asked for.
    expect(Math.min(...recovering)).toBe(250);
  });

  test('other errors do not slow it down', async () => {
    expect(gaps(await starts([0, new Error('no'), 0, 0]))).toEqual([250, 250, 250]);
  });
});
