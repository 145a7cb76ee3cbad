import { createHash } from 'node:crypto';
import { TemplateError } from './yaml.ts';

/** Where the stack stands. */
export interface StackFrame {
  readonly stackName: string;
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  /** Where queue URLs start: `https://sqs.us-east-1.amazonaws.com`, or the embedded AWS's address. */
  readonly queueOrigin: string;
}

/** What Ref and GetAtt answer for a resource. */
export interface ResourceIdentity {
  /** The physical name: `stack-Queue-1A2B3C4D5E6F`, unless the template names it. */
  readonly name: string;
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Kind {
  readonly nameProperty?: string;
  /** Names of this kind must be lower case (S3), or are ids of their own (KMS). */
  readonly name?: (frame: StackFrame, logicalId: string) => string;
  readonly identify: (frame: StackFrame, name: string, path: string) => Omit<ResourceIdentity, 'name'>;
}

/** `arn:aws:sqs:us-east-1:123456789012:` */
const regional = (frame: StackFrame, service: string): string =>
  `arn:${frame.partition}:${service}:${frame.region}:${frame.accountId}:`;

const named =
  (service: string, prefix = '', refIsArn = false): Kind['identify'] =>
  (frame, name) => {
    const Arn = `${regional(frame, service)}${prefix}${name}`;
    return { ref: refIsArn ? Arn : name, attributes: { Arn } };
  };

/** The kinds of resource whose names and ARNs are known; AWS's CloudFormation reference, "Return values". */
const kinds: Readonly<Record<string, Kind>> = {
  'AWS::Lambda::Function': { nameProperty: 'FunctionName', identify: named('lambda', 'function:') },
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    identify: (frame, name) => {
      const QueueUrl = `${frame.queueOrigin}/${frame.accountId}/${name}`;
      return {
        ref: QueueUrl,
        attributes: { Arn: `${regional(frame, 'sqs')}${name}`, QueueName: name, QueueUrl },
      };
    },
  },
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName',
    identify: (frame, name) => {
      const TopicArn = `${regional(frame, 'sns')}${name}`;
      return { ref: TopicArn, attributes: { TopicArn, TopicName: name } };
    },
  },
  'AWS::DynamoDB::Table': { nameProperty: 'TableName', identify: named('dynamodb', 'table/') },
  'AWS::Events::Rule': { nameProperty: 'Name', identify: named('events', 'rule/') },
  'AWS::Scheduler::Schedule': { nameProperty: 'Name', identify: named('scheduler', 'schedule/default/') },
  'AWS::CloudWatch::Alarm': { nameProperty: 'AlarmName', identify: named('cloudwatch', 'alarm:') },
  'AWS::CloudTrail::Trail': { nameProperty: 'TrailName', identify: named('cloudtrail', 'trail/') },
  'AWS::SSM::Parameter': {
    nameProperty: 'Name',
    identify: (_frame, name) => ({ ref: name, attributes: { Type: 'String', Value: '' } }),
  },
  'AWS::Logs::LogGroup': {
    nameProperty: 'LogGroupName',
    identify: (frame, name) => ({
      ref: name,
      attributes: { Arn: `${regional(frame, 'logs')}log-group:${name}:*` },
    }),
  },
  'AWS::IAM::Role': {
    nameProperty: 'RoleName',
    identify: (frame, name, path) => ({
      ref: name,
      attributes: {
        Arn: `arn:${frame.partition}:iam::${frame.accountId}:role${path}${name}`,
        RoleId: `AROA${hash(frame, name, 17)}`,
      },
    }),
  },
  'AWS::IAM::ManagedPolicy': {
    nameProperty: 'ManagedPolicyName',
    identify: (frame, name, path) => {
      const PolicyArn = `arn:${frame.partition}:iam::${frame.accountId}:policy${path}${name}`;
      return { ref: PolicyArn, attributes: { PolicyArn } };
    },
  },
  'AWS::KMS::Key': {
    name: (frame, logicalId) => {
      const hex = createHash('sha256').update(`${frame.stackName}/${logicalId}`).digest('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    },
    identify: (frame, name) => ({
      ref: name,
      attributes: { KeyId: name, Arn: `${regional(frame, 'kms')}key/${name}` },
    }),
  },
  'AWS::KMS::Alias': {
    nameProperty: 'AliasName',
    identify: (_frame, name) => ({ ref: name, attributes: {} }),
  },
  'AWS::S3::Bucket': {
    nameProperty: 'BucketName',
    name: (frame, logicalId) => generatedName(frame, logicalId, 63).toLowerCase(),
    identify: (frame, name) => ({
      ref: name,
      attributes: {
        Arn: `arn:${frame.partition}:s3:::${name}`,
        DomainName: `${name}.s3.amazonaws.com`,
        RegionalDomainName: `${name}.s3.${frame.region}.amazonaws.com`,
      },
    }),
  },
};

/**
 * The identity of a resource: the same for the same stack, logical id and explicit name. Of a kind that is not known
 * only the name is; GetAtt on it fails.
 */
export function identify(
  frame: StackFrame,
  logicalId: string,
  type: string,
  property: (name: string) => string | undefined,
): ResourceIdentity {
  const kind = kinds[type];
  const explicit = kind?.nameProperty === undefined ? undefined : property(kind.nameProperty);
  const name = explicit ?? kind?.name?.(frame, logicalId) ?? generatedName(frame, logicalId);
  const { ref, attributes } = kind?.identify(frame, name, property('Path') ?? '/') ?? {
    ref: name,
    attributes: {},
  };
  return { name, ref, attributes };
}

/** Throws TemplateError when the resource does not have the attribute. */
export function attributeOf(
  identity: ResourceIdentity,
  type: string,
  attribute: string,
  where: string,
): string {
  const value = identity.attributes[attribute];
  if (value === undefined)
    throw new TemplateError(where, `GetAtt ${attribute} of a ${type} is not supported here`);
  return value;
}

/** CloudFormation's form: stack, logical id, twelve characters; 64 at most (roles), or what the kind's limit is. */
function generatedName(frame: StackFrame, logicalId: string, limit = 64): string {
  const suffix = hash(frame, logicalId, 12);
  return `${`${frame.stackName}-${logicalId}`.slice(0, limit - 13)}-${suffix}`;
}

function hash(frame: StackFrame, text: string, length: number): string {
  const digest = createHash('sha256').update(`${frame.accountId}/${frame.region}/${frame.stackName}/${text}`);
  return BigInt(`0x${digest.digest('hex')}`)
    .toString(36)
    .toUpperCase()
    .slice(0, length);
}
