import { describe, expect, it } from 'vitest';
import { call } from '../request.ts';
import {
  activity,
  authorized,
  delivered,
  forwarder,
  note,
  operate,
  problems,
  put,
  queueArn,
  rule,
  service,
  target,
  useFreshBus,
} from './fixture.ts';

useFreshBus();

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
