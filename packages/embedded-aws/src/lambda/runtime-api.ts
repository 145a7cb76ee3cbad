import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Lambda's limit for the answer of a synchronous invocation, in bytes. */
const maxResponseBytes = 6 * 1024 * 1024 + 100;

/** One invocation handed to the runtime. */
export interface RuntimeInvocation {
  readonly requestId: string;
  readonly event: string;
  readonly deadline: number;
  readonly functionArn: string;
  readonly traceId: string;
  /** What the function's clock is ahead of the system's, in milliseconds. */
  readonly clockOffset: number;
}

/** What the runtime says. */
export interface RuntimeListener {
  /** The runtime has loaded the handler, or finished an invocation, and asks for the next one. */
  ready(): void;
  answered(requestId: string, payload: string): void;
  /** `exiting`: the process ends after it. */
  failed(requestId: string, payload: string, exiting: boolean): void;
  failedToStart(payload: string): void;
}

/**
 * The Runtime API of one execution environment, on a loopback port of its own.
 * Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".
 */
export class RuntimeApi {
  readonly #server: Server;
  readonly #listener: RuntimeListener;
  #waiting: ServerResponse | undefined;

  constructor(listener: RuntimeListener) {
    this.#listener = listener;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    // A handler that computes for long does not see that its connection was closed, and answers into nothing.
    this.#server.keepAliveTimeout = 0;
  }

  /** Starts listening; answers `127.0.0.1:port`. */
  async start(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the Runtime API has no port');
    return `127.0.0.1:${address.port}`;
  }

  /** Hands an invocation to the runtime, which must be waiting for one. */
  hand(invocation: RuntimeInvocation): void {
    const response = this.#waiting;
    if (response === undefined) throw new Error('the runtime is not waiting for an invocation');
    this.#waiting = undefined;
    response.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': invocation.requestId,
      'lambda-runtime-deadline-ms': String(invocation.deadline),
      'lambda-runtime-invoked-function-arn': invocation.functionArn,
      'lambda-runtime-trace-id': invocation.traceId,
      'x-clock-offset-ms': String(invocation.clockOffset),
    });
    response.end(invocation.event);
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace('/2018-06-01/runtime/', '');
    if (request.method === 'GET' && path === 'invocation/next') {
      this.#waiting = response;
      this.#listener.ready();
      return;
    }
    const body = await text(request);
    const [, requestId, kind] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    if (path === 'init/error') this.#listener.failedToStart(body);
    else if (requestId !== undefined && kind === 'error')
      this.#listener.failed(requestId, body, request.headers['x-runtime-exiting'] === 'true');
    else if (requestId !== undefined && Buffer.byteLength(body) > maxResponseBytes) {
      const errorMessage = `Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes).`;
      const errorType = 'Function.ResponseSizeTooLarge';
      this.#listener.failed(requestId, JSON.stringify({ errorType, errorMessage }), false);
    } else if (requestId !== undefined) this.#listener.answered(requestId, body);
    else {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
  }
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
