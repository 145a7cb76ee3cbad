import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { emptyState } from '../../src/account/state.ts';
import { Activity } from '../../src/activity.ts';
import type { EventBus } from '../../src/events/bus.ts';
import { EventBuses } from '../../src/events/buses.ts';
import { EventsService } from '../../src/events/service.ts';
import { AwsError } from '../../src/types.ts';
import { World } from '../../src/world.ts';
import { call } from '../request.ts';

const queueArn = 'arn:aws:sqs:us-east-1:123456789012:inbox';
const deadArn = 'arn:aws:sqs:us-east-1:123456789012:dead';
const forwarder = 'arn:aws:iam::123456789012:role/forwarder';
let authorized: string[];
let delivered: { arn: string; ruleArn: string; body: string }[];
let refusing: Set<string>;
let problems: string[];
let activity: Activity;
let bus: EventBus;
let service: EventsService;

beforeEach(() => {
  delivered = [];
  authorized = [];
  refusing = new Set();
  problems = [];
  activity = new Activity();
  const deliver = (arn: string, ruleArn: string, body: string) => {
    if (refusing.has(arn)) throw new AwsError('AccessDenied', `no way to ${arn}`);
    delivered.push({ arn, ruleArn, body });
  };
  const buses = new EventBuses({
    world: new World({ accountId: '123456789012', region: 'us-east-1', state: emptyState }),
    activity,
    targets: { sqs: { deliver } },
    problem: (message) => problems.push(message),
    authorize: (roleArn, ruleArn, busArn) => {
      if (roleArn !== forwarder) throw new AwsError('AccessDenied', `${roleArn} may not put events`);
      authorized.push(`${ruleArn} ${busArn}`);
    },
  });
  bus = buses.in('us-east-1');
  service = new EventsService(buses);
});

const operate = async (operation: string, json: unknown) => (await call(service, { operation, json })).json;
const rule = (settings: object = {}) =>
  operate('PutRule', { Name: 'notes', EventPattern: '{"source":["team"]}', ...settings });
const target = (settings: object = {}) =>
  operate('PutTargets', { Rule: 'notes', Targets: [{ Id: '1', Arn: queueArn, ...settings }] });
const put = (...Entries: object[]) => operate('PutEvents', { Entries });
const note = { Source: 'team', DetailType: 'note', Detail: '{"text":"hello"}', Time: 1_700_000_000 };

const listed = z.object({
  Rules: z.array(z.object({ Name: z.string() })).optional(),
  NextToken: z.string().optional(),
});

describe('events', () => {
  it('reach the targets of the rules that they match', async () => {
    await rule();
    await target();
    expect(await put(note, { ...note, Source: 'other' })).toMatchObject({ FailedEntryCount: 0 });
    await activity.whenIdle();
    expect(delivered).toMatchObject([
      { arn: queueArn, ruleArn: 'arn:aws:events:us-east-1:123456789012:rule/notes' },
    ]);
    expect(JSON.parse(delivered[0]?.body ?? '')).toEqual({
      version: '0',
      id: expect.any(String),
      'detail-type': 'note',
      source: 'team',
      account: '123456789012',
      time: '2023-11-14T22:13:20Z',
      region: 'us-east-1',
      resources: [],
      detail: { text: 'hello' },
    });
  });

  it.each([
    [{ InputPath: '$.detail' }, '{"text":"hello"}'],
    [{ InputPath: '$.detail.text' }, '"hello"'],
    [{ Input: '{"fixed":1}' }, '{"fixed":1}'],
  ])('are cut to %j', async (settings, body) => {
    await rule();
    await target(settings);
    await put(note);
    await activity.whenIdle();
    expect(delivered.map((one) => one.body)).toEqual([body]);
  });

  it('that a target refuses go to its dead-letter queue, or are lost with a trace', async () => {
    refusing.add(queueArn);
    await rule();
    await target({ DeadLetterConfig: { Arn: deadArn } });
    await put(note);
    await activity.whenIdle();
    expect(delivered.map((one) => one.arn)).toEqual([deadArn]);
    refusing.add(deadArn);
    await put(note);
    await activity.whenIdle();
    expect(problems.at(-1)).toBe(
      'rule notes lost an event: no way to arn:aws:sqs:us-east-1:123456789012:dead',
    );
  });

  it.each([
    [{ Source: 'team' }, 'InvalidArgument'],
    [{ ...note, Detail: 'text' }, 'MalformedDetail'],
    [{ ...note, Detail: '[]' }, 'MalformedDetail'],
    [{ ...note, Source: 'aws.iam' }, 'NotAuthorizedForSource'],
  ])('like %j are refused one by one', async (entry, ErrorCode) => {
    expect(await put(note, entry)).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ EventId: expect.any(String) }, { ErrorCode }],
    });
  });
});

describe('rules', () => {
  const apiCall = (readOnly: boolean) =>
    bus.put({
      source: 'team',
      detailType: 'AWS API Call via CloudTrail',
      detail: { readOnly, managementEvent: true },
    });

  it.each([
    ['ENABLED', 1],
    ['DISABLED', 0],
    ['ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS', 2],
  ])('in state %s see that many of a writing and a reading call: %d', async (State, count) => {
    await rule({ State });
    await target();
    apiCall(false);
    apiCall(true);
    await activity.whenIdle();
    expect(delivered).toHaveLength(count);
  });

  it('are described, switched off and on, and deleted', async () => {
    await rule();
    await target();
    await operate('DisableRule', { Name: 'notes' });
    expect(await operate('DescribeRule', { Name: 'notes' })).toMatchObject({
      State: 'DISABLED',
      EventPattern: '{"source":["team"]}',
    });
    await operate('EnableRule', { Name: 'notes' });
    expect(await operate('ListTargetsByRule', { Rule: 'notes' })).toEqual({
      Targets: [{ Id: '1', Arn: queueArn }],
    });
    await expect(operate('DeleteRule', { Name: 'notes' })).rejects.toMatchObject({
      code: 'ValidationException',
      message: "Rule can't be deleted since it has targets.",
    });
    await operate('RemoveTargets', { Rule: 'notes', Ids: ['1'] });
    expect(await operate('ListTargetsByRule', { Rule: 'notes' })).toEqual({ Targets: [] });
    await operate('DeleteRule', { Name: 'notes' });
    expect(await operate('ListRules', {})).toEqual({ Rules: [] });
  });

  it('show what they and their targets were made with, until another PutRule leaves it out', async () => {
    const RoleArn = forwarder;
    const details = {
      InputPath: '$.detail',
      RoleArn,
      DeadLetterConfig: { Arn: deadArn },
      RetryPolicy: { MaximumRetryAttempts: 3 },
    };
    await rule({ Description: 'of the team', RoleArn });
    await target(details);
    expect(await operate('DescribeRule', { Name: 'notes' })).toMatchObject({
      Description: 'of the team',
      RoleArn,
    });
    expect(await operate('ListTargetsByRule', { Rule: 'notes' })).toEqual({
      Targets: [{ Id: '1', Arn: queueArn, ...details }],
    });
    await rule();
    expect(await operate('DescribeRule', { Name: 'notes' })).not.toHaveProperty('Description');
    expect(await operate('ListTargetsByRule', { Rule: 'notes' })).toMatchObject({ Targets: [{ Id: '1' }] });
  });

  it('are listed by the beginning of their names and by their targets, page by page', async () => {
    for (const Name of ['notes', 'news', 'nights']) await rule({ Name });
    await target();
    const names = async (json: object) => {
      const { Rules = [], NextToken } = listed.parse(await operate('ListRules', json));
      return [...Rules.map(({ Name }) => Name), NextToken];
    };
    expect(await names({ NamePrefix: 'no' })).toEqual(['notes', undefined]);
    expect(await names({ Limit: 2 })).toEqual(['notes', 'news', '2']);
    expect(await names({ Limit: 2, NextToken: '2' })).toEqual(['nights', undefined]);
    expect(await operate('ListRuleNamesByTarget', { TargetArn: queueArn })).toEqual({ RuleNames: ['notes'] });
  });

  it('have five targets at most, each with an ARN', async () => {
    await rule();
    const targets = (count: number) =>
      operate('PutTargets', {
        Rule: 'notes',
        Targets: Array.from({ length: count }, (_, id) => ({ Id: `t${id}`, Arn: queueArn })),
      });
    await targets(5);
    await targets(5);
    await expect(targets(6)).rejects.toMatchObject({
      code: 'LimitExceededException',
      message: 'The requested resource exceeds the maximum number allowed.',
    });
    await expect(target({ Arn: 'inbox' })).rejects.toMatchObject({
      message: 'Parameter inbox is not valid. Reason: Provided Arn is not in correct format.',
    });
    // Else what it delivers would be another thing than AWS's.
    await expect(target({ InputTransformer: { InputTemplate: '<id>' } })).rejects.toMatchObject({
      code: 'NotImplemented',
    });
  });

  it('are refused with the value that is wrong', async () => {
    await expect(rule({ Name: 'a b' })).rejects.toMatchObject({
      message:
        "1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [.\\-_A-Za-z0-9]+",
    });
  });

  it('are refused in the words of the framework', async () => {
    await expect(operate('PutTargets', { Targets: [] })).rejects.toMatchObject({
      code: 'ValidationException',
      message:
        "1 validation error detected: Value null at 'rule' failed to satisfy constraint: Member must not be null",
    });
  });

  it.each([
    [{}, 'Parameter(s) EventPattern or ScheduleExpression must be specified.'],
    [{ ScheduleExpression: 'every day' }, 'Parameter ScheduleExpression is not valid.'],
  ])('are made for a pattern: %o', async (rule, message) => {
    await expect(operate('PutRule', { Name: 'x', ...rule })).rejects.toMatchObject({
      code: 'ValidationException',
      message,
    });
  });

  it('can be tried', async () => {
    const EventPattern = '{"source":[{"prefix":"te"}]}';
    expect(await operate('TestEventPattern', { EventPattern, Event: '{"source":"team"}' })).toEqual({
      Result: true,
    });
  });

  it.each([
    ['PutRule', { Name: 'x', EventPattern: '{"source":"team"}' }, 'InvalidEventPatternException'],
    ['PutRule', { Name: 'x', EventPattern: '{' }, 'InvalidEventPatternException'],
    ['PutTargets', { Rule: 'none', Targets: [] }, 'ResourceNotFoundException'],
    [
      'PutTargets',
      { Rule: 'notes', Targets: [{ Id: '1', Arn: 'arn:aws:kinesis:us-east-1:1:stream/x' }] },
      'ValidationException',
    ],
    ['CreateArchive', {}, 'UnknownOperationException'],
  ])('%s of %j is refused', async (operation, json, code) => {
    await rule();
    await expect(operate(operation, json)).rejects.toMatchObject({ code });
  });

  it('are made by those who may', async () => {
    const json = { Name: 'notes', EventPattern: '{"source":["team"]}' };
    const allowed = ['events:PutRule arn:aws:events:us-east-1:123456789012:rule/notes'];
    await call(service, { operation: 'PutRule', json, allowed });
    await expect(
      call(service, { operation: 'PutRule', json: { ...json, Name: 'other' }, allowed }),
    ).rejects.toThrow('events:PutRule on');
  });
});

describe('a bus of one’s own', () => {
  it('sees its own events only, and has rules of its own', async () => {
    expect(await operate('CreateEventBus', { Name: 'audit' })).toEqual({
      EventBusArn: 'arn:aws:events:us-east-1:123456789012:event-bus/audit',
    });
    await expect(operate('CreateEventBus', { Name: 'audit' })).rejects.toMatchObject({
      code: 'ResourceAlreadyExistsException',
    });
    expect(await operate('DescribeEventBus', { Name: 'audit' })).toMatchObject({ Name: 'audit' });
    await expect(operate('DescribeEventBus', { Name: 'none' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
    await rule({ EventBusName: 'audit' });
    await operate('PutTargets', {
      Rule: 'notes',
      EventBusName: 'audit',
      Targets: [{ Id: '1', Arn: queueArn }],
    });
    expect(await operate('ListRules', {})).toEqual({ Rules: [] });
    expect(await operate('DescribeRule', { Name: 'notes', EventBusName: 'audit' })).toMatchObject({
      Arn: 'arn:aws:events:us-east-1:123456789012:rule/audit/notes',
      EventBusName: 'audit',
    });
    await put(note, { ...note, EventBusName: 'arn:aws:events:us-east-1:123456789012:event-bus/audit' });
    await activity.whenIdle();
    expect(delivered).toHaveLength(1);
  });

  it('that there is not takes events and loses them, and has no rules', async () => {
    expect(await put({ ...note, EventBusName: 'none' })).toMatchObject({ FailedEntryCount: 0 });
    await activity.whenIdle();
    expect(problems).toEqual(['an event was lost: there is no event bus none']);
    await expect(rule({ EventBusName: 'none' })).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  });

  it('is put to by whoever may put to it', async () => {
    const allowed = ['events:PutEvents arn:aws:events:us-east-1:123456789012:event-bus/audit'];
    await operate('CreateEventBus', { Name: 'audit' });
    const json = (EventBusName?: string) => ({ Entries: [{ ...note, EventBusName }] });
    await call(service, { operation: 'PutEvents', json: json('audit'), allowed });
    await expect(call(service, { operation: 'PutEvents', json: json(), allowed })).rejects.toMatchObject({
      code: 'AccessDeniedException',
    });
  });
});

describe('a bus of another Region', () => {
  const home = 'arn:aws:events:us-east-1:123456789012:event-bus/default';
  const inIreland = async (operation: string, json: unknown) =>
    (await call(service, { operation, json, region: 'eu-west-1' })).json;
  const forward = async (RoleArn?: string) => {
    await inIreland('PutRule', { Name: 'forward', EventPattern: '{"source":["team"]}' });
    await inIreland('PutTargets', { Rule: 'forward', Targets: [{ Id: '1', Arn: home, RoleArn }] });
  };

  it('has rules of its own, and gets events as the first one had them', async () => {
    await rule();
    await target();
    await forward(forwarder);
    await inIreland('PutEvents', { Entries: [note] });
    await activity.whenIdle();
    expect(authorized).toEqual([`arn:aws:events:eu-west-1:123456789012:rule/forward ${home}`]);
    expect(delivered.map(({ ruleArn }) => ruleArn)).toEqual([
      'arn:aws:events:us-east-1:123456789012:rule/notes',
    ]);
    expect(JSON.parse(delivered[0]?.body ?? '')).toMatchObject({ region: 'eu-west-1', source: 'team' });
  });

  it.each([undefined, 'arn:aws:iam::123456789012:role/other'])(
    'is not reached with the role %s',
    async (role) => {
      await rule();
      await target();
      await forward(role);
      await inIreland('PutEvents', { Entries: [note] });
      await activity.whenIdle();
      expect(delivered).toEqual([]);
      expect(problems).toEqual([expect.stringContaining('rule forward could not deliver')]);
    },
  );
});
