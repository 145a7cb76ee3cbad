import type { SNSClient } from '@aws-sdk/client-sns';
import { consoleOf } from '#lib/report/mail-changes.ts';
import type { Mail } from '#lib/report/mail-content.ts';
import type { TellChannels } from './channels/queue.ts';
import { publishEmail } from './publish.ts';
import { assertHeard } from './subscribers.ts';

/** The stack's bucket: full lists, and reports. */
export interface ListBucket {
  readonly name: string;
  readonly region: string;
  /** Default content type: plain text. */
  readonly put: (key: string, text: string | Uint8Array, contentType?: string) => Promise<void>;
}

/** Where messages go, and the lists that are too long for them. */
export interface Outlet {
  readonly client: SNSClient;
  readonly topicArn: string;
  readonly lists: ListBucket;
  /** Has what else the stack tells told; absent: there is nothing else. */
  readonly tellChannels?: TellChannels;
}

/** The full list could not be written; the message is not ready. */
export class ListNotWrittenError extends Error {
  override readonly name = 'ListNotWrittenError';
}

/**
 * A message that somebody will receive and that leaves nobody out: where it has no room for all, it names the list that
 * has, which is written first.
 *
 * @param make writes the message; with a link where there is a list.
 * @param id of the list, unique for each message.
 * @throws {NobodySubscribedError} when nobody would receive it.
 * @throws {ListNotWrittenError} when the list is needed and S3 does not take it.
 */
export async function readyMail(
  outlet: Outlet,
  id: string,
  make: (fullReport?: string) => Mail,
): Promise<Mail> {
  const mail = make();
  await assertHeard(outlet, mail);
  if (mail.fullList === undefined) return mail;
  const { lists } = outlet;
  const key = `lists/${id}.txt`;
  try {
    await lists.put(key, mail.fullList);
  } catch (error) {
    throw new ListNotWrittenError(`the full list could not be written to ${lists.name}: ${String(error)}`, {
      cause: error,
    });
  }
  return make(linkTo(lists, key));
}

/** Publishes a report; where its full list cannot be written, what it has room for. */
export async function publishReport(
  outlet: Outlet,
  id: string,
  make: (fullReport?: string) => Mail,
): Promise<void> {
  const message = await readyMail(outlet, id, make).catch((error: unknown) => {
    if (error instanceof ListNotWrittenError) return make();
    throw error;
  });
  await publishEmail({ ...outlet, message });
}

/** The object in the console: it opens for whoever may read it, by the reader's own permissions, and for nobody else. */
export function linkTo({ name, region }: Pick<ListBucket, 'name' | 'region'>, key: string): string {
  const query = `region=${region}&prefix=${encodeURIComponent(key)}`;
  return `https://${region}.${consoleOf(region)}/s3/object/${name}?${query}`;
}
