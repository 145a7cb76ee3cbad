/** Events of other people's making: samples of events/cloudtrail, with some members of their detail in place of their own. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { projectRoot } from '#cli/demo/stack.ts';

const eventSchema = z.object({
  source: z.string(),
  'detail-type': z.string(),
  detail: z.record(z.string(), z.json()),
});

/** A sample as the bus takes it, `attach-role-policy`; each with an id of its own. */
export function eventFile(
  name: string,
  members: Readonly<Record<string, z.infer<ReturnType<typeof z.json>>>>,
) {
  const file = `${projectRoot}/events/cloudtrail/${name}.json`;
  const event = eventSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const eventID = `${name}-${JSON.stringify(members).length}`;
  return {
    source: event.source,
    detailType: event['detail-type'],
    detail: { ...event.detail, eventID, ...members },
  };
}
