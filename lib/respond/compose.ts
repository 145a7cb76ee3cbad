import type { ReadyMessage } from '#lib/outbox/notify-batch.ts';
import type { PrincipalAlerts } from '#lib/report/alert.ts';
import { type DigestContext, digest } from '#lib/report/digest.ts';
import type { Mail } from '#lib/report/mail-content.ts';
import { ListNotWrittenError, type Outlet, readyMail } from './outlet.ts';
import { publishEmail } from './publish.ts';

/**
 * The messages about some principals: one that names everybody, or the list of everybody. Where that list cannot be
 * written, as many messages as it takes until all are named.
 *
 * @param id unique for each attempt
 * @throws {NobodySubscribedError} when nobody would receive them.
 */
export async function composeMessages(
  principals: readonly PrincipalAlerts[],
  context: DigestContext,
  outlet: Outlet,
  id: string,
): Promise<readonly ReadyMessage[]> {
  const make = (fullReport?: string) =>
    digest(principals, { ...context, ...(fullReport === undefined ? {} : { fullReport }) });
  // The channels first: what they are told twice, since the mail failed, has the same id.
  const publishing = (message: Mail) => async () => {
    await outlet.tellChannels?.(principals, context);
    await publishEmail({ ...outlet, message });
  };
  try {
    const message = await readyMail(outlet, `${context.at.slice(0, 10)}/${id}`, make);
    return [{ principals, publish: publishing(message) }];
  } catch (error) {
    if (!(error instanceof ListNotWrittenError)) throw error;
    if (principals.length === 1) return [{ principals, publish: publishing(make()) }];
    const half = Math.ceil(principals.length / 2);
    const parts = [principals.slice(0, half), principals.slice(half)];
    const messages = parts.map((part, index) => composeMessages(part, context, outlet, `${id}-${index}`));
    return (await Promise.all(messages)).flat();
  }
}
