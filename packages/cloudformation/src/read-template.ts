import { readBuckets } from './bucket-resources.ts';
import { resolveCondition } from './conditions.ts';
import { readRules, readSchedules } from './event-resources.ts';
import { readEventSources, readFunctions, readPermissions } from './function-resources.ts';
import { resolveValue, type Scope } from './intrinsics.ts';
import { checkRules, resolveParameters } from './parameters.ts';
import { readQueues, readRoles, readTables, readTopics } from './plain-resources.ts';
import { attributeOf, identify, type ResourceIdentity, type StackFrame } from './resource-ids.ts';
import { expandServerless } from './sam.ts';
import {
  declaredCondition,
  isMade,
  mappedValue,
  namingProperty,
  pseudoParameter,
  sectionOf,
} from './sections.ts';
import type { ResolvedResource, ResolvedTemplate } from './types.ts';
import { isObject, parseTemplate, TemplateError, type TemplateObject, type TemplateValue } from './yaml.ts';

export type * from './types.ts';
export { TemplateError } from './yaml.ts';

/** Where a template is deployed, and with what. */
export interface TemplateOptions extends Omit<StackFrame, 'queueOrigin'> {
  readonly parameters?: Readonly<Record<string, string>>;
  /** Where queue URLs start; AWS's own when absent. */
  readonly queueOrigin?: string;
}

/** Resource types that something here reads; all others are passed on without effect. */
const effective =
  /^AWS::(Lambda::(Function|EventInvokeConfig|EventSourceMapping|Permission)|IAM::Role|SQS::Queue(Policy)?|SNS::(Topic(Policy)?|Subscription)|DynamoDB::Table|S3::Bucket(Policy)?|Events::Rule|Scheduler::Schedule)$/;

/**
 * Works out a CloudFormation or SAM template as deploying it would: parameters, rules, conditions, mappings, intrinsic
 * functions, Globals, and the resources that the SAM transform generates. Names and ARNs are the same every time.
 *
 * Throws TemplateError, saying where, for what a deployment would refuse and for what is not supported here: an
 * intrinsic function, a property of a resource that has an effect, an event type. Other resource types are listed
 * in `inert`.
 */
export function resolveTemplate(yamlText: string, options: TemplateOptions): ResolvedTemplate {
  const source = parseTemplate(yamlText);
  const template = source.value;
  const frame: StackFrame = {
    ...options,
    queueOrigin: options.queueOrigin ?? `https://sqs.${options.region}.amazonaws.com`,
  };
  const parameters = resolveParameters(template.Parameters, options.parameters ?? {});
  const stack = new Stack(template, frame, parameters);
  try {
    return stack.resolve();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const logicalId = /^Resources\.(\w+)/.exec(error.message)?.[1];
    const line = logicalId === undefined ? undefined : source.line('Resources', logicalId);
    throw line === undefined ? error : new TemplateError(`template line ${line}`, error.message);
  }
}

class Stack implements Scope {
  readonly #template: TemplateObject;
  readonly #frame: StackFrame;
  readonly #parameters: ReadonlyMap<string, TemplateValue>;
  readonly #conditions = new Map<string, boolean | 'pending'>();
  readonly #identities = new Map<string, ResourceIdentity | 'pending'>();
  readonly #resources: ReadonlyMap<string, TemplateObject>;

  constructor(template: TemplateObject, frame: StackFrame, parameters: ReadonlyMap<string, TemplateValue>) {
    this.#template = template;
    this.#frame = frame;
    this.#parameters = parameters;
    this.#resources = expandServerless(template, this);
  }

  resolve(): ResolvedTemplate {
    checkRules(this.#template.Rules, this);
    const conditions = Object.fromEntries(
      Object.keys(sectionOf(this.#template, 'Conditions')).map((name) => [
        name,
        this.condition(name, 'Conditions'),
      ]),
    );
    const resources: ResolvedResource[] = [];
    for (const [logicalId, resource] of this.#resources) {
      if (isMade(resource, this, `Resources.${logicalId}`))
        resources.push(this.#resolveResource(logicalId, resource));
    }
    const functions = readFunctions(resources);
    const queues = readQueues(resources);
    return {
      parameters: Object.fromEntries(this.#parameters),
      conditions,
      resources: new Map(resources.map((resource) => [resource.logicalId, resource])),
      functions,
      roles: readRoles(resources),
      queues,
      eventSources: readEventSources(resources, new Set(queues.map((queue) => queue.arn))),
      rules: readRules(resources),
      schedules: readSchedules(resources, new Set(functions.map((one) => one.arn))),
      topics: readTopics(resources),
      tables: readTables(resources),
      buckets: readBuckets(resources),
      permissions: readPermissions(resources),
      inert: resources
        .filter((one) => !effective.test(one.type))
        .map(({ logicalId, type }) => ({ logicalId, type })),
      outputs: this.#outputs(),
    };
  }

  ref(name: string, where: string): TemplateValue {
    const parameter = this.#parameters.get(name) ?? this.#pseudoParameter(name);
    return parameter ?? this.#identity(name, where).ref;
  }

  getAtt(resource: string, attribute: string, where: string): TemplateValue {
    const identity = this.#identity(resource, where);
    return attributeOf(identity, String(this.#resources.get(resource)?.Type), attribute, where);
  }

  condition(name: string, where: string): boolean {
    const known = this.#conditions.get(name);
    if (known === 'pending') throw new TemplateError(where, `the condition ${name} refers to itself`);
    if (known !== undefined) return known;
    const declared = declaredCondition(this.#template, name, where);
    this.#conditions.set(name, 'pending');
    const value = resolveCondition(declared, this, `Conditions.${name}`);
    this.#conditions.set(name, value);
    return value;
  }

  findInMap(
    map: string,
    top: string,
    second: string,
    where: string,
    fallback?: TemplateValue,
  ): TemplateValue {
    const value = mappedValue(this.#template, map, top, second) ?? fallback;
    if (value === undefined) throw new TemplateError(where, `Mappings.${map} has no ${top}.${second}`);
    return value;
  }

  #pseudoParameter(name: string): string | undefined {
    const { accountId, region, partition, stackName } = this.#frame;
    if (name === 'AWS::StackName') return stackName;
    if (name === 'AWS::StackId')
      return `arn:${partition}:cloudformation:${region}:${accountId}:stack/${stackName}/local`;
    return pseudoParameter(name, this.#frame);
  }

  #identity(logicalId: string, where: string): ResourceIdentity {
    const known = this.#identities.get(logicalId);
    if (known === 'pending') throw new TemplateError(where, `the name of ${logicalId} refers to itself`);
    if (known !== undefined) return known;
    const resource = this.#resources.get(logicalId);
    if (resource === undefined) {
      throw new TemplateError(where, `there is no parameter or resource ${logicalId}`);
    }
    if (!isMade(resource, this, where)) {
      throw new TemplateError(where, `${logicalId} does not exist: its condition does not hold`);
    }
    this.#identities.set(logicalId, 'pending');
    const identity = identify(this.#frame, logicalId, String(resource.Type), (name) =>
      namingProperty(resource, logicalId, name, this),
    );
    this.#identities.set(logicalId, identity);
    return identity;
  }

  #resolveResource(logicalId: string, resource: TemplateObject): ResolvedResource {
    const where = `Resources.${logicalId}`;
    const { name, ref, attributes } = this.#identity(logicalId, where);
    const properties = resolveValue(resource.Properties ?? {}, this, `${where}.Properties`);
    if (!isObject(properties)) throw new TemplateError(where, 'Properties must be a mapping');
    return { logicalId, type: String(resource.Type), name, ref, attributes, properties };
  }

  #outputs(): Record<string, TemplateValue> {
    const outputs: Record<string, TemplateValue> = {};
    for (const [name, output] of Object.entries(sectionOf(this.#template, 'Outputs'))) {
      const where = `Outputs.${name}`;
      if (!isObject(output)) throw new TemplateError(where, 'must be a mapping');
      if (isMade(output, this, where))
        outputs[name] = resolveValue(output.Value ?? null, this, `${where}.Value`);
    }
    return outputs;
  }
}
