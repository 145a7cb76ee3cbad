import * as z from 'zod/mini';
import { escapeForMail, shortened } from '#lib/words/escape.ts';
import { kindWords } from '#lib/words/kinds.ts';
import { counted, listed, statementLabel } from '#lib/words/labels.ts';
import type { PrincipalAlerts } from '../alert.ts';
import { actorWords, eventLink } from '../mail-changes.ts';
import type { MailItem } from '../mail-content.ts';
import { itemsOfAlerts } from '../mail-items.ts';
import { predicateOf, whoInShort } from '../mail-subject.ts';
import type { AnnouncementContext } from './announcement.ts';

/**
 * A custom notification of Amazon Q Developer in chat applications. Without `version` and `source` it is dropped, and
 * nobody is told. Source: Amazon Q Developer in chat applications Administrator Guide, "Custom notifications".
 */
export const chatSchema = z.strictObject({
  version: z.literal('1.0'),
  source: z.literal('custom'),
  id: z.string(),
  content: z.strictObject({
    textType: z.literal('client-markdown'),
    title: z.string(),
    description: z.string(),
    nextSteps: z.optional(z.array(z.string())),
    keywords: z.array(z.string()),
  }),
  metadata: z.strictObject({
    threadId: z.string(),
    summary: z.string(),
    eventType: z.string(),
    relatedResources: z.optional(z.array(z.string())),
  }),
});

export type ChatNotification = z.infer<typeof chatSchema>;

/** AWS names no limits of fields; Slack refuses a block of text over 3,000 characters. */
const LENGTH = { title: 250, description: 3000, step: 300, keyword: 75 } as const;
const SHOWN = { notifications: 10, steps: 10, statements: 5, changes: 3, resources: 50 } as const;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * A text that others may have written, as the markdown of Slack and Teams shows it: no link, no mention, no format. What
 * has their signs of format in it stands as code.
 */
function plain(value: string, limit: number): string {
  const harmless = escapeForMail(value, limit).replaceAll(/[&<>]/g, (sign) => entities[sign] ?? sign);
  const code = /[*_~`[\]]/.test(harmless);
  return code ? `\`${harmless.replaceAll('`', "'")}\`` : harmless;
}

/** Not longer than its place allows, whole entities only, and no code span left open. */
function fitted(value: string, limit: number): string {
  if (value.length <= limit) return value;
  const cut = shortened(value, limit - 1).replace(/&[a-z]*…$/, '…');
  return (cut.match(/`/g)?.length ?? 0) % 2 === 0 ? cut : `${cut}\``;
}

/**
 * What changed for some principals as notifications for a chat, one for each finding that differs, the worst first. Beyond
 * ten the last says how many more there are: the e-mail has them.
 */
export function chatNotifications(
  principals: readonly PrincipalAlerts[],
  context: AnnouncementContext,
): readonly ChatNotification[] {
  const items = itemsOfAlerts(principals);
  const changes = new Map(principals.map((one) => [one.subject, one.changes]));
  const shown = items.length > SHOWN.notifications ? items.slice(0, SHOWN.notifications - 1) : items;
  const told = shown.map((item) => notificationOf(item, changes.get(item.finding.subject) ?? [], context));
  const rest = items.length - shown.length;
  return rest === 0 ? told : [...told, restOf(rest, context)];
}

function notificationOf(
  item: MailItem,
  changes: PrincipalAlerts['changes'],
  context: AnnouncementContext,
): ChatNotification {
  const { finding, state, subjects } = item;
  const title = fitted(
    `[${tagOf(item)}] ${plain(whoInShort(subjects), 100)} ${plain(predicateOf(item, 2), 140)}`,
    LENGTH.title,
  );
  const steps = finding.remedies.length > 0 ? finding.remedies : [kindWords[finding.kind].help];
  const resources = finding.principalArn === undefined ? [] : [finding.principalArn];
  return {
    version: '1.0',
    source: 'custom',
    id: `${finding.id}-${state}-${context.at}`.slice(0, 256),
    content: {
      textType: 'client-markdown',
      title,
      description: descriptionOf(item, changes, context),
      ...(state === 'resolved'
        ? {}
        : {
            nextSteps: steps
              .slice(0, SHOWN.steps)
              .map((step) => fitted(plain(step, LENGTH.step), LENGTH.step)),
          }),
      keywords: [finding.severity, finding.kind, state].map((word) => word.slice(0, LENGTH.keyword)),
    },
    metadata: {
      threadId: finding.id,
      summary: title,
      eventType: `rekognition-${finding.kind}-${state}`,
      ...(resources.length === 0 ? {} : { relatedResources: resources.slice(0, SHOWN.resources) }),
    },
  };
}

function tagOf({ state, finding }: MailItem): string {
  if (state === 'resolved') return 'RESOLVED';
  return finding.kind === 'inconclusive' ? 'INCONCLUSIVE' : finding.severity.toUpperCase();
}

function descriptionOf(
  item: MailItem,
  changes: PrincipalAlerts['changes'],
  { accountId, region }: AnnouncementContext,
): string {
  const { finding, subjects } = item;
  const changed = changes.slice(-SHOWN.changes).map((change) => {
    const link = eventLink(change);
    const what = `${plain(change.what, 300)} by ${plain(actorWords(change.actor), 150)}`;
    return `• ${what}, ${change.time.slice(0, 19).replace('T', ' ')} UTC${link === undefined ? '' : ` ${link}`}`;
  });
  const lines = [
    ...(changed.length === 0 ? [] : ['What changed:', ...changed]),
    plain(finding.summary, 600),
    ...(finding.when === undefined ? [] : [`when: ${plain(finding.when, 300)}`]),
    ...(subjects.length === 1 ? [] : [`who: ${plain(listed(subjects, 10), 600)}`]),
    ...finding.by
      .slice(0, SHOWN.statements)
      .map((statement) => `because ${plain(statementLabel(statement), 200)}`),
    ...(finding.reachedBy === undefined ? [] : [`can be assumed by ${plain(finding.reachedBy, 300)}`]),
    `account ${accountId}, ${region}`,
  ];
  return fitted(lines.join('\n'), LENGTH.description);
}

function restOf(count: number, { accountId, at }: AnnouncementContext): ChatNotification {
  const title = `and ${counted(count, 'other finding')}: the e-mail has them all`;
  return {
    version: '1.0',
    source: 'custom',
    id: `more-${at}`,
    content: {
      textType: 'client-markdown',
      title,
      description: `account ${accountId}`,
      keywords: ['more'],
    },
    metadata: { threadId: `more-${at}`, summary: title, eventType: 'rekognition-more' },
  };
}
