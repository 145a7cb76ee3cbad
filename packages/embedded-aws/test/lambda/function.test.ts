import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalFunction } from '../../src/lambda/function.ts';
import { lambdaNode } from '../../src/lambda/lambda.ts';
import type { FunctionSpec } from '../../src/lambda/types.ts';
import { bundleHandlers } from '../bundle.ts';

const sources = {
  echo: `
    let calls = 0;
    console.log('loaded');
    export const handler = async (event: unknown, context: { getRemainingTimeInMillis(): number }) => {
      calls += 1;
      console.info('call', calls);
      console.debug('hidden');
      console.warn({ structured: true });
      const { PATH, HOME, AWS_ACCESS_KEY_ID, GREETING, AWS_LAMBDA_FUNCTION_MEMORY_SIZE, _X_AMZN_TRACE_ID } = process.env;
      return { event, context, calls, node: process.version, remaining: context.getRemainingTimeInMillis(),
        env: { HOME, AWS_ACCESS_KEY_ID, GREETING, AWS_LAMBDA_FUNCTION_MEMORY_SIZE, trace: _X_AMZN_TRACE_ID } };
    };`,
  fragile: `
    class Broken extends Error { name = 'Broken'; }
    export const handler = async (event: { how: string }) => {
      if (event.how === 'throw') throw new Broken('it broke');
      if (event.how === 'exit') process.exit(7);
      if (event.how === 'reject') { Promise.reject(new Error('unseen')); await new Promise(() => setInterval(() => {}, 1000)); }
      if (event.how === 'hang') console.log(process.pid);
      if (event.how === 'hang') await new Promise(() => setInterval(() => {}, 1000));
      if (event.how === 'compute') {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 7_000);
        return 'x'.repeat(4 * 1024 * 1024);
      }
      if (event.how === 'large') return 'x'.repeat(7 * 1024 * 1024);
      if (event.how === 'nothing') return undefined;
      return 'fine';
    };`,
  greedy: `
    export const handler = async ({ megabytes }: { megabytes: number }) => {
      const taken = Buffer.alloc(megabytes * 1024 * 1024, 1);
      return taken.length;
    };`,
  clock: `
    export const handler = async () => {
      const now = new Date();
      return { now: Date.now(), date: now.toISOString(), isDate: now instanceof Date, fixed: new Date(0).toISOString(), utc: Date.UTC(2026, 0) };
    };`,
  unloadable: `throw new Error('cannot start'); export const handler = async () => {};`,
  callback: 'export const handler = (event: unknown, context: unknown, callback: () => void) => callback();',
};
let directory: string;
const functions: LocalFunction[] = [];

beforeAll(async () => {
  directory = await bundleHandlers(sources);
});
afterAll(() => {
  for (const one of functions) one.stop();
  rmSync(directory, { recursive: true });
});

function make(
  name: keyof typeof sources,
  settings: Partial<FunctionSpec> = {},
  maxProcesses = 2,
  clock?: () => Date,
): LocalFunction {
  const made = new LocalFunction(
    {
      name,
      arn: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
      taskRoot: `${directory}/${name}`,
      handler: 'index.handler',
      runtime: 'nodejs24.x',
      timeoutSeconds: 20,
      memoryMb: 256,
      logFormat: 'JSON',
      applicationLogLevel: 'INFO',
      logGroup: `/aws/lambda/${name}`,
      roleArn: 'arn:aws:iam::123456789012:role/worker',
      environment: { GREETING: 'hello' },
      ...settings,
    },
    {
      nodePath: lambdaNode(),
      awsEnvironment: () => ({ AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE' }),
      ...(clock && { clock }),
    },
    maxProcesses,
  );
  functions.push(made);
  return made;
}

describe('a function', () => {
  it('may compute for long without a look at its connection', async () => {
    const { payload, functionError } = await make('fragile').invoke('{"how":"compute"}', 'request-1');
    expect(functionError && payload).toBeUndefined();
  });

  it('gets event, context and environment, and nothing of ours', async () => {
    const result = await make('echo').invoke('{"a":1}', 'request-1');
    expect(result).toMatchObject({ requestId: 'request-1', coldStartMs: expect.any(Number) });
    expect(JSON.parse(result.payload)).toMatchObject({
      event: { a: 1 },
      context: {
        functionName: 'echo',
        functionVersion: '$LATEST',
        awsRequestId: 'request-1',
        memoryLimitInMB: '256',
        invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:echo',
        logGroupName: '/aws/lambda/echo',
        logStreamName: expect.stringContaining('[$LATEST]'),
      },
      env: {
        AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
        GREETING: 'hello',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
        trace: expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/),
      },
    });
    expect(JSON.parse(result.payload).env.HOME).toBeUndefined();
    expect(JSON.parse(result.payload).remaining).toBeGreaterThan(0);
  });

  it('writes JSON logs from its log level on, each with its invocation', async () => {
    const echo = make('echo');
    const first = await echo.invoke('{}', 'first');
    const second = await echo.invoke('{}', 'second');
    const lines = first.logs.map((line) => JSON.parse(line));
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ['INFO', 'loaded'],
      ['INFO', 'call 1'],
      ['WARN', { structured: true }],
    ]);
    expect(second.logs.map((line) => JSON.parse(line).requestId)).toEqual(['second', 'second']);
    expect(second.coldStartMs).toBeUndefined();
  });

  it('writes text logs where it is told to', async () => {
    const { logs } = await make('echo', { logFormat: 'Text' }).invoke('{}', 'r');
    expect(logs[1]).toMatch(/^\d{4}-.*Z\tr\tINFO\tcall 1$/);
    expect(logs[2]).toContain('DEBUG\thidden');
  });

  it.each([
    ['throw', { errorType: 'Broken', errorMessage: 'it broke', trace: expect.any(Array) }],
    ['exit', { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('exit status 7') }],
    ['reject', { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'unseen' }],
    ['large', { errorType: 'Function.ResponseSizeTooLarge' }],
  ])('that fails (%s) says how, and works again', async (how, error) => {
    const fragile = make('fragile');
    const result = await fragile.invoke(JSON.stringify({ how }));
    expect(result.functionError).toBe('Unhandled');
    expect(JSON.parse(result.payload)).toMatchObject(error);
    expect(await fragile.invoke('{}')).toMatchObject({ payload: '"fine"' });
  });

  it('is killed when its time is over', async () => {
    const fragile = make('fragile', { timeoutSeconds: 1 });
    await fragile.invoke('{}');
    const result = await fragile.invoke('{"how":"hang"}', 'slow');
    expect(JSON.parse(result.payload)).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: 'RequestId: slow Error: Task timed out after 1.00 seconds',
    });
    expect(await fragile.invoke('{}')).toMatchObject({ payload: '"fine"', coldStartMs: expect.any(Number) });
  });

  it('leaves no process behind when it is stopped, not even one at work or about to start', async () => {
    const fragile = make('fragile', { logFormat: 'Text' });
    await fragile.invoke('{}');
    const atWork = fragile.invoke('{"how":"hang"}');
    const starting = fragile.invoke('{"how":"hang"}');
    // Long enough for the warm one to be at work; the other may be anywhere on its way.
    await new Promise((resolve) => setTimeout(resolve, 50));
    fragile.stop();
    const results = await Promise.all([atWork, starting]);
    expect(results.map((result) => JSON.parse(result.payload).errorType)).toEqual([
      'Runtime.ExitError',
      'Runtime.ExitError',
    ]);
    const pids = results.flatMap((result) => result.logs.map((line) => Number(line.split('\t').at(-1))));
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('answers null for nothing', async () => {
    expect((await make('fragile').invoke('{"how":"nothing"}')).payload).toBe('null');
  });

  it.each([
    ['unloadable', {}, 'Error', 'cannot start'],
    ['callback', {}, 'Runtime.CallbackHandlerDeprecated', 'callback'],
    ['echo', { handler: 'index.missing' }, 'Runtime.HandlerNotFound', 'not exported'],
    ['echo', { handler: 'other.handler' }, 'Runtime.ImportModuleError', 'Cannot find module'],
  ] as const)('that does not load (%s %j) says why', async (name, settings, errorType, message) => {
    const result = await make(name, settings).invoke('{}');
    expect(result.functionError).toBe('Unhandled');
    expect(JSON.parse(result.payload)).toMatchObject({
      errorType,
      errorMessage: expect.stringContaining(message),
    });
  });

  it('runs several invocations at once, as many as the machine should', async () => {
    const echo = make('echo');
    const results = await Promise.all([1, 2, 3, 4].map((n) => echo.invoke(String(n))));
    expect(results.map((result) => JSON.parse(result.payload).event)).toEqual([1, 2, 3, 4]);
    expect(results.filter((result) => result.coldStartMs !== undefined)).toHaveLength(2);
  });

  it('is throttled at its reserved concurrency', async () => {
    const echo = make('echo', { reservedConcurrency: 1 });
    const first = echo.invoke('1');
    await expect(echo.invoke('2')).rejects.toMatchObject({ code: 'TooManyRequestsException' });
    await first;
  });
});

describe('the time of a function', () => {
  it('is the one of the embedded AWS, also of one that is warm', async () => {
    let hours = 0;
    const clock = () => new Date(Date.now() + hours * 3_600_000);
    const one = make('clock', {}, 1, clock);
    for (hours of [0, 5, 7]) {
      const { payload } = await one.invoke('{}');
      const { now, date, ...rest } = JSON.parse(payload);
      expect(Math.abs(now - clock().getTime())).toBeLessThan(5_000);
      expect(Math.abs(Date.parse(date) - now)).toBeLessThan(1_000);
      expect(rest).toEqual({ isDate: true, fixed: '1970-01-01T00:00:00.000Z', utc: Date.UTC(2026, 0) });
    }
  });
});

describe.skipIf(process.platform !== 'linux')('the memory of a function', () => {
  it('is measured', async () => {
    const one = make('greedy', { memoryMb: 512 });
    const little = await one.invoke('{"megabytes":1}');
    const more = await one.invoke('{"megabytes":200}');
    expect(little.functionError).toBeUndefined();
    expect((more.maxMemoryUsedMb ?? 0) - (little.maxMemoryUsedMb ?? 0)).toBeGreaterThan(150);
  });

  it('ends at its limit: the process is killed, and the next invocation has another', async () => {
    const one = make('greedy', { memoryMb: 256 });
    const result = await one.invoke('{"megabytes":300}');
    expect(result).toMatchObject({ functionError: 'Unhandled' });
    expect(JSON.parse(result.payload)).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/signal: killed \(\d+ MB of 256 MB\)$/),
    });
    const next = await one.invoke('{"megabytes":1}');
    expect(next).toMatchObject({ payload: String(1024 * 1024), coldStartMs: expect.any(Number) });
  });
});
