/** Changes of users → queue → `on-change` remembers them in a table and passes them on → `tell` publishes. */
export const template = `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: { Runtime: nodejs24.x, Handler: index.handler, Timeout: 20, MemorySize: 256, LoggingConfig: { LogFormat: JSON } }
Resources:
  Key: { Type: AWS::KMS::Key, Properties: { KeyPolicy: {} } }
  Topic: { Type: AWS::SNS::Topic, Properties: { KmsMasterKeyId: !Ref Key, Subscription: [{ Protocol: email, Endpoint: team@example.com }] } }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
  Changes:
    Type: AWS::SQS::Queue
    Properties: { DelaySeconds: 30, VisibilityTimeout: 180, RedrivePolicy: { deadLetterTargetArn: !GetAtt ChangesLost.Arn, maxReceiveCount: 3 } }
  ChangesLost: { Type: AWS::SQS::Queue }
  ChangesPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Changes]
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - { Effect: Allow, Principal: { Service: events.amazonaws.com }, Action: sqs:SendMessage, Resource: !GetAtt Changes.Arn, Condition: { ArnEquals: { aws:SourceArn: !GetAtt Rule.Arn } } }
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: { source: [aws.iam], detail: { errorCode: [{ exists: false }], eventName: [CreateUser, TagUser] } }
      Targets: [{ Id: changes, Arn: !GetAtt Changes.Arn }]
  Checks: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 120 } }
  OnChange:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: on-change
      Environment: { Variables: { TABLE: !Ref Table, CHECKS: !Ref Checks } }
      Policies:
        - DynamoDBWritePolicy: { TableName: !Ref Table }
        - SQSSendMessagePolicy: { QueueName: !GetAtt Checks.QueueName }
      Events:
        Changes:
          Type: SQS
          Properties: { Queue: !GetAtt Changes.Arn, BatchSize: 100, MaximumBatchingWindowInSeconds: 30, FunctionResponseTypes: [ReportBatchItemFailures] }
  Tell:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: tell
      Environment: { Variables: { TOPIC: !Ref Topic } }
      Policies:
        - Version: '2012-10-17'
          Statement:
            - { Effect: Allow, Action: sns:Publish, Resource: !Ref Topic }
            - { Effect: Allow, Action: [kms:GenerateDataKey, kms:Decrypt], Resource: !GetAtt Key.Arn }
      Events: { Checks: { Type: SQS, Properties: { Queue: !GetAtt Checks.Arn, BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } } } }
  Fails: { Type: AWS::SQS::Queue }
  Sweep:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: sweep
      Environment: { Variables: { TOPIC: !Ref Topic } }
      EventInvokeConfig: { MaximumRetryAttempts: 1, DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Fails.Arn } } }
      Events:
        Daily: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 day), Input: '{"at":"<aws.scheduler.scheduled-time>"}' } }
        Own: { Type: EventBridgeRule, Properties: { Pattern: { source: [team] } } }
`;

/** The handlers of that stack, by the name of their folder. */
export const sources = {
  'on-change': `
    import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
    import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
    const dynamo = new DynamoDBClient({});
    const sqs = new SQSClient({});
    export const handler = async ({ Records }) => {
      const batchItemFailures = [];
      for (const { messageId, body } of Records) {
        try {
          const { detail } = JSON.parse(body);
          const pk = detail.requestParameters.userName;
          if (pk === 'poison') throw new Error('cannot read this');
          await dynamo.send(new PutItemCommand({ TableName: process.env.TABLE, Item: { pk: { S: pk }, by: { S: detail.userIdentity.type } } }));
          await sqs.send(new SendMessageCommand({ QueueUrl: process.env.CHECKS, MessageBody: pk }));
        } catch (error) {
          console.error(error);
          batchItemFailures.push({ itemIdentifier: messageId });
        }
      }
      return { batchItemFailures };
    };`,
  tell: `
    import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
    const sns = new SNSClient({});
    export const handler = async ({ Records: [{ body, attributes }] }) => {
      if (body === 'shy' && attributes.ApproximateReceiveCount === '1') throw new Error('not yet');
      await sns.send(new PublishCommand({ TopicArn: process.env.TOPIC, Message: body }));
    };`,
  sweep: `
    import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
    const sns = new SNSClient({ maxAttempts: 1 });
    export const handler = async (event) => {
      await sns.send(new PublishCommand({ TopicArn: process.env.TOPIC, Message: JSON.stringify(event) }));
    };`,
};
