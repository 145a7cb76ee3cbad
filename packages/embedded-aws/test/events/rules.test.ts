import { describe, expect, it } from 'vitest';
import { call } from '../request.ts';
import {
  activity,
  bus,
  deadArn,
  delivered,
  forwarder,
  listed,
  operate,
  queueArn,
  rule,
  service,
  target,
  useFreshBus,
} from './fixture.ts';

useFreshBus();

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
