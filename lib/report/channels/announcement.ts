import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Change } from '#lib/change/types.ts';
import { shortened } from '#lib/words/escape.ts';
import { findingKinds } from '#lib/words/kinds.ts';
import { statementLabel } from '#lib/words/labels.ts';
import type { Alert, PrincipalAlerts } from '../alert.ts';
import { actorWords, eventLink } from '../mail-changes.ts';
import type { MailContext } from '../mail-content.ts';
import { itemsOfAlerts } from '../mail-items.ts';
import { predicateOf } from '../mail-subject.ts';

const severity = z.enum(['critical', 'high', 'medium', 'low']);

/**
 * One finding of one principal that the team is told of: what channels for machines get. Its JSON Schema is
 * announcement.schema.json; fields may be added within a version.
 */
export const announcementSchema = z.object({
  schemaVersion: z.literal(1),
  /** The same when the same announcement is sent again, so that a receiver can leave it out. */
  id: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  account: z.string(),
  /** Whose ARNs are asked about. */
  region: z.string(),
  /** ISO 8601. */
  at: z.string(),
  /** What led to it. */
  purpose: z.enum(['change', 'sweep', 'weekly-report', 'probe']),
  state: z.enum(['new', 'worse', 'reminder', 'resolved']),
  /** Of a resolved one, why, where the access has not just become as expected: then it may still be there. */
  resolvedBecause: z.optional(z.enum(['deleted', 'not-judged', 'covered', 'expectations'])),
  firstSeen: z.string(),
  finding: z.object({
    /** The same for the same disagreement, whenever it is found. */
    id: z.string(),
    kind: z.enum(findingKinds),
    severity,
    /** `role/analyst`; of a finding about no principal the policy, or the expectations. */
    subject: z.string(),
    principalArn: z.optional(z.string()),
    /** `role/analyst can now delete collections and faces (+39)` */
    title: z.string(),
    summary: z.string(),
    actions: z.array(z.object({ action: z.string(), severity })),
    /** On which resources, and when, in words. */
    scope: z.optional(z.string()),
    when: z.optional(z.string()),
    expected: z.optional(z.string()),
    expectedBy: z.optional(z.string()),
    reachedBy: z.optional(z.string()),
    /** The statements that do it, by policy and place. */
    because: z.array(z.string()),
    /** What to do, smallest change first: each a sentence or a command. */
    nextSteps: z.array(z.string()),
    /** What to change in expectations.yaml if it is meant to be so. */
    accept: z.optional(z.string()),
  }),
  /** What somebody did to IAM before, the latest last. */
  changes: z.array(
    z.object({
      eventId: z.string(),
      eventName: z.string(),
      at: z.string(),
      by: z.string(),
      what: z.string(),
      link: z.optional(z.string()),
    }),
  ),
});

export type Announcement = z.infer<typeof announcementSchema>;

/** What an announcement is made with. */
export interface AnnouncementContext extends MailContext {
  readonly purpose: Announcement['purpose'];
}

/** So many, and so long, at most: an event has room for 256 KiB. */
const SHOWN = { because: 10, nextSteps: 8, changes: 10, text: 1000 } as const;

/** One announcement for each finding of each principal. */
export function announcementsOf(
  principals: readonly PrincipalAlerts[],
  context: AnnouncementContext,
): readonly Announcement[] {
  return principals.flatMap((one) => one.alerts.map((alert) => announcementOf(one, alert, context)));
}

function announcementOf(
  principal: PrincipalAlerts,
  alert: Alert,
  { accountId, region, at, purpose }: AnnouncementContext,
): Announcement {
  const { finding, kind: state, firstSeen } = alert;
  const because = reasonOf(alert);
  const actions = finding.actions.map(({ action, severity }) => ({ action, severity }));
  const seen = [accountId, finding.id, state, firstSeen, actions, principal.readAt ?? at];
  return {
    schemaVersion: 1,
    id: createHash('sha256').update(JSON.stringify(seen)).digest('hex').slice(0, 32),
    account: accountId,
    region,
    at,
    purpose,
    state,
    ...(because === undefined ? {} : { resolvedBecause: because }),
    firstSeen,
    finding: findingOf(principal, alert, actions),
    changes: principal.changes.slice(-SHOWN.changes).map(changeOf),
  };
}

function findingOf(
  principal: PrincipalAlerts,
  alert: Alert,
  actions: Announcement['finding']['actions'],
): Announcement['finding'] {
  const { finding } = alert;
  const { id, kind, severity, subject, principalArn, expected, expectedBy, accept } = finding;
  const [item] = itemsOfAlerts([{ ...principal, alerts: [alert] }]);
  const optional = (name: 'scope' | 'when' | 'reachedBy') =>
    finding[name] === undefined ? {} : { [name]: text(finding[name]) };
  return {
    id,
    kind,
    severity,
    subject,
    ...(principalArn === undefined ? {} : { principalArn }),
    title: text(`${subject} ${item === undefined ? '' : predicateOf(item, 2)}`),
    summary: text(finding.summary),
    actions,
    ...optional('scope'),
    ...optional('when'),
    ...optional('reachedBy'),
    ...(expected === undefined ? {} : { expected: text(expected) }),
    ...(expectedBy === undefined ? {} : { expectedBy: `${expectedBy.file}:${expectedBy.line}` }),
    because: finding.by.slice(0, SHOWN.because).map((one) => text(statementLabel(one))),
    nextSteps: finding.remedies.slice(0, SHOWN.nextSteps).map(text),
    ...(accept === undefined ? {} : { accept: text(accept) }),
  };
}

const text = (value: string): string => shortened(value, SHOWN.text);

function reasonOf({ kind, deleted, notJudged, covered, since }: Alert): Announcement['resolvedBecause'] {
  if (kind !== 'resolved') return undefined;
  if (deleted) return 'deleted';
  if (notJudged) return 'not-judged';
  if (since === 'expectations') return 'expectations';
  return covered === undefined ? undefined : 'covered';
}

function changeOf(change: Change): Announcement['changes'][number] {
  const { eventId, eventName, time, actor, what } = change;
  const link = eventLink(change);
  return {
    eventId,
    eventName,
    at: time,
    by: text(actorWords(actor)),
    what: text(what),
    ...(link === undefined ? {} : { link }),
  };
}
