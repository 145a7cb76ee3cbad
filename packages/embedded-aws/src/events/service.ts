import { z } from 'zod';
import { AwsError, type LocalRequest, type LocalResponse, type LocalService } from '../types.ts';
import { jsonResponse, readJson } from '../wire/json-protocol.ts';
import { type BusRule, DEFAULT_BUS, type EventBus } from './bus.ts';
import type { EventBuses } from './buses.ts';
import { EventPatternError, isObject, type Json } from './json.ts';
import { compilePattern } from './pattern.ts';

const putEvents = z.object({
  Entries: z
    .array(
      z.object({
        Source: z.string().optional(),
        DetailType: z.string().optional(),
        Detail: z.string().optional(),
        Resources: z.array(z.string()).optional(),
        Time: z.number().optional(),
        EventBusName: z.string().optional(),
      }),
    )
    .min(1)
    .max(10),
});
/** A bus by its name or its ARN. */
const onBus = {
  EventBusName: z
    .string()
    .regex(/^[/.\-_A-Za-z0-9:]{1,1600}$/)
    .transform(nameOfBus)
    .default(DEFAULT_BUS),
};
const tags = z.array(z.object({ Key: z.string(), Value: z.string() }));
const busNamed = z.object({
  Name: z.string().regex(/^[/.\-_A-Za-z0-9]{1,256}$/),
  Tags: tags.default([]),
});
const putRule = z.object({
  ...onBus,
  Name: z.string().regex(/^[\w.-]{1,64}$/),
  EventPattern: z.string().optional(),
  ScheduleExpression: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']).default('ENABLED'),
  Tags: tags.default([]),
});
const resource = z.object({ ResourceARN: z.string() });
const tagResource = z.object({ ...resource.shape, Tags: tags });
const untagResource = z.object({ ...resource.shape, TagKeys: z.array(z.string()) });
const putTargets = z.object({
  ...onBus,
  Rule: z.string(),
  Targets: z.array(
    z.object({
      Id: z.string(),
      Arn: z.string(),
      RoleArn: z.string().optional(),
      Input: z.string().optional(),
      InputPath: z.string().optional(),
      DeadLetterConfig: z.object({ Arn: z.string().optional() }).optional(),
    }),
  ),
});
const named = z.object({ ...onBus, Name: z.string() });
const ofRule = z.object({ ...onBus, Rule: z.string() });
const listRules = z.object(onBus);
const removeTargets = z.object({ ...onBus, Rule: z.string(), Ids: z.array(z.string()).min(1).max(100) });
const testEventPattern = z.object({ EventPattern: z.string(), Event: z.string() });

/** `buses`: those of the Region that the request was made in. */
type Operation = (request: LocalRequest, buses: EventBus) => unknown;

/** Amazon EventBridge as the SDK and the CLI speak it: AWS JSON 1.1. */
export class EventsService implements LocalService {
  readonly signingNames = ['events'];
  readonly protocol = 'json';
  readonly #buses: EventBuses;

  constructor(buses: EventBuses) {
    this.#buses = buses;
  }

  async handle(request: LocalRequest): Promise<LocalResponse> {
    const operation = operations[request.operation];
    if (operation === undefined) {
      throw new AwsError('UnknownOperationException', `the embedded AWS has no events:${request.operation}`);
    }
    try {
      return jsonResponse('1.1', operation(request, this.#buses.in(request.region)) ?? {});
    } catch (error) {
      if (error instanceof EventPatternError)
        throw new AwsError('InvalidEventPatternException', error.message);
      throw error;
    }
  }
}

const operations: Readonly<Record<string, Operation>> = {
  PutEvents: (request, buses) => {
    const { Entries } = readJson(putEvents, request);
    for (const bus of new Set(Entries.map(({ EventBusName }) => nameOfBus(EventBusName))))
      request.authorize('events:PutEvents', buses.busArn(bus));
    const answers = Entries.map((entry) => putOn(buses, entry));
    return { FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers };
  },
  CreateEventBus: (request, buses) => {
    const { Name, Tags } = readJson(busNamed, request);
    request.authorize('events:CreateEventBus', buses.busArn(Name));
    buses.createBus(Name);
    addTags(buses, buses.busArn(Name), Tags);
    return { EventBusArn: buses.busArn(Name) };
  },
  DeleteEventBus: (request, buses) => {
    const { Name } = readJson(busNamed, request);
    request.authorize('events:DeleteEventBus', buses.busArn(Name));
    buses.deleteBus(Name);
  },
  ListEventBuses: (request, buses) => {
    request.authorize('events:ListEventBuses', '*');
    return { EventBuses: buses.buses().map((Name) => ({ Name, Arn: buses.busArn(Name) })) };
  },
  PutRule: (request, buses) => {
    const input = readJson(putRule, request);
    const { Name, EventPattern, ScheduleExpression, State, EventBusName: bus } = input;
    const arn = buses.arnOf(Name, bus);
    request.authorize('events:PutRule', arn);
    if (ScheduleExpression !== undefined) throw refusedSchedule(ScheduleExpression);
    if (EventPattern === undefined)
      throw new AwsError(
        'ValidationException',
        'Parameter(s) EventPattern or ScheduleExpression must be specified.',
      );
    const existing = buses.rule(Name, bus);
    const targets = existing?.targets ?? [];
    buses.putRule({ name: Name, arn, state: State, eventPattern: parse(EventPattern), targets }, bus);
    // Tags of a rule that is there already are ignored: EventBridge API reference, PutRule.
    if (existing === undefined) addTags(buses, arn, input.Tags);
    return { RuleArn: arn };
  },
  PutTargets: (request, buses) => {
    const { Rule, Targets, EventBusName: bus } = readJson(putTargets, request);
    request.authorize('events:PutTargets', buses.arnOf(Rule, bus));
    const rule = ruleOf(buses, Rule, bus);
    const replaced = new Set(Targets.map((target) => target.Id));
    const added = Targets.map((target) => ({
      id: target.Id,
      arn: target.Arn,
      ...(target.RoleArn !== undefined && { roleArn: target.RoleArn }),
      ...(target.Input !== undefined && { input: target.Input }),
      ...(target.InputPath !== undefined && { inputPath: target.InputPath }),
      ...(target.DeadLetterConfig?.Arn !== undefined && { deadLetterArn: target.DeadLetterConfig.Arn }),
    }));
    const kept = rule.targets.filter((target) => !replaced.has(target.id));
    buses.putRule({ ...rule, targets: [...kept, ...added] }, bus);
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
  RemoveTargets: (request, buses) => {
    const { Rule, Ids, EventBusName: bus } = readJson(removeTargets, request);
    request.authorize('events:RemoveTargets', buses.arnOf(Rule, bus));
    const rule = ruleOf(buses, Rule, bus);
    buses.putRule({ ...rule, targets: rule.targets.filter((target) => !Ids.includes(target.id)) }, bus);
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
  DeleteRule: (request, buses) => {
    const { Name, EventBusName: bus } = readJson(named, request);
    request.authorize('events:DeleteRule', buses.arnOf(Name, bus));
    if ((buses.rule(Name, bus)?.targets ?? []).length > 0) {
      throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
    }
    buses.deleteRule(Name, bus);
  },
  EnableRule: (request, buses) => setState(request, buses, 'EnableRule', 'ENABLED'),
  DisableRule: (request, buses) => setState(request, buses, 'DisableRule', 'DISABLED'),
  DescribeRule: (request, buses) => {
    const { Name, EventBusName: bus } = readJson(named, request);
    request.authorize('events:DescribeRule', buses.arnOf(Name, bus));
    return describe(ruleOf(buses, Name, bus), bus);
  },
  ListTagsForResource: (request, buses) => {
    const { ResourceARN } = readJson(resource, request);
    request.authorize('events:ListTagsForResource', ResourceARN);
    return { Tags: [...buses.tagsOf(ResourceARN)].map(([Key, Value]) => ({ Key, Value })) };
  },
  TagResource: (request, buses) => {
    const { ResourceARN, Tags } = readJson(tagResource, request);
    request.authorize('events:TagResource', ResourceARN);
    addTags(buses, ResourceARN, Tags);
  },
  UntagResource: (request, buses) => {
    const { ResourceARN, TagKeys } = readJson(untagResource, request);
    request.authorize('events:UntagResource', ResourceARN);
    for (const key of TagKeys) buses.tagsOf(ResourceARN).delete(key);
  },
  ListRules: (request, buses) => {
    const { EventBusName: bus } = readJson(listRules, request);
    request.authorize('events:ListRules', buses.arnOf('*', bus));
    return { Rules: buses.rules(bus).map((rule) => describe(rule, bus)) };
  },
  ListTargetsByRule: (request, buses) => {
    const { Rule, EventBusName: bus } = readJson(ofRule, request);
    request.authorize('events:ListTargetsByRule', buses.arnOf(Rule, bus));
    return {
      Targets: ruleOf(buses, Rule, bus).targets.map((target) => ({ Id: target.id, Arn: target.arn })),
    };
  },
  TestEventPattern: (request) => {
    const { EventPattern, Event } = readJson(testEventPattern, request);
    request.authorize('events:TestEventPattern', '*');
    return { Result: compilePattern(parse(EventPattern))(parse(Event)) };
  },
};

function putOn(buses: EventBus, entry: z.infer<typeof putEvents>['Entries'][number]) {
  const refuse = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });
  const { Source, DetailType, Detail } = entry;
  if (Source === undefined || DetailType === undefined || Detail === undefined) {
    return refuse('InvalidArgument', 'Parameter Source, DetailType and Detail are required.');
  }
  if (Source.startsWith('aws.')) return refuse('NotAuthorizedForSource', 'Not authorized for the source.');
  let detail: Json;
  try {
    detail = z.json().parse(JSON.parse(Detail));
  } catch {
    return refuse('MalformedDetail', 'Detail is malformed.');
  }
  if (!isObject(detail)) return refuse('MalformedDetail', 'Detail is malformed.');
  const event = {
    source: Source,
    detailType: DetailType,
    detail,
    ...(entry.Resources !== undefined && { resources: entry.Resources }),
    ...(entry.Time !== undefined && { time: new Date(entry.Time * 1000) }),
  };
  return { EventId: buses.put(event, nameOfBus(entry.EventBusName)) };
}

function addTags(buses: EventBus, arn: string, tags: readonly { Key: string; Value: string }[]): void {
  for (const { Key, Value } of tags) buses.tagsOf(arn).set(Key, Value);
}

function setState(
  request: LocalRequest,
  buses: EventBus,
  operation: string,
  state: 'ENABLED' | 'DISABLED',
): void {
  const { Name, EventBusName: bus } = readJson(named, request);
  request.authorize(`events:${operation}`, buses.arnOf(Name, bus));
  buses.putRule({ ...ruleOf(buses, Name, bus), state }, bus);
}

/** Scheduled rules are older than EventBridge Scheduler, which is what is here. */
function refusedSchedule(expression: string): AwsError {
  const isValid = /^(rate\((1 (minute|hour|day)|\d+ (minutes|hours|days))\)|cron\([^()]+\))$/.test(
    expression,
  );
  return isValid
    ? new AwsError('NotImplemented', 'The embedded EventBridge has no scheduled rules; use Scheduler.', 501)
    : new AwsError('ValidationException', 'Parameter ScheduleExpression is not valid.');
}

function ruleOf(buses: EventBus, name: string, bus: string): BusRule {
  const rule = buses.rule(name, bus);
  if (rule === undefined)
    throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${bus}.`);
  return rule;
}

/** `audit` of `audit` and of `arn:aws:events:us-east-1:123456789012:event-bus/audit`. */
function nameOfBus(nameOrArn = DEFAULT_BUS): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn.slice(nameOrArn.indexOf('/') + 1) : nameOrArn;
}

function describe(rule: BusRule, bus: string) {
  return {
    Name: rule.name,
    Arn: rule.arn,
    State: rule.state,
    EventPattern: JSON.stringify(rule.eventPattern),
    EventBusName: bus,
  };
}

function parse(text: string): Json {
  try {
    return z.json().parse(JSON.parse(text));
  } catch {
    throw new EventPatternError([], 'not JSON');
  }
}
