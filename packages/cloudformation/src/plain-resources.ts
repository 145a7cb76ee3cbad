import { z } from 'zod';
import { optional } from './function-resources.ts';
import { attributesOf, document, flag, ignored, readProperties, text } from './properties.ts';
import type { ResolvedQueue, ResolvedResource, ResolvedRole, ResolvedTable, ResolvedTopic } from './types.ts';
import { TemplateError } from './yaml.ts';

const ofType = (resources: readonly ResolvedResource[], type: string): ResolvedResource[] =>
  resources.filter((resource) => resource.type === type);

const queueSchema = z.strictObject({
  QueueName: ignored,
  Tags: ignored,
  DelaySeconds: text.optional(),
  MaximumMessageSize: text.optional(),
  MessageRetentionPeriod: text.optional(),
  ReceiveMessageWaitTimeSeconds: text.optional(),
  VisibilityTimeout: text.optional(),
  SqsManagedSseEnabled: text.optional(),
  KmsMasterKeyId: text.optional(),
  KmsDataKeyReusePeriodSeconds: text.optional(),
  RedrivePolicy: document.optional(),
  RedriveAllowPolicy: document.optional(),
});
const queuePolicySchema = z.strictObject({ Queues: z.array(z.string()), PolicyDocument: document });

/** Reads the queues, each with its policy. */
export function readQueues(resources: readonly ResolvedResource[]): ResolvedQueue[] {
  const policies = ofType(resources, 'AWS::SQS::QueuePolicy').map((resource) => ({
    ...readProperties(queuePolicySchema, resource),
    logicalId: resource.logicalId,
  }));
  return ofType(resources, 'AWS::SQS::Queue').map((resource) => {
    const { QueueName, Tags, ...properties } = readProperties(queueSchema, resource);
    const own = policies.filter((policy) => policy.Queues.includes(resource.ref));
    if (own.length > 1) {
      const names = own.map((policy) => policy.logicalId).join(' and ');
      throw new TemplateError(
        `Resources.${resource.logicalId}`,
        `${names} replace each other: a queue has one policy`,
      );
    }
    return {
      logicalId: resource.logicalId,
      name: resource.name,
      arn: resource.attributes.Arn ?? '',
      attributes: { ...attributesOf(properties), ...attributesOf({ Policy: own[0]?.PolicyDocument }) },
    };
  });
}

const subscription = { Protocol: z.string(), Endpoint: z.string() };
const topicSchema = z.strictObject({
  TopicName: ignored,
  Tags: ignored,
  Subscription: z.array(z.strictObject(subscription)).default([]),
  DisplayName: text.optional(),
  KmsMasterKeyId: text.optional(),
  SignatureVersion: text.optional(),
  TracingConfig: text.optional(),
});
const topicPolicySchema = z.strictObject({ Topics: z.array(z.string()), PolicyDocument: document });
const subscriptionSchema = z.strictObject({
  ...subscription,
  TopicArn: z.string(),
  FilterPolicy: document.optional(),
  FilterPolicyScope: z.string().optional(),
  RawMessageDelivery: text.optional(),
});

/** Reads the topics, each with its policy and subscriptions. */
export function readTopics(resources: readonly ResolvedResource[]): ResolvedTopic[] {
  const policies = ofType(resources, 'AWS::SNS::TopicPolicy').map((one) =>
    readProperties(topicPolicySchema, one),
  );
  const subscriptions = ofType(resources, 'AWS::SNS::Subscription').map((one) =>
    readProperties(subscriptionSchema, one),
  );
  return ofType(resources, 'AWS::SNS::Topic').map((resource) => {
    const { TopicName, Tags, Subscription, ...properties } = readProperties(topicSchema, resource);
    const policy = policies.find((one) => one.Topics.includes(resource.ref));
    const own = subscriptions.filter((one) => one.TopicArn === resource.ref);
    return {
      logicalId: resource.logicalId,
      name: resource.name,
      arn: resource.ref,
      attributes: { ...attributesOf(properties), ...attributesOf({ Policy: policy?.PolicyDocument }) },
      subscriptions: [
        ...Subscription.map((one) => ({ protocol: one.Protocol, endpoint: one.Endpoint, attributes: {} })),
        ...own.map(({ Protocol, Endpoint, TopicArn: _, ...rest }) => ({
          protocol: Protocol,
          endpoint: Endpoint,
          attributes: attributesOf(rest),
        })),
      ],
    };
  });
}

const tableSchema = z.strictObject({
  TableName: ignored,
  AttributeDefinitions: z.json(),
  KeySchema: z.json(),
  GlobalSecondaryIndexes: z.json().optional(),
  LocalSecondaryIndexes: z.json().optional(),
  BillingMode: z.literal('PAY_PER_REQUEST'),
  TimeToLiveSpecification: z.strictObject({ AttributeName: z.string(), Enabled: flag }).optional(),
  PointInTimeRecoverySpecification: ignored,
  SSESpecification: ignored,
  DeletionProtectionEnabled: ignored,
  OnDemandThroughput: ignored,
  TableClass: ignored,
  Tags: ignored,
});

/** Reads the DynamoDB tables. */
export function readTables(resources: readonly ResolvedResource[]): ResolvedTable[] {
  return ofType(resources, 'AWS::DynamoDB::Table').map((resource) => {
    const table = readProperties(tableSchema, resource);
    const ttl = table.TimeToLiveSpecification;
    return {
      logicalId: resource.logicalId,
      name: resource.name,
      arn: resource.attributes.Arn ?? '',
      createTable: {
        TableName: resource.name,
        AttributeDefinitions: table.AttributeDefinitions,
        KeySchema: table.KeySchema,
        BillingMode: table.BillingMode,
        ...optional('GlobalSecondaryIndexes', table.GlobalSecondaryIndexes),
        ...optional('LocalSecondaryIndexes', table.LocalSecondaryIndexes),
      },
      ...optional('timeToLiveAttribute', ttl?.Enabled === true ? ttl.AttributeName : undefined),
    };
  });
}

const roleSchema = z.strictObject({
  RoleName: ignored,
  Description: ignored,
  Tags: ignored,
  MaxSessionDuration: ignored,
  Path: z.string().default('/'),
  AssumeRolePolicyDocument: document,
  ManagedPolicyArns: z.array(z.string()).default([]),
  Policies: z.array(z.strictObject({ PolicyName: z.string(), PolicyDocument: document })).default([]),
  PermissionsBoundary: z.string().optional(),
});

/**
 * Reads the roles; a policy that is a resource of its own and attaches itself to somebody is not supported, so that no
 * permission is overlooked.
 */
export function readRoles(resources: readonly ResolvedResource[]): ResolvedRole[] {
  const separate = resources.find(
    ({ type, properties }) =>
      /^AWS::IAM::(Policy|RolePolicy)$/.test(type) ||
      (type === 'AWS::IAM::ManagedPolicy' &&
        ['Roles', 'Users', 'Groups'].some((holders) => properties[holders] !== undefined)),
  );
  if (separate !== undefined) {
    throw new TemplateError(`Resources.${separate.logicalId}`, `${separate.type} is not supported here`);
  }
  return ofType(resources, 'AWS::IAM::Role').map((resource) => {
    const role = readProperties(roleSchema, resource);
    return {
      logicalId: resource.logicalId,
      name: resource.name,
      arn: resource.attributes.Arn ?? '',
      path: role.Path,
      trust: role.AssumeRolePolicyDocument,
      managedPolicyArns: role.ManagedPolicyArns,
      policies: Object.fromEntries(role.Policies.map((policy) => [policy.PolicyName, policy.PolicyDocument])),
      ...optional('boundaryArn', role.PermissionsBoundary),
    };
  });
}
