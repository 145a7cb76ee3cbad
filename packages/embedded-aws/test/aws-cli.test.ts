import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerlessAws, startServerlessAws } from '../src/platform.ts';
import { deployLocal } from '../src/stack.ts';
import { bundleHandlers, emptyAccount } from './bundle.ts';

function installed(): boolean {
  try {
    execFileSync('aws', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const template = `
Resources:
  Inbox: { Type: AWS::SQS::Queue, Properties: { QueueName: inbox } }
  Echo:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: echo, Handler: index.handler, Runtime: nodejs24.x, FunctionName: echo }
`;

// The AWS CLI is a Python program that a machine may not have; it takes a second or two to start.
describe.skipIf(!installed())('the AWS CLI', () => {
  let directory: string;
  let aws: ServerlessAws;
  beforeAll(async () => {
    directory = await bundleHandlers({ echo: 'export const handler = async (event) => ({ event });' });
    aws = await startServerlessAws({ account: emptyAccount });
    await deployLocal({ template, aws, directory });
  });
  afterAll(async () => {
    await aws.stop();
    rmSync(directory, { recursive: true });
  });

  async function run(...args: string[]) {
    // Version 1 of the CLI does not read AWS_ENDPOINT_URL for SQS.
    const global = ['--endpoint-url', aws.endpoint, '--output', 'json'];
    const { stdout } = await promisify(execFile)('aws', [...global, ...args], {
      env: { ...process.env, ...aws.env },
    });
    return JSON.parse(stdout);
  }

  it('speaks to Lambda, EventBridge, SQS and DynamoDB', async () => {
    const out = join(directory, 'out.json');
    const entries = JSON.stringify([{ Source: 'team', DetailType: 'note', Detail: '{}' }]);
    const [invoked, put, sent, tables] = await Promise.all([
      run('lambda', 'invoke', '--function-name', 'echo', '--payload', '{"a":1}', out),
      run('events', 'put-events', '--entries', entries),
      run('sqs', 'send-message', '--queue-url', `${aws.endpoint}/123456789012/inbox`, '--message-body', 'hi'),
      run('dynamodb', 'list-tables'),
    ]);
    expect(invoked).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual({ event: { a: 1 } });
    expect(put).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
    expect(sent).toMatchObject({ MD5OfMessageBody: '49f68a5c8493ec2c0bf489821c21fc3b' });
    expect(tables).toEqual({ TableNames: [] });
  });
});
