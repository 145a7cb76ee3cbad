import { isIntrinsic } from './intrinsics.ts';
import { isObject, TemplateError, type TemplateObject, type TemplateValue } from './yaml.ts';

/** Names of managed policies that are not directly under arn:aws:iam::aws:policy/. */
const serviceRolePolicies = new Set([
  'AWSLambdaBasicExecutionRole',
  'AWSLambdaSQSQueueExecutionRole',
  'AWSLambdaVPCAccessExecutionRole',
  'AWSLambdaDynamoDBExecutionRole',
  'AWSLambdaKinesisExecutionRole',
]);

/** The ARN of an AWS managed policy that SAM knows by name. */
export function managedPolicyArn(name: string): TemplateValue {
  const path = serviceRolePolicies.has(name) ? `service-role/${name}` : name;
  return { 'Fn::Sub': `arn:\${AWS::Partition}:iam::aws:policy/${path}` };
}

type PolicyTemplate = {
  readonly parameter: string;
  readonly statements: (value: TemplateValue) => TemplateObject[];
};

const arn = (format: string) => (value: TemplateValue) => ({ 'Fn::Sub': [format, { value }] });
const queue = arn('arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${value}');
const topic = arn('arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${value}');
const key = arn('arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${value}');
const bucket = arn('arn:${AWS::Partition}:s3:::${value}');
const objects = arn('arn:${AWS::Partition}:s3:::${value}/*');
const table = arn('arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${value}');
const indexes = arn('arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${value}/index/*');

const allow = (actions: string[], ...resources: ((value: TemplateValue) => TemplateValue)[]) => {
  return (value: TemplateValue): TemplateObject[] => [
    { Effect: 'Allow', Action: actions, Resource: resources.map((resource) => resource(value)) },
  ];
};
const prefixed = (service: string, actions: string): string[] =>
  actions.split(' ').map((action) => `${service}:${action}`);

/** The SAM policy templates that are supported here, as the SAM translator's policy_templates.json has them. */
const templates: Readonly<Record<string, PolicyTemplate>> = {
  SQSPollerPolicy: {
    parameter: 'QueueName',
    statements: allow(
      prefixed(
        'sqs',
        'ChangeMessageVisibility ChangeMessageVisibilityBatch DeleteMessage DeleteMessageBatch GetQueueAttributes ReceiveMessage',
      ),
      queue,
    ),
  },
  SQSSendMessagePolicy: { parameter: 'QueueName', statements: allow(['sqs:SendMessage*'], queue) },
  SNSPublishMessagePolicy: { parameter: 'TopicName', statements: allow(['sns:Publish'], topic) },
  DynamoDBCrudPolicy: {
    parameter: 'TableName',
    statements: allow(
      prefixed(
        'dynamodb',
        'GetItem DeleteItem PutItem Scan Query UpdateItem BatchWriteItem BatchGetItem DescribeTable ConditionCheckItem',
      ),
      table,
      indexes,
    ),
  },
  DynamoDBReadPolicy: {
    parameter: 'TableName',
    statements: allow(prefixed('dynamodb', 'GetItem Scan Query BatchGetItem DescribeTable'), table, indexes),
  },
  DynamoDBWritePolicy: {
    parameter: 'TableName',
    statements: allow(prefixed('dynamodb', 'PutItem UpdateItem BatchWriteItem'), table, indexes),
  },
  KMSEncryptPolicy: { parameter: 'KeyId', statements: allow(['kms:Encrypt'], key) },
  KMSDecryptPolicy: { parameter: 'KeyId', statements: allow(['kms:Decrypt'], key) },
  S3WritePolicy: {
    parameter: 'BucketName',
    statements: allow(prefixed('s3', 'PutObject PutObjectAcl PutLifecycleConfiguration'), bucket, objects),
  },
};

/** What the `Policies` of a function become in its role. */
export interface RolePolicies {
  readonly managed: TemplateValue[];
  /** As written: a document without a Version stays without one, and so has no policy variables. */
  readonly documents: TemplateObject[];
}

/** Reads `Policies` as the SAM transform does: managed policies by name or ARN, documents, policy templates. */
export function rolePolicies(
  policies: TemplateValue,
  where: string,
  expand: (name: string, argument: TemplateValue, where: string) => TemplateObject = expandTemplate,
): RolePolicies {
  const managed: TemplateValue[] = [];
  const documents: TemplateObject[] = [];
  for (const policy of Array.isArray(policies) ? policies : [policies]) {
    if (typeof policy === 'string') managed.push(arnOf(policy));
    else if (!isObject(policy)) throw noPolicy(policy, where);
    else if (isIntrinsic(policy)) managed.push(policy);
    else documents.push('Statement' in policy ? policy : expanded(policy, where, expand));
  }
  return { managed, documents };
}

/** The document of `TemplateName: { parameters }`. */
function expanded(
  policy: TemplateObject,
  where: string,
  expand: (name: string, argument: TemplateValue, where: string) => TemplateObject,
): TemplateObject {
  const [entry, ...others] = Object.entries(policy);
  if (entry === undefined || others.length > 0) throw noPolicy(policy, where);
  return expand(...entry, where);
}

const arnOf = (policy: string): TemplateValue =>
  policy.startsWith('arn:') ? policy : managedPolicyArn(policy);

function noPolicy(policy: TemplateValue, where: string): TemplateError {
  const written = JSON.stringify(policy);
  return new TemplateError(where, `neither a managed policy, a document nor a template: ${written}`);
}

/** The document of a policy template with its parameter; throws TemplateError for one that is not known here. */
export function expandTemplate(name: string, argument: TemplateValue, where: string): TemplateObject {
  const template = templates[name];
  if (template === undefined) {
    throw new TemplateError(
      where,
      `the SAM policy template ${name} is not supported here; write its statements`,
    );
  }
  const value = isObject(argument) ? argument[template.parameter] : undefined;
  if (value === undefined) throw new TemplateError(where, `${name} needs ${template.parameter}`);
  return { Statement: template.statements(value) };
}

/** A trust policy for one AWS service. */
export function assumableBy(service: string): TemplateObject {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: [service] }, Action: ['sts:AssumeRole'] }],
  };
}
