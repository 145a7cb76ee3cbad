import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { LogCollector } from './log-collector.ts';
import { isLogged } from './log-level.ts';
import { peakMemoryMb, watchMemory } from './memory.ts';
import { RuntimeApi } from './runtime-api.ts';
import type { FunctionSpec, InvocationResult, ProcessSettings } from './types.ts';

/** How long a function may take to load; Lambda then starts it again within the time of the invocation. */
const maxInitMs = 10_000;

const bootstrap = fileURLToPath(new URL('./bootstrap.mjs', import.meta.url));

interface Answer {
  readonly payload: string;
  readonly failed: boolean;
  /** The process cannot be used any more. */
  readonly dead: boolean;
}

/**
 * One execution environment: a process of the function that handles one invocation after the other, kept warm in
 * between. A process that fails to load, runs out of time or dies is not used again.
 */
export class ExecutionEnvironment {
  readonly #spec: FunctionSpec;
  readonly #settings: ProcessSettings;
  readonly #api: RuntimeApi;
  #stopped = false;
  #started = 0;
  #begun = 0;
  #process: ChildProcess | undefined;
  #logs: LogCollector | undefined;
  #ready = deferred<'ready'>();
  #answer = deferred<Answer>();
  #requestId: string | undefined;
  #killed: Answer | undefined;
  /** The most that the process has taken so far. */
  maxMemoryUsedMb: number | undefined;
  readonly #exited = deferred<Answer>();

  constructor(spec: FunctionSpec, settings: ProcessSettings) {
    this.#spec = spec;
    this.#settings = settings;
    this.#api = new RuntimeApi({
      ready: () => this.#ready.resolve('ready'),
      answered: (requestId, payload) => this.#answered(requestId, { payload, failed: false, dead: false }),
      failed: (requestId, payload, dead) => this.#answered(requestId, { payload, failed: true, dead }),
      failedToStart: (payload) => this.#exited.resolve({ payload, failed: true, dead: true }),
    });
  }

  /** Whether it can take another invocation. */
  get usable(): boolean {
    return !this.#stopped;
  }

  /** Handles one event; never more than one at a time. */
  async invoke(event: string, requestId: string): Promise<InvocationResult> {
    const cold = this.#process === undefined;
    if (cold) await this.#start();
    this.#begun = performance.now();
    const answer = await this.#handle(event, requestId);
    const end = performance.now();
    await this.#logs?.complete(requestId);
    const { maxMemoryUsedMb } = this;
    return {
      requestId,
      ...(maxMemoryUsedMb !== undefined && { maxMemoryUsedMb }),
      payload: answer.payload,
      ...(answer.failed && { functionError: 'Unhandled' as const }),
      logs: (this.#logs?.take() ?? []).filter((line) => this.#isLogged(line)),
      durationMs: end - this.#begun,
      ...(cold && { coldStartMs: end - this.#started }),
    };
  }

  #isLogged(line: string): boolean {
    const { logFormat, applicationLogLevel } = this.#spec;
    return logFormat !== 'JSON' || isLogged(line, applicationLogLevel);
  }

  /** Ends the process. */
  stop(): void {
    this.#stopped = true;
    this.#process?.kill('SIGKILL');
    this.#api.stop();
  }

  async #start(): Promise<void> {
    const api = await this.#api.start();
    const { memoryMb, taskRoot, arn, name } = this.#spec;
    if (this.#stopped) {
      this.#api.stop();
      this.#exited.resolve(failure('Runtime.ExitError', `${name} was stopped`));
      return;
    }
    this.#started = performance.now();
    // Lambda keeps the heap below the function's memory too.
    const options = [`--max-old-space-size=${Math.floor(memoryMb * 0.9)}`];
    const child = spawn(this.#settings.nodePath, [...options, bootstrap], {
      cwd: taskRoot,
      env: { ...this.#environment(), AWS_LAMBDA_RUNTIME_API: api },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    this.#logs = new LogCollector(child.stdout, child.stderr);
    child.on('error', (error) =>
      this.#exited.resolve(failure('Runtime.InvalidEntrypoint', `${name}: ${error.message}`)),
    );
    child.on('close', (code, signal) => {
      this.stop();
      this.#exited.resolve(
        failure('Runtime.ExitError', `Error: Runtime exited with error: ${endOf(code, signal)} (${arn})`),
      );
    });
  }

  /** Waits for the runtime, hands over the event, and waits for the answer, the process's end or the deadline. */
  async #handle(event: string, requestId: string): Promise<Answer> {
    const timeoutMs = this.#spec.timeoutSeconds * 1000;
    const initMs = maxInitMs + timeoutMs;
    const loaded = await within<Answer | 'ready'>(initMs, this.#exited.promise, this.#ready.promise);
    if (loaded !== 'ready') return this.#giveUp(loaded, requestId, initMs);
    this.#requestId = requestId;
    this.#begun = performance.now();
    this.#ready = deferred();
    this.#answer = deferred();
    const system = Date.now();
    const ahead = (this.#settings.clock?.().getTime() ?? system) - system;
    // Milliseconds are what reading two clocks takes.
    const clockOffset = Math.abs(ahead) < 50 ? 0 : ahead;
    this.#api.hand({
      requestId,
      event,
      deadline: system + clockOffset + timeoutMs,
      clockOffset,
      functionArn: this.#spec.arn,
      traceId: traceId(),
    });
    const unwatch = watchMemory(this.#process?.pid, this.#spec.memoryMb, () => this.#outOfMemory(requestId));
    const answer = await within(timeoutMs, this.#answer.promise, this.#exited.promise);
    unwatch();
    // What it took between two looks shows afterwards.
    this.#measure();
    if ((this.maxMemoryUsedMb ?? 0) > this.#spec.memoryMb) this.#outOfMemory(requestId);
    const outcome = this.#killed ?? answer;
    return outcome === 'timeout' || outcome.dead ? this.#giveUp(outcome, requestId, timeoutMs) : outcome;
  }

  /** Lambda kills a process that takes more memory than the function has. */
  #outOfMemory(requestId: string): void {
    this.#measure();
    this.#killed = failure(
      'Runtime.ExitError',
      `RequestId: ${requestId} Error: Runtime exited with error: signal: killed (${this.maxMemoryUsedMb} MB of ${this.#spec.memoryMb} MB)`,
    );
    this.stop();
  }

  #measure(): void {
    this.maxMemoryUsedMb = peakMemoryMb(this.#process?.pid) ?? this.maxMemoryUsedMb;
  }

  #answered(requestId: string, answer: Answer): void {
    if (requestId === this.#requestId) this.#answer.resolve(answer);
  }

  #giveUp(outcome: Answer | 'timeout', requestId: string, limitMs: number): Answer {
    this.stop();
    if (outcome !== 'timeout') return outcome;
    const seconds = (limitMs / 1000).toFixed(2);
    return failure(
      'Sandbox.Timedout',
      `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
    );
  }

  #environment(): Record<string, string> {
    const spec = this.#spec;
    const stream = `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${randomBytes(16).toString('hex')}`;
    return {
      PATH: process.env.PATH ?? '',
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
      AWS_EXECUTION_ENV: `AWS_Lambda_${spec.runtime}`,
      AWS_LAMBDA_FUNCTION_NAME: spec.name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: spec.logGroup,
      AWS_LAMBDA_LOG_STREAM_NAME: stream,
      AWS_LAMBDA_LOG_FORMAT: spec.logFormat,
      ...(spec.logFormat === 'JSON' && { AWS_LAMBDA_LOG_LEVEL: spec.applicationLogLevel }),
      AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
      LAMBDA_TASK_ROOT: spec.taskRoot,
      _HANDLER: spec.handler,
      ...spec.environment,
      ...this.#settings.awsEnvironment(spec.roleArn, spec.name),
    };
  }
}

function failure(errorType: string, errorMessage: string): Answer {
  return { payload: JSON.stringify({ errorType, errorMessage }), failed: true, dead: true };
}

function endOf(code: number | null, signal: string | null): string {
  return signal === null ? `exit status ${code}` : `signal: ${signal}`;
}

/** `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…;Sampled=0` */
function traceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  const root = `1-${seconds}-${randomBytes(12).toString('hex')}`;
  return `Root=${root};Parent=${randomBytes(8).toString('hex')};Sampled=0`;
}

/** The first of the promises, or `timeout`. */
async function within<T>(milliseconds: number, ...promises: readonly Promise<T>[]): Promise<T | 'timeout'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), milliseconds);
  });
  try {
    return await Promise.race([...promises, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
