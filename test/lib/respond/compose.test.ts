import { SetSubscriptionAttributesCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { type LocalAws, startLocalAws } from '@permission-check/embedded-aws';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PrincipalAlerts } from '#lib/report/alert.ts';
import { composeMessages } from '#lib/respond/compose.ts';
import { linkTo, type Outlet } from '#lib/respond/outlet.ts';
import { NobodySubscribedError } from '#lib/respond/subscribers.ts';
import { finding } from '#test/lib/outbox/fixtures.ts';

let aws: LocalAws;
let client: SNSClient;
beforeAll(async () => {
  aws = await startLocalAws({
    account: { UserDetailList: [], RoleDetailList: [], GroupDetailList: [], Policies: [] },
  });
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = aws.env;
  client = new SNSClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
  });
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

let written: Map<string, string>;
let outlet: Outlet;
let topics = 0;
beforeEach(async () => {
  written = new Map();
  const topicArn = aws.addTopic(`findings-${topics++}`);
  outlet = {
    client,
    topicArn,
    lists: {
      name: 'reports',
      region: 'us-east-1',
      put: async (key, list) => void written.set(key, Buffer.from(list).toString()),
    },
  };
});
const subscribe = async () => {
  const { SubscriptionArn } = await client.send(
    new SubscribeCommand({
      TopicArn: outlet.topicArn,
      Protocol: 'email',
      Endpoint: 'team@example.com',
      ReturnSubscriptionArn: true,
    }),
  );
  return SubscriptionArn;
};
const filterBy = async (policy: object) =>
  client.send(
    new SetSubscriptionAttributesCommand({
      SubscriptionArn: await subscribe(),
      AttributeName: 'FilterPolicy',
      AttributeValue: JSON.stringify(policy),
    }),
  );

const context = {
  accountId: '123456789012',
  region: 'us-east-1',
  at: '2026-11-28T12:00:00Z',
  purpose: 'change' as const,
};
const roles = (count: number): PrincipalAlerts[] =>
  Array.from({ length: count }, (_, index) => {
    const subject = `role/batch-${index}`;
    const severity = index === count - 1 ? 'critical' : 'high';
    const one = finding(`f${index}`, ['DeleteFaces'], severity, { subject, summary: `${subject} can` });
    return {
      subject,
      arn: `arn:aws:iam::123456789012:${subject}`,
      alerts: [{ kind: 'new', finding: one, firstSeen: context.at }],
      changes: [],
    };
  });
const messagesSince = (before: number) => aws.messages().slice(before);
const textOf = (count: number) =>
  messagesSince(count)
    .map(({ byProtocol }) => byProtocol.email)
    .join('\n');

describe('messages about many', () => {
  it.each([25, 5000])('name the list of all %i, worst first', async (count) => {
    await subscribe();
    const before = aws.messages().length;
    const messages = await composeMessages(roles(count), context, outlet, 'attempt');
    for (const { publish } of messages) await publish();
    expect(messages.map(({ principals }) => principals.length)).toEqual([count]);
    const [[key = '', list = ''] = []] = written;
    const link = linkTo(outlet.lists, key);
    expect(key).toBe('lists/2026-11-28/attempt.txt');
    expect(textOf(before)).toContain(link);
    const lines = list.split('\n').filter((line) => /^(critical|high) /.test(line));
    expect(lines[0]).toMatch(new RegExp(`^critical +new +role/batch-${count - 1} +can now delete faces`));
    const names = new Set(lines.map((line) => line.split(/ +/)[2]));
    expect(names).toEqual(new Set(roles(count).map(({ subject }) => subject)));
  });

  it('name everybody themselves where they have the room', async () => {
    await subscribe();
    await composeMessages(roles(20), context, outlet, 'attempt');
    expect(written.size).toBe(0);
  });

  it('are as many as it takes to name everybody where the list cannot be written', async () => {
    await subscribe();
    const before = aws.messages().length;
    const put = () => Promise.reject(new Error('AccessDenied'));
    const broken = { ...outlet, lists: { ...outlet.lists, put } };
    const messages = await composeMessages(roles(100), context, broken, 'attempt');
    for (const { principals, publish } of messages) {
      const count = aws.messages().length;
      await publish();
      const words = new Set(textOf(count).match(/role\/batch-\d+/g));
      expect(principals.filter(({ subject }) => !words.has(subject))).toEqual([]);
    }
    const named = messages.flatMap(({ principals }) => principals.map(({ subject }) => subject));
    expect(named.sort()).toEqual(
      roles(100)
        .map(({ subject }) => subject)
        .sort(),
    );
    expect(messagesSince(before).length).toBe(messages.length);
  });
});

describe('messages that nobody would receive', () => {
  it('are not made: no subscription, or filters that drop them', async () => {
    await expect(composeMessages(roles(1), context, outlet, 'a')).rejects.toThrow(NobodySubscribedError);
    await filterBy({ severity: ['low'] });
    await expect(composeMessages(roles(1), context, outlet, 'a')).rejects.toThrow(
      /filter policies of all 1 confirmed/,
    );
  });

  it('are made where one filter of several lets them through', async () => {
    await filterBy({ severity: ['critical'] });
    expect(await composeMessages(roles(1), context, outlet, 'a')).toHaveLength(1);
  });
});
