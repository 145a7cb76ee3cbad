import {
  BatchWriteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalAws, startLocalAws } from '../../src/aws.ts';
import { DynamoDb } from '../../src/dynamodb/service.ts';
import { emptyAccount } from '../bundle.ts';

let aws: LocalAws;
let tables: DynamoDb;
const clients: DynamoDBClient[] = [];

beforeAll(async () => {
  aws = await startLocalAws({
    account: emptyAccount,
    services: [
      async (world) => {
        tables = await DynamoDb.start(world);
        return tables;
      },
    ],
  });
  await tables.createTable({
    TableName: 'history',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk', 'state'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-state',
        KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  });
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await aws.stop();
});

const table = 'arn:aws:dynamodb:us-east-1:123456789012:table/history';
function clientWith(actions: string[], resource = table): DynamoDBClient {
  const policy = {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: actions, Resource: resource },
  };
  const credentials = aws.credentialsFor({ policies: [JSON.stringify(policy)] });
  const client = new DynamoDBClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
  clients.push(client);
  return client;
}
const Key = { pk: { S: 'role/analyst' }, sk: { S: 'state' } };

it('keeps items, with conditional writes', async () => {
  const db = clientWith(['dynamodb:*']);
  const put = new PutItemCommand({
    TableName: 'history',
    Item: { ...Key, version: { N: '1' } },
    ConditionExpression: 'attribute_not_exists(pk)',
  });
  await db.send(put);
  await expect(db.send(put)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  const { Attributes } = await db.send(
    new UpdateItemCommand({
      TableName: 'history',
      Key,
      UpdateExpression: 'SET version = version + :one',
      ConditionExpression: 'version = :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
      ReturnValues: 'ALL_NEW',
    }),
  );
  expect(Attributes?.version).toEqual({ N: '2' });
});

it('is authorized per action, table and index', async () => {
  const reader = clientWith(['dynamodb:GetItem', 'dynamodb:Query']);
  await reader.send(new GetItemCommand({ TableName: 'history', Key }));
  const refused = { name: 'AccessDeniedException' };
  await expect(reader.send(new PutItemCommand({ TableName: 'history', Item: Key }))).rejects.toMatchObject(
    refused,
  );
  await expect(reader.send(new GetItemCommand({ TableName: 'other', Key }))).rejects.toMatchObject(refused);
  const RequestItems = { history: [{ PutRequest: { Item: Key } }] };
  await expect(reader.send(new BatchWriteItemCommand({ RequestItems }))).rejects.toMatchObject(refused);
  const query = new QueryCommand({
    TableName: 'history',
    IndexName: 'by-state',
    KeyConditionExpression: '#state = :open',
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: { ':open': { S: 'open' } },
  });
  await expect(reader.send(query)).rejects.toThrow(`${table}/index/by-state`);
  expect((await clientWith(['dynamodb:Query'], `${table}/index/*`).send(query)).Items).toEqual([]);
});

it('says what it does not have', async () => {
  const db = clientWith(['dynamodb:*']);
  const Put = { TableName: 'history', Item: Key };
  await expect(db.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] }))).rejects.toThrow(
    'the embedded AWS has no dynamodb:TransactWriteItems',
  );
});
