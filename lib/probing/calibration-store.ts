import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { RecordTable } from '#lib/outbox/store.ts';
import { type CalibrationStore, parseCalibration, serializeCalibration } from './calibration.ts';

const key = (region: string) => ({ pk: { S: `calibration#${region}` }, sk: { S: 'state' } });

/** Keeps the last calibration of each Region in the history table. `load` throws for what is no calibration. */
export function calibrationStore({ client, name }: RecordTable): CalibrationStore {
  return {
    async load(region) {
      const { Item: item } = await client.send(
        new GetItemCommand({ TableName: name, Key: key(region), ConsistentRead: true }),
      );
      return item === undefined ? undefined : parseCalibration(item.calibration?.S ?? '');
    },
    async save(calibration) {
      await client.send(
        new PutItemCommand({
          TableName: name,
          Item: { ...key(calibration.region), calibration: { S: serializeCalibration(calibration) } },
        }),
      );
    },
  };
}
