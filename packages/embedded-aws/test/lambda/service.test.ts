import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LambdaService } from '../../src/lambda/service.ts';
import { type ServerlessAws, startServerlessAws } from '../../src/platform.ts';
import { deployLocal, type LocalStack } from '../../src/stack.ts';
import { bundleHandlers, emptyAccount } from '../bundle.ts';
import { call } from '../request.ts';

const template = `
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: echo, Handler: index.handler, Runtime: nodejs24.x, FunctionName: echo }
`;
let directory: string;
let aws: ServerlessAws;
let stack: LocalStack;
let service: LambdaService;

beforeAll(async () => {
  directory = await bundleHandlers({
    echo: 'export const handler = async (event) => { console.log("hi"); if (event.fail) throw new Error("no"); return { event }; };',
  });
  aws = await startServerlessAws({ account: emptyAccount });
  stack = await deployLocal({ template, aws, directory });
  service = new LambdaService(aws.platform.lambda, aws.platform.asynchronous);
});
afterAll(async () => {
  await aws.stop();
  rmSync(directory, { recursive: true });
});

const invoke = (json: unknown, headers = {}, allowed?: string[]) =>
  call(service, {
    path: '/2015-03-31/functions/echo/invocations',
    headers,
    json,
    ...(allowed !== undefined && { allowed }),
  });

describe('Invoke', () => {
  it('waits for the answer and gives the end of the log', async () => {
    const answer = await invoke({ a: 1 }, { 'x-amz-log-type': 'Tail' });
    expect(answer).toMatchObject({ status: 200, json: { event: { a: 1 } } });
    expect(answer.headers?.['x-amz-function-error']).toBeUndefined();
    expect(Buffer.from(answer.headers?.['x-amz-log-result'] ?? '', 'base64').toString()).toContain('hi');
  });

  it('says that the function failed', async () => {
    const answer = await invoke({ fail: true });
    expect(answer).toMatchObject({ status: 200, json: { errorType: 'Error', errorMessage: 'no' } });
    expect(answer.headers?.['x-amz-function-error']).toBe('Unhandled');
  });

  it('only tries with DryRun, and does not wait with Event', async () => {
    const before = stack.invocations().length;
    expect((await invoke({}, { 'x-amz-invocation-type': 'DryRun' })).status).toBe(204);
    expect((await invoke({}, { 'x-amz-invocation-type': 'Event' })).status).toBe(202);
    await stack.settle();
    expect(stack.invocations()).toHaveLength(before + 1);
  });

  it('is asked for by function', async () => {
    await expect(invoke({}, {}, ['lambda:InvokeFunction arn:other'])).rejects.toThrow(
      'lambda:InvokeFunction on arn:aws:lambda:us-east-1:123456789012:function:echo',
    );
  });

  it.each([
    [
      'of a function that there is not',
      { path: '/2015-03-31/functions/none/invocations' },
      'ResourceNotFoundException',
    ],
    ['of another type', { headers: { 'x-amz-invocation-type': 'Later' } }, 'InvalidParameterValueException'],
    ['with an event that is not JSON', { body: Buffer.from('{') }, 'InvalidRequestContentException'],
    ['with an event that is too large', { json: 'x'.repeat(7 * 1024 * 1024) }, 'RequestTooLargeException'],
    ['by another method', { method: 'DELETE' }, 'UnknownOperationException'],
  ])('is refused %s', async (_, request, code) => {
    const attempt = call(service, { path: '/2015-03-31/functions/echo/invocations', ...request });
    await expect(attempt).rejects.toMatchObject({ code });
  });
});

it('lists functions', async () => {
  const answer = await call(service, { method: 'GET', path: '/2015-03-31/functions/' });
  expect(answer.json).toMatchObject({ Functions: [{ FunctionName: 'echo', Runtime: 'nodejs24.x' }] });
});
