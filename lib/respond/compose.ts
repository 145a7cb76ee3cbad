import type { ReadyMessage } from '#lib/outbox/notify-batch.ts';
import type { PrincipalAlerts } from '#lib/report/alert.ts';
import { type DigestContext, digest } from '#lib/report/digest.ts';
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
  try {
    const message = await readyMail(outlet, `${context.at.slice(0, 10)}/${id}`, make);
    return [{ principals, publish: () => publishEmail({ ...outlet, message }) }];
  } catch (error) {
    if (!(error instanceof ListNotWrittenError)) throw error;
    if (principals.length === 1)
      return [{ principals, publish: () => publishEmail({ ...outlet, message: make() }) }];
    const half = Math.ceil(principals.length / 2);
    const parts = [principals.slice(0, half), principals.slice(half)];
    const messages = parts.map((part, index) => composeMessages(part, context, outlet, `${id}-${index}`));
    return (await Promise.all(messages)).flat();
  }
}
