import { describe, expect, it } from 'vitest';
import {
  activity,
  deadArn,
  delivered,
  note,
  problems,
  put,
  queueArn,
  refusing,
  rule,
  target,
  useFreshBus,
} from './fixture.ts';

useFreshBus();

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
