import * as z from 'zod/mini';
import { describeSchemaError } from '#lib/errors.ts';

const messageSchema = z.object({ kind: z.literal('report'), id: z.string() });

/** Write the report of a sweep that is complete; `id` is the sweep's. */
export type ReportMessage = z.infer<typeof messageSchema>;

/** Reads a message of the report queue. @throws {Error} when it is not one. */
export function parseReportMessage(body: string): ReportMessage {
  const parsed = z.safeParse(messageSchema, JSON.parse(body));
  if (parsed.success) return parsed.data;
  throw new Error(
    `a message of the report queue is not understood: ${describeSchemaError(parsed.error, 'message')}`,
  );
}
