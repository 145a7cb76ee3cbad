import { setTimeout as sleepFor } from 'node:timers/promises';
import pLimit from 'p-limit';
import { attemptsOf, isThrottling } from './errors.ts';

/**
 * How to create an IAM client: retried patiently, because IAM throttles early and its limits cannot be raised.
 * `new IAMClient({ ...IAM_CLIENT_DEFAULTS })`
 */
export const IAM_CLIENT_DEFAULTS = { maxAttempts: 8, retryMode: 'adaptive' } as const;

/** Runs one call to AWS at the pace that all calls of a run share. */
export type Paced = <T>(call: () => Promise<T>) => Promise<T>;

export interface PaceOptions {
  /** Calls begun in a second; default 4. AWS publishes no limit for IAM, and the account's own tools share it. */
  readonly callsPerSecond?: number;
  /** Calls under way at once; default 2. */
  readonly concurrency?: number;
  /** The moment at which the next call may begin, where calls outside of this run count too; as `now` counts. */
  readonly slot?: () => Promise<number>;
  /** Milliseconds; injectable for tests. */
  readonly now?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/** Runs calls at one pace, shared by everything that asks IAM in a run. */
export interface Pace extends Paced {
  /** Calls begun so far. */
  readonly calls: number;
}

/** After a throttled call the calls come at half the speed, at the slowest 16 times slower than asked for. */
const SLOWEST = 16;
/** Undisturbed calls after which the pace is taken up again, by a quarter. */
const RECOVERY = 8;

/**
 * A pace that slows down when IAM throttles, also when the SDK's retries hid it, and recovers.
 */
export function createPace(options: PaceOptions = {}): Pace {
  const { callsPerSecond = 4, concurrency = 2, slot, now = Date.now, sleep = sleepFor } = options;
  const limit = pLimit(concurrency);
  const interval = 1000 / callsPerSecond;
  let slowness = 1;
  let undisturbed = 0;
  let nextStart = 0;

  const learn = (throttled: boolean) => {
    undisturbed = throttled ? 0 : undisturbed + 1;
    if (throttled) {
      slowness = Math.min(slowness * 2, SLOWEST);
      nextStart = Math.max(nextStart, now() + interval * slowness);
    } else if (undisturbed % RECOVERY === 0) slowness = Math.max(slowness * 0.75, 1);
  };

  const run = <T>(call: () => Promise<T>): Promise<T> =>
    limit(async () => {
      const start = Math.max((await slot?.()) ?? 0, now(), nextStart);
      nextStart = start + interval * slowness;
      if (start > now()) await sleep(start - now());
      pace.calls++;
      try {
        const answer = await call();
        learn(wasRetried(answer));
        return answer;
      } catch (error) {
        learn(isThrottling(error) || wasRetried(error));
        throw error;
      }
    });
  const pace = Object.assign(run, { calls: 0 });
  return pace;
}

/** Throttling that the SDK's own retries got over. */
function wasRetried(answer: unknown): boolean {
  return attemptsOf(answer) > 1;
}
