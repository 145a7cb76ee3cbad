import * as z from 'zod/mini';

/** The schema of a `Change`, for where one is read back: a queue, a record. */
export const changeSchema = z.object({
  eventId: z.string(),
  eventName: z.string(),
  time: z.string(),
  region: z.string(),
  accountId: z.string(),
  actor: z.object({
    name: z.string(),
    through: z.optional(z.string()),
    invokedBy: z.optional(z.string()),
    arn: z.optional(z.string()),
  }),
  sourceIp: z.string(),
  what: z.string(),
});
