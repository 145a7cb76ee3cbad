import { isIntrinsic, resolveIfs, type Scope } from './intrinsics.ts';
import { expandEvent } from './sam-events.ts';
import { assumableBy, managedPolicyArn, rolePolicies } from './sam-policies.ts';
import { isObject, TemplateError, type TemplateObject, type TemplateValue } from './yaml.ts';

/** Properties of AWS::Serverless::Function that mean the same on AWS::Lambda::Function. */
const passed = [
  'FunctionName',
  'Handler',
  'Runtime',
  'Architectures',
  'Timeout',
  'MemorySize',
  'Environment',
  'Description',
  'LoggingConfig',
  'ReservedConcurrentExecutions',
  'KmsKeyArn',
  'EphemeralStorage',
];
/** Properties that this transform reads itself. */
const read = new Set([
  ...passed,
  'CodeUri',
  'Policies',
  'Role',
  'RolePath',
  'PermissionsBoundary',
  'Events',
  'Tracing',
  'EventInvokeConfig',
  'DeadLetterQueue',
  'Tags',
]);

/**
 * Does what the SAM transform does: turns each AWS::Serverless::Function, with the template's Globals merged in, into
 * a Lambda function, its role, event source mappings, rules, schedules and their queues. Other resources stay as they
 * are. Throws TemplateError for a serverless resource, property or event that is not supported here.
 * Source: AWS SAM Developer Guide, "Generated CloudFormation resources".
 */
export function expandServerless(template: TemplateObject, scope: Scope): Map<string, TemplateObject> {
  const resources = isObject(template.Resources) ? template.Resources : {};
  const globals = isObject(template.Globals) ? template.Globals : {};
  const expanded = new Map<string, TemplateObject>();
  for (const [id, resource] of Object.entries(resources)) {
    const where = `Resources.${id}`;
    if (!isObject(resource) || typeof resource.Type !== 'string')
      throw new TemplateError(where, 'needs a Type');
    for (const [newId, made] of expandResource(id, resource, globals, scope)) {
      if (newId in resources && newId !== id) {
        throw new TemplateError(where, `its generated resource ${newId} has the name of another resource`);
      }
      expanded.set(newId, made);
    }
  }
  return expanded;
}

/** What one resource of a template becomes: itself, unless it is of SAM's. */
function expandResource(
  id: string,
  resource: TemplateObject,
  globals: TemplateObject,
  scope: Scope,
): [string, TemplateObject][] {
  const type = String(resource.Type);
  if (!type.startsWith('AWS::Serverless::')) return [[id, resource]];
  if (type !== 'AWS::Serverless::Function') {
    throw new TemplateError(`Resources.${id}`, `${type} is not supported here`);
  }
  const { Condition } = resource;
  const made = [...expandFunction(id, withGlobals(id, resource, globals), scope)];
  return Condition === undefined ? made : made.map(([newId, one]) => [newId, { ...one, Condition }]);
}

/** The properties of a serverless resource with the template's Globals merged in. */
export function withGlobals(id: string, resource: TemplateObject, globals: TemplateObject): TemplateObject {
  const own = isObject(resource.Properties) ? resource.Properties : {};
  const section = String(resource.Type).slice('AWS::Serverless::'.length);
  const properties = mergeGlobals(globals[section] ?? {}, own);
  if (!isObject(properties)) throw new TemplateError(`Resources.${id}`, 'Properties must be a mapping');
  return properties;
}

/** SAM's rule for Globals: mappings merge, lists append, everything else is replaced by the function's own. */
export function mergeGlobals(global: TemplateValue, own: TemplateValue): TemplateValue {
  if (Array.isArray(global) && Array.isArray(own)) return [...global, ...own];
  if (!isObject(global) || !isObject(own) || isIntrinsic(global) || isIntrinsic(own)) return own;
  const merged: TemplateObject = { ...global };
  for (const [key, value] of Object.entries(own)) {
    const inherited = global[key];
    merged[key] = inherited === undefined ? value : mergeGlobals(inherited, value);
  }
  return merged;
}

function expandFunction(id: string, properties: TemplateObject, scope: Scope): Map<string, TemplateObject> {
  const where = `Resources.${id}.Properties`;
  for (const name of Object.keys(properties)) {
    if (!read.has(name)) throw new TemplateError(`${where}.${name}`, 'is not supported here');
  }
  const made = new Map<string, TemplateObject>();
  const deadLetter = isObject(properties.DeadLetterQueue) ? properties.DeadLetterQueue.TargetArn : undefined;
  made.set(id, { Type: 'AWS::Lambda::Function', Properties: lambdaProperties(id, properties, deadLetter) });

  const invokeConfig = properties.EventInvokeConfig;
  const destinations: TemplateObject[] = [];
  if (deadLetter !== undefined) {
    destinations.push(
      policy('DeadLetterQueuePolicy', deadLetterAction(properties.DeadLetterQueue), deadLetter, '2012-10-17'),
    );
  }
  if (isObject(invokeConfig)) {
    destinations.push(...destinationPolicies(id, invokeConfig, `${where}.EventInvokeConfig`));
    made.set(`${id}EventInvokeConfig`, {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: { FunctionName: { Ref: id }, Qualifier: '$LATEST', ...withoutTypes(invokeConfig) },
    });
  }
  const events = isObject(properties.Events) ? properties.Events : {};
  let pollsQueues = false;
  for (const [name, event] of Object.entries(events)) {
    if (!isObject(event) || typeof event.Type !== 'string') {
      throw new TemplateError(`${where}.Events.${name}`, 'needs a Type');
    }
    pollsQueues ||= event.Type === 'SQS';
    for (const [newId, resource] of expandEvent(id, name, event, `${where}.Events.${name}`)) {
      made.set(newId, resource);
    }
  }
  if (properties.Role === undefined) {
    made.set(`${id}Role`, functionRole(id, properties, { pollsQueues, destinations }, scope));
  }
  return made;
}

/** The properties of the function itself. */
function lambdaProperties(
  id: string,
  properties: TemplateObject,
  deadLetter: TemplateValue | undefined,
): TemplateObject {
  const lambda: TemplateObject = { Role: properties.Role ?? { 'Fn::GetAtt': [`${id}Role`, 'Arn'] } };
  for (const name of passed) {
    const value = properties[name];
    if (value !== undefined) lambda[name] = value;
  }
  lambda.Code = properties.CodeUri ?? null;
  if (properties.Tracing !== undefined) lambda.TracingConfig = { Mode: properties.Tracing };
  if (deadLetter !== undefined) lambda.DeadLetterConfig = { TargetArn: deadLetter };
  return lambda;
}

function functionRole(
  id: string,
  properties: TemplateObject,
  needs: { pollsQueues: boolean; destinations: TemplateObject[] },
  scope: Scope,
): TemplateObject {
  const where = `Resources.${id}.Properties.Policies`;
  const { managed, documents } = rolePolicies(resolveIfs(properties.Policies ?? [], scope, where), where);
  const arns = [managedPolicyArn('AWSLambdaBasicExecutionRole')];
  if (properties.Tracing === 'Active') arns.push(managedPolicyArn('AWSXrayWriteOnlyAccess'));
  arns.push(...managed);
  if (needs.pollsQueues) arns.push(managedPolicyArn('AWSLambdaSQSQueueExecutionRole'));
  const policies = [
    ...needs.destinations,
    ...documents.map((PolicyDocument, index) => ({ PolicyName: `${id}RolePolicy${index}`, PolicyDocument })),
  ];
  const role: TemplateObject = {
    AssumeRolePolicyDocument: assumableBy('lambda.amazonaws.com'),
    ManagedPolicyArns: arns,
    Policies: policies,
  };
  if (properties.RolePath !== undefined) role.Path = properties.RolePath;
  if (properties.PermissionsBoundary !== undefined) role.PermissionsBoundary = properties.PermissionsBoundary;
  return { Type: 'AWS::IAM::Role', Properties: role };
}

function policy(name: string, action: string, resource: TemplateValue, version?: string): TemplateObject {
  const document: TemplateObject = { Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] };
  if (version !== undefined) document.Version = version;
  return { PolicyName: name, PolicyDocument: document };
}

/** The permissions that SAM gives a function for its OnFailure and OnSuccess destinations. */
function destinationPolicies(id: string, config: TemplateObject, where: string): TemplateObject[] {
  const destinations = isObject(config.DestinationConfig) ? Object.entries(config.DestinationConfig) : [];
  return destinations.map(([name, destination]) => {
    if (!isObject(destination) || destination.Destination === undefined) {
      throw new TemplateError(`${where}.${name}`, 'needs a Type and a Destination');
    }
    const actions: Readonly<Record<string, string>> = { SQS: 'sqs:SendMessage', SNS: 'sns:publish' };
    const action = actions[String(destination.Type)];
    if (action === undefined) throw new TemplateError(`${where}.${name}`, 'Type must be SQS or SNS here');
    return policy(`${id}EventInvokeConfig${name}${destination.Type}Policy`, action, destination.Destination);
  });
}

function deadLetterAction(config: TemplateValue | undefined): string {
  return isObject(config) && config.Type === 'SNS' ? 'sns:Publish' : 'sqs:SendMessage';
}

/** SAM's destinations carry a Type that CloudFormation's do not have. */
function withoutTypes(config: TemplateObject): TemplateObject {
  const destinations = isObject(config.DestinationConfig) ? config.DestinationConfig : {};
  return {
    ...config,
    DestinationConfig: Object.fromEntries(
      Object.entries(destinations).map(([name, value]) => [
        name,
        { Destination: isObject(value) ? (value.Destination ?? null) : null },
      ]),
    ),
  };
}
