import { resolveTemplate, type TemplateOptions } from '../src/read-template.ts';

export const frame: TemplateOptions = {
  accountId: '123456789012',
  region: 'us-east-1',
  partition: 'aws',
  stackName: 'check',
};

/** The outputs of a template, resolved for that stack. */
export const outputs = (text: string, parameters: Record<string, string> = {}) =>
  resolveTemplate(text, { ...frame, parameters }).outputs;

/** A serverless application with one of each resource and event that this project may use. */
export const sam = `
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
