import { AwsError, type LocalRequest, type LocalResponse, type LocalService } from '../types.ts';
import type { AsynchronousInvoker } from './asynchronous.ts';
import type { Lambda } from './lambda.ts';

const invocations = /^\/2015-03-31\/functions\/([^/?]+)\/invocations/;

/** The largest event: synchronous, asynchronous; Lambda Developer Guide, "Lambda quotas". */
const maxEventBytes = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024, DryRun: 6 * 1024 * 1024 };

/** AWS Lambda as the SDK and the CLI speak it (REST JSON): Invoke and ListFunctions. */
export class LambdaService implements LocalService {
  readonly signingNames = ['lambda'];
  readonly protocol = 'json';
  readonly #lambda: Lambda;
  readonly #asynchronous: AsynchronousInvoker;

  constructor(lambda: Lambda, asynchronous: AsynchronousInvoker) {
    this.#lambda = lambda;
    this.#asynchronous = asynchronous;
  }

  async handle(request: LocalRequest): Promise<LocalResponse> {
    const name = invocations.exec(request.path)?.[1];
    if (request.method === 'POST' && name !== undefined)
      return this.#invoke(request, decodeURIComponent(name));
    if (request.method === 'GET' && /^\/2015-03-31\/functions\/?(\?|$)/.test(request.path)) {
      request.authorize('lambda:ListFunctions', '*');
      return json(200, {
        Functions: this.#lambda.specs().map((spec) => ({
          FunctionName: spec.name,
          FunctionArn: spec.arn,
          Runtime: spec.runtime,
          Handler: spec.handler,
          Role: spec.roleArn,
          Timeout: spec.timeoutSeconds,
          MemorySize: spec.memoryMb,
        })),
      });
    }
    throw new AwsError(
      'UnknownOperationException',
      `the embedded AWS has no ${request.method} ${request.path}`,
      404,
    );
  }

  async stop(): Promise<void> {
    this.#lambda.stop();
  }

  async #invoke(request: LocalRequest, name: string): Promise<LocalResponse> {
    const spec = this.#lambda.spec(name);
    request.authorize('lambda:InvokeFunction', spec.arn);
    const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
    if (type !== 'RequestResponse' && type !== 'Event' && type !== 'DryRun') {
      throw new AwsError('InvalidParameterValueException', `Unknown invocation type ${type}`);
    }
    if (request.body.length > maxEventBytes[type]) {
      throw new AwsError(
        'RequestTooLargeException',
        `Request must be smaller than ${maxEventBytes[type]} bytes for the InvokeFunction operation`,
        413,
      );
    }
    const event = request.body.length === 0 ? '{}' : request.body.toString('utf8');
    if (type === 'DryRun') return { status: 204, body: '' };
    if (type === 'Event') {
      this.#asynchronous.invoke(spec.name, event, 'lambda:Invoke');
      return { status: 202, body: '' };
    }
    const result = await this.#lambda.invoke(spec.name, event, 'lambda:Invoke', request.requestId);
    const tail = Buffer.from(result.logs.join('\n')).subarray(-4096).toString('base64');
    return {
      status: 200,
      headers: {
        'content-type': 'application/json',
        'x-amz-executed-version': '$LATEST',
        ...(result.functionError !== undefined && { 'x-amz-function-error': result.functionError }),
        ...(request.headers['x-amz-log-type'] === 'Tail' && { 'x-amz-log-result': tail }),
      },
      body: result.payload,
    };
  }
}

function json(status: number, body: unknown): LocalResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
