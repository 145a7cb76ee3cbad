import { gzipSync } from 'node:zlib';
import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { AttachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DeployedStack, deployStack, projectRoot, sample } from '#cli/demo/stack.ts';

const full = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';

let deployed: DeployedStack;
let iam: IAMClient;
let dynamo: DynamoDBClient;
let table: string;
beforeEach(async () => {
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: `${projectRoot}/expectations.yaml`,
  });
  const { aws, stack } = deployed;
  const client = { endpoint: aws.endpoint, region: 'us-east-1' };
  iam = new IAMClient({
    ...client,
    credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
  });
  const anything =
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}]}';
  dynamo = new DynamoDBClient({ ...client, credentials: aws.credentialsFor({ policies: [anything] }) });
  table = stack.template.tables.find(({ logicalId }) => logicalId === 'HistoryTable')?.name ?? '';
});
afterEach(async () => {
  iam.destroy();
  dynamo.destroy();
  await deployed.stop();
});

const finding = {
  id: 'f-1',
  kind: 'excess',
  severity: 'high',
  subject: 'role/analyst',
  actions: [{ action: 'rekognition:SearchFaces', severity: 'high', evidence: [] }],
  scope: 'everything',
  by: [],
  summary: 'AmazonRekognitionReadOnlyAccess allows SearchFaces, which is not expected.',
  remedies: [],
};
const judged = {
  known: [{ finding, firstSeen: '2026-11-20T12:00:00.000Z', lastSeen: '2026-11-20T12:00:00.000Z' }],
  told: [{ finding, firstSeen: '2026-11-20T12:00:00.000Z', at: '2026-11-20T12:00:00.000Z' }],
};

/** A record as version 0.1 wrote it: no account in the key, no access in the record. */
async function writeOld(subject: string, more: object = { known: [], told: [] }): Promise<void> {
  const arn = `arn:aws:iam::123456789012:${subject}`;
  const about = { subject, arn, readAt: '2026-11-20T12:00:00.000Z', status: 'findings', fingerprint: 'f' };
  const Item = {
    pk: { S: `principal#${subject}` },
    sk: { S: 'state' },
    version: { N: '7' },
    arn: { S: arn },
    status: { S: 'findings' },
    told: { N: '0' },
    readAt: { S: about.readAt },
    body: { S: 'x' },
    packed: { B: gzipSync(JSON.stringify({ ...about, changes: [], ...more })) },
  };
  await dynamo.send(new PutItemCommand({ TableName: table, Item }));
}

const keys = async () => {
  const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: table }));
  return Items.map(({ pk }) => pk?.S ?? '').filter((pk) => pk.includes('principal#'));
};

async function sweep() {
  const { aws, stack } = deployed;
  const before = aws.messages().length;
  stack.tick('SweepFunctionDaily');
  await stack.settle();
  return aws.messages().slice(before);
}

it('is silent but for one summary, moves the records, and tells of what changes from then on', async () => {
  const old = ['role/analyst', 'role/break-glass', 'user/grace'];
  await writeOld('role/analyst', judged);
  await writeOld('role/break-glass');
  await writeOld('user/grace');
  const [summary, ...others] = await sweep();
  expect(others).toEqual([]);
  expect(summary?.subject).toMatch(/^Rekognition: \d+ principals watched, \d+ can use it$/);
  expect(summary?.byProtocol.email).not.toMatch(/can now|WORSE|RESOLVED|COVERED/);
  expect(summary?.byProtocol.email).toContain('role/analyst: ');

  const after = await keys();
  for (const subject of old) {
    expect(after).toContain(`123456789012#principal#${subject}`);
    expect(after).not.toContain(`principal#${subject}`);
  }
  expect(await sweep()).toEqual([]);
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'analyst', PolicyArn: full }));
  await deployed.stack.settle();
  expect(
    deployed.aws
      .messages()
      .slice(1)
      .map(({ subject }) => subject),
  ).toEqual([expect.stringMatching(/^\[CRITICAL\] Rekognition: role\/analyst can now /)]);
}, 180_000);

it('tells of a change that comes before the first look at everybody', async () => {
  await writeOld('role/analyst', judged);
  // Of one a record is silent about what it could do, of the other there is none: told, rather than taken for the baseline.
  for (const RoleName of ['analyst', 'photo-moderation']) {
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: full }));
    await deployed.stack.settle();
    expect(deployed.aws.messages().at(-1)?.subject).toMatch(
      new RegExp(`^\\[CRITICAL\\] Rekognition: role/${RoleName} can now `),
    );
  }
  expect(deployed.aws.messages()).toHaveLength(2);
  const [summary, ...others] = await sweep();
  expect(others).toEqual([]);
  expect(summary?.subject).toMatch(/principals watched/);
}, 180_000);
