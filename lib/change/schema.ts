import * as z from 'zod/mini';
import type { Change } from './types.ts';

const tags = z.record(z.string(), z.string());

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
  edit: z.optional(
    z.discriminatedUnion('act', [
      z.object({ act: z.enum(['attach', 'detach']), arn: z.string(), group: z.optional(z.string()) }),
      z.object({
        act: z.enum(['put', 'delete']),
        name: z.string(),
        group: z.optional(z.string()),
        text: z.optional(z.string()),
      }),
      z.object({
        act: z.literal('version'),
        arn: z.string(),
        text: z.optional(z.string()),
        versionId: z.optional(z.string()),
        isFirst: z.optional(z.boolean()),
      }),
      z.object({ act: z.literal('bound'), arn: z.string() }),
      z.object({ act: z.literal('unbound') }),
      z.object({ act: z.literal('tag'), tags }),
      z.object({ act: z.literal('untag'), keys: z.array(z.string()) }),
      z.object({
        act: z.literal('create'),
        tags,
        arn: z.optional(z.string()),
        trust: z.optional(z.string()),
      }),
      z.object({ act: z.literal('trust'), text: z.optional(z.string()) }),
      z.object({ act: z.enum(['join', 'leave']), group: z.string() }),
      z.object({
        act: z.literal('rename'),
        group: z.optional(z.string()),
        from: z.optional(z.string()),
        to: z.string(),
      }),
      z.object({ act: z.literal('hidden') }),
    ]),
  ),
});

const changesSchema = z.array(changeSchema);
const areChanges = (value: unknown): value is readonly Change[] => z.safeParse(changesSchema, value).success;

/** Reads changes that were written as JSON. @throws {Error} when they are none. */
export function parseChanges(text: string): readonly Change[] {
  const value: unknown = JSON.parse(text);
  if (!areChanges(value)) throw new Error('stored changes have a shape that this version does not know');
  return value;
}
