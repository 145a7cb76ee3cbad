// Runs a handler as Lambda's Node.js runtime does: loads it, then asks the Runtime API for one invocation after the
// other. Source: AWS Lambda Developer Guide, "Using the Lambda runtime API", "Using Lambda JSON logs".
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

// Required, as Lambda's own does: an ESM import reads every export of it, and some of them load undici.
const { Agent, request } = createRequire(import.meta.url)('node:http');

const env = process.env;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const [host, port] = env.AWS_LAMBDA_RUNTIME_API.split(':');
/** A line of its own in both streams behind everything that an invocation wrote. */
const endOfInvocation = (requestId) => `\u0000END ${requestId}\n`;
let requestId;

function call(method, path, body, headers = {}) {
  return new Promise((done, fail) => {
    const options = { host, port, agent, method, headers, path: `/2018-06-01/runtime/${path}` };
    const outgoing = request(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        done({ headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}

function described(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

function reportError(path, error, exiting = false) {
  console.error(error);
  const headers = {
    'content-type': 'application/json',
    'lambda-runtime-function-error-type': error?.name ?? 'Error',
    // Says that this process takes no further invocation.
    'x-runtime-exiting': String(exiting),
  };
  endLogs();
  return call('POST', path, JSON.stringify(described(error)), headers);
}

function endLogs() {
  process.stdout.write(endOfInvocation(requestId));
  process.stderr.write(endOfInvocation(requestId));
}

const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const json = env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
const lowest = json ? levels.indexOf((env.AWS_LAMBDA_LOG_LEVEL ?? 'TRACE').toUpperCase()) : 0;

function patchConsole() {
  const methods = { trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR' };
  for (const [method, level] of Object.entries(methods)) {
    console[method] = (...values) => {
      if (levels.indexOf(level) >= lowest) process.stdout.write(`${line(level, values)}\n`);
    };
  }
}

function line(level, values) {
  const timestamp = new Date().toISOString();
  if (!json) return `${timestamp}\t${requestId}\t${level}\t${format(...values)}`.replaceAll('\n', '\r');
  const [first] = values;
  const only = values.length === 1;
  if (only && first instanceof Error) {
    const { errorType, errorMessage, trace } = described(first);
    const message = { errorType, errorMessage, stackTrace: trace };
    return JSON.stringify({ timestamp, level, requestId, message });
  }
  const message = only && typeof first === 'object' ? first : format(...values);
  return JSON.stringify({ timestamp, level, requestId, message });
}

class RuntimeError extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

async function loadHandler() {
  const [, module, path] = /^(.*?)\.([^/]*)$/.exec(env._HANDLER) ?? [];
  if (module === undefined)
    throw new RuntimeError('Runtime.MalformedHandlerName', `Bad handler ${env._HANDLER}`);
  const base = resolve(env.LAMBDA_TASK_ROOT, module);
  const file = ['.mjs', '.js', '.cjs'].map((extension) => base + extension).find(existsSync);
  if (file === undefined) throw new RuntimeError('Runtime.ImportModuleError', `Cannot find module '${base}'`);
  const loaded = await import(pathToFileURL(file).href);
  const handler = path.split('.').reduce((value, key) => value?.[key], loaded);
  if (typeof handler !== 'function') {
    throw new RuntimeError('Runtime.HandlerNotFound', `${env._HANDLER} is undefined or not exported`);
  }
  if (handler.length > 2) {
    throw new RuntimeError('Runtime.CallbackHandlerDeprecated', 'callback handlers ended with Node.js 24');
  }
  return handler;
}

const SystemDate = Date;
let clockOffset = 0;
const now = () => SystemDate.now() + clockOffset;

/** Lets this process see the embedded AWS's time, which may have been skipped. */
function setClock(offset) {
  if (offset !== 0 && Date === SystemDate) {
    globalThis.Date = new Proxy(SystemDate, {
      construct: (target, values, made) =>
        Reflect.construct(target, values.length === 0 ? [now()] : values, made),
      apply: () => new SystemDate(now()).toString(),
      get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
    });
  }
  clockOffset = offset;
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: requestId,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

function dieOn(event, name) {
  process.on(event, (error) => {
    const failure = error instanceof Error ? error : new Error(String(error));
    if (event === 'unhandledRejection') failure.name = name;
    const path = requestId === undefined ? 'init/error' : `invocation/${requestId}/error`;
    reportError(path, failure, true).finally(() => process.exit(129));
  });
}

patchConsole();
dieOn('uncaughtException', 'Runtime.UncaughtException');
dieOn('unhandledRejection', 'Runtime.UnhandledPromiseRejection');
let handler;
try {
  handler = await loadHandler();
} catch (error) {
  await reportError('init/error', error);
  process.exit(1);
}
for (;;) {
  const { headers, body } = await call('GET', 'invocation/next');
  requestId = headers['lambda-runtime-aws-request-id'];
  setClock(Number(headers['x-clock-offset-ms'] ?? 0));
  const trace = headers['lambda-runtime-trace-id'];
  if (trace !== undefined) env._X_AMZN_TRACE_ID = trace;
  try {
    const result = await handler(JSON.parse(body), contextOf(headers));
    const answer = JSON.stringify(result === undefined ? null : result);
    endLogs();
    await call('POST', `invocation/${requestId}/response`, answer, { 'content-type': 'application/json' });
  } catch (error) {
    await reportError(`invocation/${requestId}/error`, error);
  }
}
