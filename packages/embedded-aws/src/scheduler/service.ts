import { randomUUID } from 'node:crypto';
import type { ResolvedSchedule } from '@permission-check/cloudformation';
import type { Timers } from '../timers.ts';
import type { World } from '../world.ts';

const unitMs: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

export interface SchedulerSettings {
  readonly world: World;
  readonly timers: Timers;
  /** Factor on the time between runs. */
  readonly pace: number;
  /** Invokes a function asynchronously as the schedule's role. @throws AwsError where the role may not. */
  readonly invoke: (roleArn: string, functionArn: string, input: string, source: string) => void;
}

/** EventBridge Scheduler: schedules that run functions, by hand or, for `rate(…)`, by themselves. */
export class Scheduler {
  readonly #settings: SchedulerSettings;
  readonly #schedules = new Map<string, ResolvedSchedule>();
  #stopped = false;

  constructor(settings: SchedulerSettings) {
    this.#settings = settings;
  }

  add(schedule: ResolvedSchedule): void {
    this.#schedules.set(schedule.logicalId, schedule);
  }

  /**
   * Runs a schedule now, by its logical id or name.
   *
   * @throws Error when there is no such schedule or it is disabled, AwsError when its role may not invoke the function.
   */
  tick(name: string): void {
    const schedule =
      this.#schedules.get(name) ?? [...this.#schedules.values()].find((candidate) => candidate.name === name);
    if (schedule === undefined) {
      throw new Error(
        `there is no schedule ${name}; there are ${[...this.#schedules.keys()].join(', ') || 'none'}`,
      );
    }
    if (!schedule.enabled) throw new Error(`the schedule ${name} is disabled`);
    this.#run(schedule);
  }

  /** Lets schedules of the form `rate(…)` run by themselves. */
  start(onError: (error: unknown) => void): void {
    for (const schedule of this.#schedules.values()) {
      const every = rateMs(schedule.expression);
      if (every !== undefined && schedule.enabled)
        this.#repeat(schedule, every * this.#settings.pace, onError);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  #repeat(schedule: ResolvedSchedule, every: number, onError: (error: unknown) => void): void {
    const background = true;
    this.#settings.timers.after(
      every,
      () => {
        if (this.#stopped) return;
        try {
          this.#run(schedule);
        } catch (error) {
          onError(error);
        }
        this.#repeat(schedule, every, onError);
      },
      background,
    );
  }

  #run(schedule: ResolvedSchedule): void {
    const { world, invoke } = this.#settings;
    const now = `${world.clock().toISOString().slice(0, 19)}Z`;
    const attributes: Readonly<Record<string, string>> = {
      'schedule-arn': schedule.arn,
      'scheduled-time': now,
      'execution-id': randomUUID(),
      'attempt-number': '1',
    };
    const input = schedule.input?.replace(
      /<aws\.scheduler\.([a-z-]+)>/g,
      (all, name: string) => attributes[name] ?? all,
    );
    invoke(
      schedule.roleArn,
      schedule.targetArn,
      input ?? notification(world, schedule, now),
      schedule.logicalId,
    );
  }
}

/** What a target without Input gets. */
function notification(world: World, schedule: ResolvedSchedule, time: string): string {
  return JSON.stringify({
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: world.accountId,
    time,
    region: world.region,
    resources: [schedule.arn],
    detail: '{}',
  });
}

/** `rate(5 minutes)` in milliseconds; `undefined` for `cron(…)` and `at(…)`. */
function rateMs(expression: string): number | undefined {
  const [, value, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return value === undefined ? undefined : Number(value) * (unitMs[unit] ?? 0);
}
