import { randomUUID } from 'node:crypto';
import { AwsError } from '../types.ts';
import { ExecutionEnvironment } from './environment.ts';
import type { FunctionSpec, InvocationResult, ProcessSettings } from './types.ts';

/** One function with its execution environments. */
export class LocalFunction {
  readonly spec: FunctionSpec;
  readonly #settings: ProcessSettings;
  readonly #maxProcesses: number;
  #idle: ExecutionEnvironment[] = [];
  readonly #all = new Set<ExecutionEnvironment>();
  readonly #queue: (() => void)[] = [];
  #running = 0;

  /** `maxProcesses`: how many this machine should run at once; further invocations wait, as Lambda's never would. */
  constructor(spec: FunctionSpec, settings: ProcessSettings, maxProcesses: number) {
    this.spec = spec;
    this.#settings = settings;
    this.#maxProcesses = maxProcesses;
  }

  /** @throws AwsError TooManyRequestsException where the function's reserved concurrency is used up. */
  async invoke(event: string, requestId: string = randomUUID()): Promise<InvocationResult> {
    if (this.#running >= (this.spec.reservedConcurrency ?? Number.POSITIVE_INFINITY)) {
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
    }
    this.#running += 1;
    try {
      if (this.#running > this.#maxProcesses) await new Promise<void>((resolve) => this.#queue.push(resolve));
      // A process may have died while nobody asked it anything.
      this.#idle = this.#idle.filter((environment) => environment.usable);
      const environment = this.#idle.pop() ?? this.#newEnvironment();
      const result = await environment.invoke(event, requestId);
      if (environment.usable) this.#idle.push(environment);
      else this.#all.delete(environment);
      return result;
    } finally {
      this.#running -= 1;
      this.#queue.shift()?.();
    }
  }

  /** Forgets the warm processes, so that the next invocation is a cold start. */
  stop(): void {
    for (const environment of this.#all) environment.stop();
    this.#all.clear();
    this.#idle = [];
  }

  #newEnvironment(): ExecutionEnvironment {
    const environment = new ExecutionEnvironment(this.spec, this.#settings);
    this.#all.add(environment);
    return environment;
  }
}
