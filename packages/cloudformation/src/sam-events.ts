import { assumableBy } from './sam-policies.ts';
import { isObject, TemplateError, type TemplateObject, type TemplateValue } from './yaml.ts';

type Made = [id: string, resource: TemplateObject][];

/** Turns one entry of a function's Events into the resources that the SAM transform makes of it. */
export function expandEvent(functionId: string, name: string, event: TemplateObject, where: string): Made {
  const properties = isObject(event.Properties) ? event.Properties : {};
  const expand = expanders[String(event.Type)];
  if (expand === undefined)
    throw new TemplateError(where, `an event of type ${event.Type} is not supported here`);
  return expand(functionId, `${functionId}${name}`, properties, `${where}.Properties`);
}

type Expand = (functionId: string, id: string, properties: TemplateObject, where: string) => Made;

const functionArn = (id: string): TemplateValue => ({ 'Fn::GetAtt': [id, 'Arn'] });

const expanders: Readonly<Record<string, Expand>> = {
  SQS: (functionId, id, properties) => {
    const { Queue, ...settings } = properties;
    return [
      [
        id,
        {
          Type: 'AWS::Lambda::EventSourceMapping',
          Properties: { ...settings, EventSourceArn: Queue ?? null, FunctionName: { Ref: functionId } },
        },
      ],
    ];
  },

  EventBridgeRule: (functionId, id, properties, where) => {
    const { Pattern, EventBusName, State, RuleName, Target, ...target } = properties;
    const made: Made = deadLetterQueue(id, target, where);
    const queueId = made[0]?.[0];
    if (queueId !== undefined) made.push([`${id}QueuePolicy`, deadLetterQueuePolicy(id, queueId)]);
    const targetId = isObject(Target) ? (Target.Id ?? null) : `${id}LambdaTarget`;
    const rule: TemplateObject = {
      EventPattern: Pattern ?? null,
      Targets: [{ Id: targetId, Arn: functionArn(functionId), ...target, ...deadLetterConfig(id, target) }],
    };
    if (EventBusName !== undefined) rule.EventBusName = EventBusName;
    if (State !== undefined) rule.State = State;
    if (RuleName !== undefined) rule.Name = RuleName;
    made.push(
      [id, { Type: 'AWS::Events::Rule', Properties: rule }],
      [
        `${id}Permission`,
        {
          Type: 'AWS::Lambda::Permission',
          Properties: {
            Action: 'lambda:InvokeFunction',
            FunctionName: { Ref: functionId },
            Principal: 'events.amazonaws.com',
            SourceArn: { 'Fn::GetAtt': [id, 'Arn'] },
          },
        },
      ],
    );
    return made;
  },

  ScheduleV2: (functionId, id, properties, where) => {
    const {
      OmitName,
      Name,
      Input,
      RetryPolicy,
      DeadLetterConfig,
      RoleArn,
      PermissionsBoundary,
      ...schedule
    } = properties;
    const queue = DeadLetterConfig === undefined ? {} : { DeadLetterConfig };
    const made: Made = deadLetterQueue(id, queue, where);
    const config = deadLetterConfig(id, queue);
    const target: TemplateObject = {
      Arn: functionArn(functionId),
      RoleArn: RoleArn ?? { 'Fn::GetAtt': [`${id}Role`, 'Arn'] },
      ...config,
    };
    if (Input !== undefined) target.Input = Input;
    if (RetryPolicy !== undefined) target.RetryPolicy = RetryPolicy;
    const named = OmitName === true ? {} : { Name: Name ?? id };
    made.push([
      id,
      {
        Type: 'AWS::Scheduler::Schedule',
        Properties: { FlexibleTimeWindow: { Mode: 'OFF' }, ...schedule, ...named, Target: target },
      },
    ]);
    if (RoleArn === undefined) {
      const policies = [policy(`${id}LambdaPolicy`, 'lambda:InvokeFunction', functionArn(functionId))];
      const deadLetter = isObject(config.DeadLetterConfig) ? config.DeadLetterConfig.Arn : undefined;
      if (deadLetter !== undefined) policies.push(policy(`${id}SQSPolicy`, 'sqs:SendMessage', deadLetter));
      const role: TemplateObject = {
        AssumeRolePolicyDocument: assumableBy('scheduler.amazonaws.com'),
        Policies: policies,
      };
      if (PermissionsBoundary !== undefined) role.PermissionsBoundary = PermissionsBoundary;
      made.push([`${id}Role`, { Type: 'AWS::IAM::Role', Properties: role }]);
    }
    return made;
  },
};

/** `DeadLetterConfig: { Type: SQS, QueueLogicalId }` makes a queue; `{ Arn }` names one. */
function deadLetterQueue(id: string, properties: TemplateObject, where: string): Made {
  const config = properties.DeadLetterConfig;
  if (!isObject(config) || config.Arn !== undefined) return [];
  if (config.Type !== 'SQS')
    throw new TemplateError(`${where}.DeadLetterConfig`, 'needs an Arn, or Type: SQS');
  return [[deadLetterQueueId(id, config), { Type: 'AWS::SQS::Queue', Properties: {} }]];
}

function deadLetterConfig(id: string, properties: TemplateObject): TemplateObject {
  const config = properties.DeadLetterConfig;
  if (!isObject(config)) return {};
  const made = { 'Fn::GetAtt': [deadLetterQueueId(id, config), 'Arn'] };
  return { DeadLetterConfig: { Arn: config.Arn ?? made } };
}

function deadLetterQueueId(id: string, config: TemplateObject): string {
  return typeof config.QueueLogicalId === 'string' ? config.QueueLogicalId : `${id}Queue`;
}

/** Lets a rule send what it could not deliver to its queue. */
function deadLetterQueuePolicy(id: string, queueId: string): TemplateObject {
  const queueArn = { 'Fn::GetAtt': [queueId, 'Arn'] };
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: queueArn,
    Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [id, 'Arn'] } } },
  };
  return {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: queueId }],
      PolicyDocument: { Version: '2012-10-17', Statement: [statement] },
    },
  };
}

function policy(name: string, action: string, resource: TemplateValue): TemplateObject {
  const PolicyDocument = { Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] };
  return { PolicyName: name, PolicyDocument };
}
