import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expandServerless } from '#local/template/sam.ts';
import { parseTemplate } from '#local/template/yaml.ts';
import { resolveTemplate, type TemplateOptions } from '#local/template.ts';

const frame: TemplateOptions = {
  accountId: '123456789012',
  region: 'us-east-1',
  partition: 'aws',
  stackName: 'check',
};

const outputs = (text: string, parameters: Record<string, string> = {}) =>
  resolveTemplate(text, { ...frame, parameters }).outputs;

/** A template whose one output is an expression. */
const evaluate = (expression: string) =>
  outputs(`
Parameters: { Name: { Type: String, Default: visitors }, List: { Type: CommaDelimitedList, Default: 'a, b' } }
Mappings: { Sizes: { small: { Memory: 128 } } }
Conditions:
  Yes: !Equals [!Ref Name, visitors]
  No: !Not [!Condition Yes]
  Both: !And [!Condition Yes, !Condition No]
  Either: !Or [!Condition Yes, !Condition No]
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: jobs } }
Outputs: { Value: { Value: ${expression} } }
`).Value;

describe('intrinsic functions', () => {
  it.each([
    ['!Ref Name', 'visitors'],
    ['{ Ref: Name }', 'visitors'],
    ['!Ref AWS::Region', 'us-east-1'],
    ['!Ref List', ['a', 'b']],
    ['!Ref Queue', 'https://sqs.us-east-1.amazonaws.com/123456789012/jobs'],
    ['!GetAtt Queue.Arn', 'arn:aws:sqs:us-east-1:123456789012:jobs'],
    ["{ 'Fn::GetAtt': [Queue, QueueName] }", 'jobs'],
    [
      "!Sub '${AWS::Partition}/${Name}/${Queue.Arn}/${!literal}'",
      'aws/visitors/arn:aws:sqs:us-east-1:123456789012:jobs/${literal}',
    ],
    ["!Sub ['${a}-${Name}', { a: !Ref AWS::AccountId }]", '123456789012-visitors'],
    ["!Join ['-', [a, !Ref Name]]", 'a-visitors'],
    ['!Select [1, !Ref List]', 'b'],
    ["!Split ['|', 'a|b']", ['a', 'b']],
    ['!FindInMap [Sizes, small, Memory]', 128],
    ['!If [Yes, 1, 2]', 1],
    ['!If [Both, 1, 2]', 2],
    ['!If [Either, 1, 2]', 1],
    ['[a, !If [No, b, !Ref AWS::NoValue]]', ['a']],
    ['{ a: 1, b: !If [No, b, !Ref AWS::NoValue] }', { a: 1 }],
    ['!Base64 abc', 'YWJj'],
    ['012345678901', '012345678901'],
  ])('works out %s', (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  it.each([
    ['!Ref Nobody', 'Outputs.Value.Value: there is no parameter or resource Nobody'],
    ['!ImportValue x', 'Fn::ImportValue is not supported here'],
    ['!Unheard of', '!Unheard is not an intrinsic function'],
    ['!GetAtt Queue.Colour', 'GetAtt Colour of a AWS::SQS::Queue is not supported here'],
    ['!If [Maybe, 1, 2]', 'there is no condition Maybe'],
    ['!FindInMap [Sizes, large, Memory]', 'Mappings.Sizes has no large.Memory'],
  ])('refuses %s', (expression, message) => {
    expect(() => evaluate(expression)).toThrow(message);
  });
});

describe('parameters and rules', () => {
  const template = `
Parameters:
  Days: { Type: Number, MinValue: 1, MaxValue: 30, Default: 7 }
  Level: { Type: String, AllowedValues: [INFO, WARN], Default: INFO }
  Email: { Type: String, AllowedPattern: '[^@]+@[^@]+', ConstraintDescription: one address }
Rules:
  OneRegion:
    RuleCondition: !Equals [!Ref Level, WARN]
    Assertions:
      - Assert: !Contains [[eu-west-1], !Ref AWS::Region]
        AssertDescription: Deploy to eu-west-1.
Resources: {}
Outputs: { Days: { Value: !Ref Days } }
`;
  it('takes defaults and given values', () => {
    expect(outputs(template, { Email: 'a@b' })).toEqual({ Days: '7' });
    expect(outputs(template, { Email: 'a@b', Days: '30' })).toEqual({ Days: '30' });
  });

  it.each([
    [{}, 'Parameters.Email: needs a value'],
    [{ Email: 'nobody' }, '"nobody" does not match [^@]+@[^@]+ (one address)'],
    [{ Email: 'a@b', Days: '31' }, '"31" is more than 30'],
    [{ Email: 'a@b', Days: 'x' }, '"x" is not a number'],
    [{ Email: 'a@b', Level: 'DEBUG' }, '"DEBUG" is none of INFO, WARN'],
    [{ Email: 'a@b', Other: '1' }, 'Parameters.Other: the template has no such parameter'],
    [{ Email: 'a@b', Level: 'WARN' }, 'Rules.OneRegion: Deploy to eu-west-1.'],
  ])('refuses %j', (parameters, message) => {
    expect(() => outputs(template, parameters)).toThrow(message);
  });
});

const sam = `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: { Runtime: nodejs24.x, Handler: index.handler, Tracing: Active, Timeout: 30, Environment: { Variables: { A: x } } }
Resources:
  Dead: { Type: AWS::SQS::Queue }
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 180
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5 }
  JobsPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: Allow, Principal: { Service: events.amazonaws.com }, Action: sqs:SendMessage, Resource: !GetAtt Jobs.Arn }] }
  Topic: { Type: AWS::SNS::Topic }
  Mail: { Type: AWS::SNS::Subscription, Properties: { TopicArn: !Ref Topic, Protocol: email, Endpoint: team@example.com } }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
      TimeToLiveSpecification: { AttributeName: expires, Enabled: true }
  Changes:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: { source: [aws.iam] }
      Targets: [{ Id: queue, Arn: !GetAtt Jobs.Arn }]
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: s3://bucket/worker.zip
      Policies:
        - Statement: [{ Effect: Allow, Action: 'iam:Get*', Resource: '*' }]
        - SQSSendMessagePolicy: { QueueName: !GetAtt Dead.QueueName }
        - DynamoDBCrudPolicy: { TableName: !Ref Table }
        - AmazonRekognitionReadOnlyAccess
      Environment: { Variables: { B: !Ref Topic, SELF: !GetAtt WorkerRole.Arn } }
      DeadLetterQueue: { Type: SQS, TargetArn: !GetAtt Dead.Arn }
      EventInvokeConfig: { MaximumRetryAttempts: 1, DestinationConfig: { OnFailure: { Type: SNS, Destination: !Ref Topic } } }
      Events:
        In:
          Type: SQS
          Properties: { Queue: !GetAtt Jobs.Arn, BatchSize: 100, MaximumBatchingWindowInSeconds: 30, ScalingConfig: { MaximumConcurrency: 2 }, FunctionResponseTypes: [ReportBatchItemFailures] }
        Daily:
          Type: ScheduleV2
          Properties: { ScheduleExpression: rate(1 day), OmitName: true, Input: '{"a":1}', RetryPolicy: { MaximumRetryAttempts: 2 }, DeadLetterConfig: { Type: SQS } }
        Rule:
          Type: EventBridgeRule
          Properties: { Pattern: { source: [a] }, DeadLetterConfig: { Type: SQS } }
`;

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
    expect(resolved.topics[0]?.subscriptions).toEqual([{ protocol: 'email', endpoint: 'team@example.com' }]);
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

  it('drops a resource whose condition does not hold, with what was generated for it', () => {
    const text = `
Conditions: { Never: !Equals [a, b] }
Resources:
  F: { Type: AWS::Serverless::Function, Condition: Never, Properties: { CodeUri: d, Handler: index.handler, Runtime: nodejs24.x } }`;
    expect(resolveTemplate(text, frame).resources.size).toBe(0);
  });
});

const translator = `
import json, os, sys
os.environ['AWS_DEFAULT_REGION'] = 'us-east-1'
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse
class Loader:
    def load(self):
        return {n: 'arn:aws:iam::aws:policy/' + n for n in ['AmazonRekognitionReadOnlyAccess']}
print(json.dumps(transform(yaml_parse(sys.stdin.read()), {}, Loader())))
`;

function translate(text: string): string | undefined {
  try {
    return execFileSync('python3', ['-c', translator], {
      input: text,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}
const translated = translate(sam);

// AWS's own translator is a Python package that a machine may not have.
describe.skipIf(translated === undefined)("held against AWS's SAM translator", () => {
  it('generates the same resources', () => {
    const theirs = parseTemplate(translated ?? '').value.Resources;
    const scope = {
      ref: () => '',
      getAtt: () => '',
      condition: () => true,
      findInMap: () => '',
    };
    const ours = Object.fromEntries(expandServerless(parseTemplate(sam).value, scope));
    expect(normalized(ours)).toEqual(normalized(theirs));
  });
});

/** What differs in form only: tags, the code's place, ARNs that one side writes with Fn::Sub, variables' names. */
function normalized(value: unknown): unknown {
  const text = JSON.stringify(value, (key, item) => {
    if (key === 'Tags') return undefined;
    if (key === 'Code') return 'code';
    if (key === 'Resource' && Array.isArray(item) && item.length === 1) return item[0];
    return item;
  });
  return JSON.parse(
    text
      .replace(/\{"Fn::Sub":"arn:\$\{AWS::Partition\}:iam([^"]*)"\}/g, '"arn:aws:iam$1"')
      .replace(/"(queueName|tableName)":/g, '"value":')
      .replace(/\$\{(queueName|tableName)\}/g, '${value}'),
  );
}

it('resolves the stack of this project', () => {
  const resolved = resolveTemplate(readFileSync('template.yaml', 'utf8'), frame);
  expect(resolved.functions.map((one) => one.logicalId)).toContain('CheckNowFunction');
  for (const one of resolved.functions) {
    expect(resolved.roles.map((role) => role.arn)).toContain(one.roleArn);
  }
});
