import { once } from 'node:events';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import type { RecordTable } from '#lib/outbox/table.ts';

/** A DynamoDB on loopback with an empty history table, keyed as in template.yaml. */
export async function startHistoryTable(): Promise<{ table: RecordTable; stop: () => Promise<void> }> {
  const server = dynalite({ createTableMs: 0, maxItemSizeKb: 400 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${address.port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  const name = 'history';
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    }),
  );
  return {
    table: { client, name, accountId: '123456789012' },
    stop: async () => {
      client.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
