import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { partitionOf, type RecordTable } from '#lib/outbox/table.ts';
import { type CalibrationStore, parseCalibration, serializeCalibration } from './calibration.ts';

const calibrationItem = z.object({ calibration: z.string() });

/** Keeps the last calibration of each Region in the history table. `load` throws for what is no calibration. */
export function calibrationStore(table: RecordTable): CalibrationStore {
  const { client, name } = table;
  const keyOf = (region: string) => ({ pk: partitionOf(table, 'calibration', region), sk: 'state' });
  return {
    async load(region) {
      const { Item: item } = await client.send(
        new GetItemCommand({ TableName: name, Key: marshall(keyOf(region)), ConsistentRead: true }),
      );
      return item && parseCalibration(calibrationItem.parse(unmarshall(item)).calibration);
    },
    async save(calibration) {
      const item = { ...keyOf(calibration.region), calibration: serializeCalibration(calibration) };
      await client.send(new PutItemCommand({ TableName: name, Item: marshall(item) }));
    },
  };
}
