import * as z from 'zod/mini';
import { channels } from '#lib/respond/channels/names.ts';

/** The channels that are on, as template.yaml writes them: `chat,events`. */
export const channelVariable = z.pipe(
  z.string().check(z.regex(/^((chat|events|security-hub)(,|$))*$/, 'channels are needed, or nothing')),
  z.transform((text) => channels.filter((one) => text.split(',').includes(one))),
);
