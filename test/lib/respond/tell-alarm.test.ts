import { readFileSync } from 'node:fs';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { type ServerlessAws, startServerlessAws } from '@permission-check/embedded-aws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tellAlarm } from '#lib/respond/tell-alarm.ts';
import { account } from '#test/support/embedded-aws.ts';

const sample = JSON.parse(readFileSync('events/tell-alarm.json', 'utf8'));

let aws: ServerlessAws;
let sns: SNSClient;
beforeAll(async () => {
  aws = await startServerlessAws({ account: account({ roles: { idle: {} } }) });
  const any = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['sns:*'], Resource: '*' }],
  });
  const credentials = aws.credentialsFor({ policies: [any] });
  const settings = { endpoint: aws.endpoint, region: 'us-east-1', credentials };
  sns = new SNSClient(settings);
});
afterAll(async () => {
  sns.destroy();
  await aws.stop();
});

/** The event with another state now and before. */
const event = (value: string, before: string) => ({
  ...sample,
  alarmData: {
    ...sample.alarmData,
    state: { ...sample.alarmData.state, value },
    previousState: { value: before },
  },
});

test('who filters by severity hears that an alarm began and that it is over', async () => {
  const topicArn = aws.addTopic('findings');
  const FilterPolicy = '{"severity": ["critical", "high"]}';
  await sns.send(
    new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: 'arn:aws:sqs:us-east-1:123456789012:pager',
      Attributes: { FilterPolicy },
    }),
  );
  const topic = { client: sns, topicArn };
  expect(await tellAlarm(event('ALARM', 'OK'), topic)).toEqual({ told: expect.any(String) });
  expect(await tellAlarm(event('OK', 'ALARM'), topic)).toEqual({ told: expect.any(String) });

  const [began, over] = aws.messages().slice(-2);
  expect(began?.subject).toBe('[ALARM] A check failed for six hours; it waits in the dead-letter queue');
  expect(began?.byProtocol.email).toContain('changes of access may not be told');
  expect(over?.subject).toMatch(/^\[OK\] /);
  const delivered = [began, over].map((message) => message?.deliveries.map(({ protocol }) => protocol));
  expect(delivered).toEqual([['sqs'], ['sqs']]);
  const bodies = [began, over].map((message) => JSON.parse(message?.byProtocol.default ?? ''));
  expect(bodies.map(({ purpose, alarm }) => [purpose, alarm.state])).toEqual([
    ['alarm', 'ALARM'],
    ['alarm', 'OK'],
  ]);
});

test('what has never begun does not end, as after a deployment', async () => {
  const before = aws.messages().length;
  const topic = { client: sns, topicArn: aws.addTopic('quiet') };
  expect(await tellAlarm(event('OK', 'INSUFFICIENT_DATA'), topic)).toEqual({ quiet: true });
  expect(await tellAlarm(event('INSUFFICIENT_DATA', 'ALARM'), topic)).toEqual({ quiet: true });
  expect(aws.messages()).toHaveLength(before);
});

test('an alarm cannot break the message', async () => {
  const topic = { client: sns, topicArn: aws.addTopic('hostile') };
  const hostile = event('ALARM', 'OK');
  hostile.alarmData = {
    ...hostile.alarmData,
    alarmName: 'a\r\nBcc: x@example.com\u202e',
    configuration: { description: `é\n${'word '.repeat(100)}` },
  };
  await tellAlarm(hostile, topic);
  const message = aws.messages().at(-1);
  expect(message?.subject).toMatch(/^[\x20-\x7e]{1,99}$/);
  expect(message?.subject).toMatch(/ word \.\.\.$/);
  expect(message?.byProtocol.email).not.toContain('\nBcc:');
});

test.each([[{}], [{ ...sample, time: 'yesterday' }], [{ ...sample, alarmData: {} }]])(
  '%j is no event of an alarm',
  async (wrong) => {
    await expect(
      tellAlarm(wrong, { client: sns, topicArn: 'arn:aws:sns:us-east-1:123456789012:none' }),
    ).rejects.toThrow(/^not an event of an alarm: /);
  },
);
