import { describe, expect, it } from 'vitest';
import { resolveTemplate } from '../src/read-template.ts';
import { frame, sam } from './fixtures.ts';

describe('a serverless application', () => {
  const resolved = resolveTemplate(sam, frame);

  it('gives a function its settings, Globals merged in', () => {
    expect(resolved.functions).toMatchObject([
      {
        logicalId: 'Worker',
        timeoutSeconds: 30,
        memoryMb: 128,
        tracing: true,
        environment: { A: 'x', B: expect.stringMatching(/^arn:aws:sns:us-east-1:123456789012:check-Topic-/) },
        asynchronous: { maximumRetryAttempts: 1, onFailure: resolved.topics[0]?.arn },
      },
    ]);
    const role = resolved.roles.find((one) => one.logicalId === 'WorkerRole');
    expect(resolved.functions[0]?.environment.SELF).toBe(role?.arn);
    expect(resolved.functions[0]?.roleArn).toBe(role?.arn);
  });

  it('gives a function the permissions that SAM gives it', () => {
    const role = resolved.roles.find((one) => one.logicalId === 'WorkerRole');
    expect(role?.managedPolicyArns).toEqual([
      'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
      'arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess',
      'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess',
      'arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole',
    ]);
    expect(Object.keys(role?.policies ?? {})).toEqual([
      'DeadLetterQueuePolicy',
      'WorkerEventInvokeConfigOnFailureSNSPolicy',
      'WorkerRolePolicy0',
      'WorkerRolePolicy1',
      'WorkerRolePolicy2',
    ]);
  });

  it('reads queues, mapping, rules, schedule, topic and table', () => {
    const [dead, jobs] = resolved.queues;
    expect(jobs?.attributes).toMatchObject({
      VisibilityTimeout: '180',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead?.arn, maxReceiveCount: 5 }),
      Policy: expect.stringContaining('events.amazonaws.com'),
    });
    expect(resolved.eventSources).toMatchObject([
      {
        queueArn: jobs?.arn,
        batchSize: 100,
        windowSeconds: 30,
        maximumConcurrency: 2,
        reportsBatchItemFailures: true,
      },
    ]);
    expect(resolved.rules).toMatchObject([
      { logicalId: 'Changes', state: 'ENABLED', targets: [{ id: 'queue', arn: jobs?.arn }] },
      { logicalId: 'WorkerRule', targets: [{ arn: resolved.functions[0]?.arn }] },
    ]);
    expect(resolved.schedules).toMatchObject([
      { logicalId: 'WorkerDaily', expression: 'rate(1 day)', input: '{"a":1}' },
    ]);
    expect(resolved.topics[0]?.subscriptions).toEqual([
      { protocol: 'email', endpoint: 'team@example.com', attributes: {} },
    ]);
    expect(resolved.tables).toMatchObject([
      { timeToLiveAttribute: 'expires', createTable: { BillingMode: 'PAY_PER_REQUEST' } },
    ]);
  });

  it.each([
    ['Runtime: nodejs24.x, Colour: red', 'Resources.F.Properties.Colour: is not supported here'],
    ['Policies: [{ VPCAccessPolicy: {} }]', 'the SAM policy template VPCAccessPolicy is not supported here'],
    ['Events: { E: { Type: Kinesis } }', 'an event of type Kinesis is not supported here'],
    ['Runtime: nodejs24.x, Timeout: soon', 'Resources.F.Properties'],
  ])('refuses a function with %s, and says where', (properties, message) => {
    const text = `
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: dist/f, Handler: index.handler, ${properties} }`;
    expect(() => resolveTemplate(text, frame)).toThrow(message);
  });

  it('refuses a property of a queue that is not known, with its line', () => {
    const text = 'Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: { Visibility: 3 }';
    expect(() => resolveTemplate(text, frame)).toThrow(
      /template line 2: Resources\.Q\.Properties.*\n?.*Visibility/,
    );
  });

  it('passes on what has no effect here', () => {
    const text =
      'Resources: { W: { Type: AWS::Athena::WorkGroup, Properties: { Name: !Ref AWS::StackName } } }';
    expect(resolveTemplate(text, frame).inert).toEqual([{ logicalId: 'W', type: 'AWS::Athena::WorkGroup' }]);
  });

  it.each([
    ['', undefined],
    [', Roles: [somebody]', 'AWS::IAM::ManagedPolicy is not supported here'],
  ])('takes a managed policy that is attached to nobody, and no other (%s)', (holders, refused) => {
    const text = `Resources: { P: { Type: AWS::IAM::ManagedPolicy, Properties: { PolicyDocument: {}${holders} } } }`;
    const resolve = () => resolveTemplate(text, frame);
    if (refused === undefined) expect(resolve().inert).toHaveLength(1);
    else expect(resolve).toThrow(refused);
  });

  it('drops a resource whose condition does not hold, with what was generated for it', () => {
    const text = `
Conditions: { Never: !Equals [a, b] }
Resources:
  F: { Type: AWS::Serverless::Function, Condition: Never, Properties: { CodeUri: d, Handler: index.handler, Runtime: nodejs24.x } }`;
    expect(resolveTemplate(text, frame).resources.size).toBe(0);
  });
});
