import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Announcement } from '#lib/report/channels/announcement.ts';
import { safeJson } from '#lib/words/escape.ts';

export const EVENT_SOURCE = 'rekognition-permission-check';
export const EVENT_TYPE = 'Rekognition Permission Finding';

/**
 * Puts an event for each announcement on a bus.
 *
 * @throws Error where the bus refuses one: all of them are to be put again, each with the id that it has
 */
export async function putAnnouncements(
  client: EventBridgeClient,
  bus: string,
  announcements: readonly Announcement[],
): Promise<void> {
  const { FailedEntryCount = 0, Entries = [] } = await client.send(
    new PutEventsCommand({
      Entries: announcements.map((one) => ({
        EventBusName: bus,
        Source: EVENT_SOURCE,
        DetailType: EVENT_TYPE,
        Detail: safeJson(one),
        Time: new Date(one.at),
        Resources: one.finding.principalArn === undefined ? [] : [one.finding.principalArn],
      })),
    }),
  );
  if (FailedEntryCount === 0) return;
  const codes = [...new Set(Entries.flatMap(({ ErrorCode }) => ErrorCode ?? []))];
  throw new Error(`the event bus ${bus} refused ${FailedEntryCount} events: ${codes.join(', ')}`);
}
