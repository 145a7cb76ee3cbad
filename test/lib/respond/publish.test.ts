import { SNSClient } from '@aws-sdk/client-sns';
import { type LocalAws, startLocalAws } from '@permission-check/embedded-aws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { email } from '#lib/report/email.ts';
import { PublishError, publishEmail } from '#lib/respond/publish.ts';
import { account } from '#test/support/embedded-aws.ts';
import { analyst, reportOf, wholeReport } from '../report/fixtures.ts';

let aws: LocalAws;
const clients: SNSClient[] = [];
const key = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';

beforeAll(async () => {
  aws = await startLocalAws({ account: account({ roles: { idle: {} } }) });
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await aws.stop();
});

/** A client of somebody with exactly these permissions. */
function clientWith(...statements: readonly object[]): SNSClient {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const credentials = aws.credentialsFor({ policies: [text] });
  const client = new SNSClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  clients.push(client);
  return client;
}

const publishing = { Effect: 'Allow', Action: 'sns:Publish', Resource: '*' };
const message = email(wholeReport);

test('mail gets the text, everything else the JSON, all of them the attributes', async () => {
  const topicArn = aws.addTopic('findings');
  const id = await publishEmail({ client: clientWith(publishing), topicArn, message });
  const sent = aws.messages().at(-1);
  expect(sent?.messageId).toBe(id);
  expect(sent?.subject).toBe(message.subject);
  expect(sent?.byProtocol).toEqual({ default: message.json, email: message.text });
  expect(JSON.stringify(sent?.attributes)).toContain('critical');
  expect(Object.keys(sent?.attributes ?? {}).sort()).toEqual(Object.keys(message.attributes).sort());
});

test('the largest message is taken', async () => {
  const findings = Array.from({ length: 2000 }, (_, i) => ({
    ...analyst[0],
    scope: `collection/"\\日${i}`,
  })) as (typeof analyst)[number][];
  const large = email(reportOf(findings));
  const topicArn = aws.addTopic('findings');
  await publishEmail({ client: clientWith(publishing), topicArn, message: large });
  expect(aws.messages().at(-1)?.message.length).toBeGreaterThan(150_000);
});

const failing = async (client: SNSClient, topicArn: string) => {
  const error = await publishEmail({ client, topicArn, message }).catch((thrown: unknown) => thrown);
  if (!(error instanceof PublishError)) throw new Error('nothing was thrown', { cause: error });
  expect(error.message).not.toContain('analyst');
  return error;
};

test('a missing permission says which', async () => {
  const error = await failing(clientWith({ ...publishing, Effect: 'Deny' }), aws.addTopic('findings'));
  expect(error.message).toContain('needs sns:Publish on arn:aws:sns:us-east-1:123456789012:findings');
  expect(error.retryable).toBe(false);
});

test('a key that refuses says what the role needs', async () => {
  const error = await failing(clientWith(publishing), aws.addTopic('encrypted', key));
  expect(error.message).toContain('kms:GenerateDataKey and kms:Decrypt');
});

test('a topic that is gone is named', async () => {
  const error = await failing(clientWith(publishing), 'arn:aws:sns:us-east-1:123456789012:gone');
  expect(error.message).toContain('there is no topic arn:aws:sns:us-east-1:123456789012:gone');
});

test('a network that fails can be tried again', async () => {
  const client = new SNSClient({
    endpoint: 'http://127.0.0.1:1',
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
    maxAttempts: 1,
  });
  clients.push(client);
  const error = await failing(client, 'arn:aws:sns:us-east-1:123456789012:findings');
  expect(error.retryable).toBe(true);
});
