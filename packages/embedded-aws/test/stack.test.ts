import { rmSync } from 'node:fs';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateUserCommand, IAMClient, ListUsersCommand, TagUserCommand } from '@aws-sdk/client-iam';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ServerlessAws, startServerlessAws } from '../src/platform.ts';
import { deployLocal, type LocalStack } from '../src/stack.ts';
import { bundleHandlers, emptyAccount } from './bundle.ts';
import { sources, template } from './stack-of-changes.ts';

let directory: string;
let aws: ServerlessAws;
let stack: LocalStack;
let iam: IAMClient;

beforeAll(async () => {
  directory = await bundleHandlers(sources);
});
afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(async () => {
  aws = await startServerlessAws({ account: emptyAccount });
  stack = await deployLocal({ template, aws, directory, stackName: 'test' });
  iam = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.world.issue({ kind: 'root' }),
  });
});
afterEach(async () => {
  iam.destroy();
  stack.stop();
  await aws.stop();
});

const told = (): string[] =>
  aws
    .messages()
    .map(({ message }) => message)
    .sort();
const createUser = (UserName: string) => iam.send(new CreateUserCommand({ UserName }));

describe('a deployed stack', () => {
  it('carries a change from the API call to the e-mail', async () => {
    await createUser('ann');
    await iam.send(new ListUsersCommand({}));
    await stack.settle();
    expect(aws.messages()).toMatchObject([
      { message: 'ann', deliveries: [{ protocol: 'email', endpoint: 'team@example.com', text: 'ann' }] },
    ]);
    expect(stack.invocations('OnChange')).toHaveLength(1);
    const dynamo = new DynamoDBClient({
      endpoint: aws.endpoint,
      region: 'us-east-1',
      credentials: aws.world.issue({ kind: 'root' }),
    });
    const TableName = stack.template.tables[0]?.name;
    const { Item } = await dynamo.send(new GetItemCommand({ TableName, Key: { pk: { S: 'ann' } } }));
    dynamo.destroy();
    expect(Item).toEqual({ pk: { S: 'ann' }, by: { S: 'Root' } });
    expect(stack.problems()).toEqual([]);
  });

  it('hands over a burst in one batch', async () => {
    for (const name of ['a', 'b', 'c']) await createUser(name);
    await stack.settle();
    expect(stack.invocations('OnChange').map(({ event }) => JSON.parse(event).Records.length)).toEqual([3]);
    expect(told()).toEqual(['a', 'b', 'c']);
  });

  it('sends what a function does not take to the dead-letter queue, and only that', async () => {
    await createUser('poison');
    await createUser('ann');
    await stack.settle();
    expect(told()).toEqual(['ann']);
    expect(
      stack
        .queue('ChangesLost')
        .bodies()
        .map((body) => JSON.parse(body).detail.requestParameters),
    ).toEqual([{ userName: 'poison' }]);
    expect(stack.invocations('OnChange').map(({ event }) => JSON.parse(event).Records.length)).toEqual([
      2, 1, 1,
    ]);
  });

  it('gives a batch back when the function throws', async () => {
    await createUser('shy');
    await stack.settle();
    expect(stack.invocations('Tell').map(({ functionError }) => functionError)).toEqual([
      'Unhandled',
      undefined,
    ]);
    expect(told()).toEqual(['shy']);
  });

  it('delivers an event twice, late, or never where the switches say so', async () => {
    aws.platform.cloudTrail.switches.duplicateEvery = 2;
    aws.platform.cloudTrail.switches.loseEvery = 3;
    aws.platform.cloudTrail.switches.reorder = true;
    for (const name of ['one', 'two', 'three', 'four']) await createUser(name);
    await stack.settle();
    expect(told()).toEqual(['four', 'four', 'one', 'two', 'two']);
    const events = stack
      .invocations('OnChange')
      .flatMap(({ event }) =>
        JSON.parse(event).Records.map((record: { body: string }) => JSON.parse(record.body)),
      );
    expect(new Set(events.map((event) => event.detail.eventID)).size).toBe(3);
    expect(new Set(events.map((event) => event.id)).size).toBe(5);
  });

  it('hears nothing without a trail', async () => {
    aws.platform.cloudTrail.switches.logging = false;
    await createUser('ann');
    await stack.settle();
    expect(stack.invocations()).toEqual([]);
  });

  it('ignores calls that were denied', async () => {
    const credentials = aws.credentialsFor({ policies: ['{"Version":"2012-10-17","Statement":[]}'] });
    const nobody = new IAMClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials });
    await expect(nobody.send(new TagUserCommand({ UserName: 'ann', Tags: [] }))).rejects.toThrow(
      'not authorized',
    );
    nobody.destroy();
    await stack.settle();
    expect(stack.invocations()).toEqual([]);
  });

  it("holds functions to their roles' permissions; a failed asynchronous event goes to its destination", async () => {
    stack.tick('SweepDaily');
    await stack.settle();
    expect(stack.invocations('Sweep')).toHaveLength(2);
    const [record] = stack
      .queue('Fails')
      .bodies()
      .map((body) => JSON.parse(body));
    expect(record).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 2 },
      requestPayload: { at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
      responsePayload: { errorMessage: expect.stringContaining('is not authorized to perform: sns:Publish') },
    });
    expect(aws.messages()).toEqual([]);
  });

  it('runs a function for an event of its own', async () => {
    aws.platform.bus.put({ source: 'team', detailType: 'note', detail: { text: 'hello' } });
    await stack.settle();
    expect(stack.invocations('Sweep').map(({ event }) => JSON.parse(event).detail)).toEqual([
      { text: 'hello' },
      { text: 'hello' },
    ]);
  });

  it('invokes a function by hand', async () => {
    const result = await stack.invoke('Tell', { Records: [{ body: 'by hand', attributes: {} }] });
    expect(result.functionError).toBeUndefined();
    expect(told()).toEqual(['by hand']);
  });
});

describe('a template that AWS would not deploy', () => {
  const deploy = (text: string) => deployLocal({ template: text, aws, directory, stackName: 'second' });
  const withRole = (policies: string, service = 'lambda.amazonaws.com', visibility = 120) => `
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: ${visibility} } }
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: Allow, Principal: { Service: ${service} }, Action: sts:AssumeRole }] }
      Policies: [${policies}]
  F:
    Type: AWS::Serverless::Function
    Properties:
      { CodeUri: tell, Handler: index.handler, Runtime: nodejs24.x, Role: !GetAtt Role.Arn, Timeout: 60, Events: { Q: { Type: SQS, Properties: { Queue: !GetAtt Queue.Arn } } } }`;
  const mayRead =
    "{ PolicyName: p, PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: Allow, Action: 'sqs:*', Resource: !GetAtt Queue.Arn }] } }";

  it.each([
    ['whose function may not read its queue', withRole(''), 'not authorized to perform: sqs:ReceiveMessage'],
    [
      'whose role trusts another service',
      withRole(mayRead, 'ec2.amazonaws.com'),
      'cannot be assumed by lambda.amazonaws.com',
    ],
    [
      'whose queue shows messages again too soon',
      withRole(mayRead, 'lambda.amazonaws.com', 30),
      'is shorter than',
    ],
    [
      'whose bundle was not built',
      withRole(mayRead).replace('CodeUri: tell', 'CodeUri: missing'),
      'build it first',
    ],
  ])('is refused: one %s', async (_, text, message) => {
    await expect(deploy(text)).rejects.toThrow(message);
  });

  it('is accepted when all is well; a message that comes back for ever is an error', async () => {
    const other = await deploy(withRole(mayRead, 'lambda.amazonaws.com', 43_200));
    other.queue('Queue').send({ body: 'nowhere to publish', senderId: 'test' });
    await expect(other.settle()).rejects.toThrow('the stack does not settle');
    expect(other.invocations('F').map(({ functionError }) => functionError)).toContain('Unhandled');
    other.stop();
  });
});
