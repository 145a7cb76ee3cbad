import { z } from 'zod';
import { AwsError, type LocalRequest, type LocalResponse, type LocalService } from '../types.ts';
import { jsonResponse, readJson } from '../wire/json-protocol.ts';
import type { BusRule, EventBus } from './bus.ts';
import type { EventBuses } from './buses.ts';
import { EventPatternError, isObject, type Json } from './json.ts';
import { compilePattern } from './pattern.ts';
import * as requests from './requests.ts';
import { describeTarget, MOST_TARGETS, targetOf } from './targets.ts';

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
    const { Entries } = readJson(requests.putEvents, request);
    for (const bus of new Set(Entries.map(({ EventBusName }) => requests.nameOfBus(EventBusName))))
      request.authorize('events:PutEvents', buses.busArn(bus));
    const answers = Entries.map((entry) => putOn(buses, entry));
    return { FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers };
  },
  CreateEventBus: (request, buses) => {
    const { Name, Tags } = readJson(requests.busNamed, request);
    request.authorize('events:CreateEventBus', buses.busArn(Name));
    buses.createBus(Name);
    addTags(buses, buses.busArn(Name), Tags);
    return { EventBusArn: buses.busArn(Name) };
  },
  DeleteEventBus: (request, buses) => {
    const { Name } = readJson(requests.busNamed, request);
    request.authorize('events:DeleteEventBus', buses.busArn(Name));
    buses.deleteBus(Name);
  },
  DescribeEventBus: (request, buses) => {
    const { Name } = readJson(requests.describeBus, request);
    request.authorize('events:DescribeEventBus', buses.busArn(Name));
    if (!buses.buses().includes(Name))
      throw new AwsError('ResourceNotFoundException', `Event bus ${Name} does not exist.`);
    return { Name, Arn: buses.busArn(Name) };
  },
  ListEventBuses: (request, buses) => {
    request.authorize('events:ListEventBuses', '*');
    return { EventBuses: buses.buses().map((Name) => ({ Name, Arn: buses.busArn(Name) })) };
  },
  PutRule: (request, buses) => {
    const input = readJson(requests.putRule, request);
    const { Name, EventPattern, ScheduleExpression, State, EventBusName: bus } = input;
    const { Description: description, RoleArn: roleArn } = input;
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
    // What an update does not name is gone, but targets and tags.
    const shown = { ...(description && { description }), ...(roleArn !== undefined && { roleArn }) };
    buses.putRule(
      { name: Name, arn, state: State, eventPattern: parse(EventPattern), targets, ...shown },
      bus,
    );
    // Tags of a rule that is there already are ignored: EventBridge API reference, PutRule.
    if (existing === undefined) addTags(buses, arn, input.Tags);
    return { RuleArn: arn };
  },
  PutTargets: (request, buses) => {
    const { Rule, Targets, EventBusName: bus } = readJson(requests.putTargets, request);
    request.authorize('events:PutTargets', buses.arnOf(Rule, bus));
    const rule = ruleOf(buses, Rule, bus);
    const replaced = new Set(Targets.map((target) => target.Id));
    const kept = rule.targets.filter((target) => !replaced.has(target.id));
    const targets = [...kept, ...Targets.map(targetOf)];
    if (targets.length > MOST_TARGETS) {
      throw new AwsError(
        'LimitExceededException',
        'The requested resource exceeds the maximum number allowed.',
      );
    }
    buses.putRule({ ...rule, targets }, bus);
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
  RemoveTargets: (request, buses) => {
    const { Rule, Ids, EventBusName: bus } = readJson(requests.removeTargets, request);
    request.authorize('events:RemoveTargets', buses.arnOf(Rule, bus));
    const rule = ruleOf(buses, Rule, bus);
    buses.putRule({ ...rule, targets: rule.targets.filter((target) => !Ids.includes(target.id)) }, bus);
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
  DeleteRule: (request, buses) => {
    const { Name, EventBusName: bus } = readJson(requests.named, request);
    request.authorize('events:DeleteRule', buses.arnOf(Name, bus));
    if ((buses.rule(Name, bus)?.targets ?? []).length > 0) {
      throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
    }
    buses.deleteRule(Name, bus);
  },
  EnableRule: (request, buses) => setState(request, buses, 'EnableRule', 'ENABLED'),
  DisableRule: (request, buses) => setState(request, buses, 'DisableRule', 'DISABLED'),
  DescribeRule: (request, buses) => {
    const { Name, EventBusName: bus } = readJson(requests.named, request);
    request.authorize('events:DescribeRule', buses.arnOf(Name, bus));
    return describe(ruleOf(buses, Name, bus), bus);
  },
  ListTagsForResource: (request, buses) => {
    const { ResourceARN } = readJson(requests.resource, request);
    request.authorize('events:ListTagsForResource', ResourceARN);
    return { Tags: [...buses.tagsOf(ResourceARN)].map(([Key, Value]) => ({ Key, Value })) };
  },
  TagResource: (request, buses) => {
    const { ResourceARN, Tags } = readJson(requests.tagResource, request);
    request.authorize('events:TagResource', ResourceARN);
    addTags(buses, ResourceARN, Tags);
  },
  UntagResource: (request, buses) => {
    const { ResourceARN, TagKeys } = readJson(requests.untagResource, request);
    request.authorize('events:UntagResource', ResourceARN);
    for (const key of TagKeys) buses.tagsOf(ResourceARN).delete(key);
  },
  ListRules: (request, buses) => {
    const { EventBusName: bus, NamePrefix, ...paging } = readJson(requests.listRules, request);
    request.authorize('events:ListRules', buses.arnOf('*', bus));
    const rules = buses.rules(bus).filter(({ name }) => name.startsWith(NamePrefix));
    const { items, next } = page(rules, paging);
    return { Rules: items.map((rule) => describe(rule, bus)), ...next };
  },
  ListRuleNamesByTarget: (request, buses) => {
    const { EventBusName: bus, TargetArn, ...paging } = readJson(requests.ofTarget, request);
    request.authorize('events:ListRuleNamesByTarget', buses.arnOf('*', bus));
    const rules = buses.rules(bus).filter(({ targets }) => targets.some(({ arn }) => arn === TargetArn));
    const { items, next } = page(rules, paging);
    return { RuleNames: items.map(({ name }) => name), ...next };
  },
  ListTargetsByRule: (request, buses) => {
    const { Rule, EventBusName: bus } = readJson(requests.ofRule, request);
    request.authorize('events:ListTargetsByRule', buses.arnOf(Rule, bus));
    return { Targets: ruleOf(buses, Rule, bus).targets.map(describeTarget) };
  },
  TestEventPattern: (request) => {
    const { EventPattern, Event } = readJson(requests.testEventPattern, request);
    request.authorize('events:TestEventPattern', '*');
    return { Result: compilePattern(parse(EventPattern))(parse(Event)) };
  },
};

function page<T>(all: readonly T[], { Limit, NextToken: start }: { Limit: number; NextToken: number }) {
  const end = start + Limit;
  return { items: all.slice(start, end), next: end < all.length ? { NextToken: String(end) } : {} };
}

function putOn(buses: EventBus, entry: z.infer<typeof requests.putEvents>['Entries'][number]) {
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
  return { EventId: buses.put(event, requests.nameOfBus(entry.EventBusName)) };
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
  const { Name, EventBusName: bus } = readJson(requests.named, request);
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

function describe(rule: BusRule, bus: string) {
  return {
    Name: rule.name,
    Arn: rule.arn,
    State: rule.state,
    Description: rule.description,
    RoleArn: rule.roleArn,
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
