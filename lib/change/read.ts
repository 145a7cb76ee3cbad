import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { readActor, userIdentitySchema } from './actor.ts';
import { eventsBySource } from './event-table.ts';
import { type ChangeParameters, readParameters } from './parameters.ts';
import { policyEditOf, writesDocument } from './policy-edit.ts';
import type { Change, ReadChange, Relevant } from './types.ts';

const eventSchema = z.object({
  source: z.string(),
  'detail-type': z.literal('AWS API Call via CloudTrail'),
  account: z.string(),
  detail: z.object({
    eventID: z.string(),
    eventName: z.string(),
    eventTime: z.string(),
    awsRegion: z.string(),
    sourceIPAddress: z.optional(z.string()),
    errorCode: z.optional(z.string()),
    readOnly: z.optional(z.boolean()),
    recipientAccountId: z.optional(z.string()),
    userIdentity: userIdentitySchema,
    requestParameters: z.optional(z.unknown()),
    responseElements: z.optional(z.unknown()),
  }),
});

type CloudTrailEvent = z.output<typeof eventSchema>;

/**
 * Reads one EventBridge event of a CloudTrail management event: who did what, and whom it affects. Only names are taken
 * from the event, never what holds: events come late, twice, out of order and cut, so that is read from IAM afterwards.
 * The document that an event carries says only what was open between two looks. Whatever cannot be read affects the whole account, since that is how a change would be hidden.
 *
 * Source: CloudTrail record contents; Amazon EventBridge, "AWS API Call via CloudTrail".
 *
 * @param accountId the account that is checked; what happened in another one is ignored.
 */
export function readChange(event: unknown, accountId: string): ReadChange {
  const parsed = z.safeParse(eventSchema, event);
  if (!parsed.success) return unreadable(event, accountId);
  const { source, account, detail } = parsed.data;
  const { eventName } = detail;
  const ignored = (reason: string): ReadChange => ({ kind: 'ignored', eventName, reason });

  // Never the actor's account: somebody of another account may change this one.
  const place = [account, detail.recipientAccountId ?? account].find((one) => one !== accountId);
  if (place !== undefined) return ignored(`it happened in account ${place}`);
  if (detail.errorCode !== undefined) return ignored(`the call failed (${detail.errorCode})`);
  if (detail.readOnly === true) return ignored('the call only read');

  const events = Object.hasOwn(eventsBySource, source) ? eventsBySource[source] : undefined;
  const row = events && Object.hasOwn(events, eventName) ? events[eventName] : undefined;
  if (row === undefined) {
    return widened(
      parsed.data,
      `${eventName}, which this version does not know`,
      `${source} event ${eventName} is not known`,
    );
  }
  const parameters = readParameters(detail.requestParameters, detail.responseElements);
  const affected = row.affects(parameters);
  if (affected === undefined) {
    const wide = widened(
      parsed.data,
      `${eventName}, on whom the event does not say (${gapOf(detail.requestParameters)})`,
      `${eventName} does not say whom it affects`,
    );
    return writesDocument(eventName)
      ? { ...wide, change: { ...wide.change, edit: { act: 'hidden' } } }
      : wide;
  }
  if ('unaffected' in affected) return ignored(affected.unaffected);
  return {
    kind: 'relevant',
    affected,
    change: { ...changeOf(parsed.data, row.reads(parameters)), ...editIn(eventName, parameters) },
  };
}

/** Why an event does not say whom it affects. IAM does not count white space, so anybody can make a request too large. */
function gapOf(requestParameters: unknown): string {
  if (requestParameters === null || requestParameters === undefined)
    return 'its request parameters are empty';
  const omitted = z.safeParse(z.object({ omitted: z.literal(true) }), requestParameters).success;
  return omitted ? 'its request was too large for CloudTrail' : 'its request parameters name nobody';
}

function editIn(eventName: string, parameters: ChangeParameters): Pick<Change, 'edit'> {
  const edit = policyEditOf(eventName, parameters);
  return edit === undefined ? {} : { edit };
}

function changeOf({ account, detail }: CloudTrailEvent, what: string): Change {
  return {
    eventId: detail.eventID,
    eventName: detail.eventName,
    time: detail.eventTime,
    region: detail.awsRegion,
    accountId: account,
    actor: readActor(detail.userIdentity),
    sourceIp: detail.sourceIPAddress ?? 'unknown',
    what,
  };
}

const widened = (event: CloudTrailEvent, did: string, reason: string): Relevant => ({
  kind: 'relevant',
  affected: [{ kind: 'account', reason: `${reason}, so everybody is checked` }],
  change: changeOf(event, `did ${did}`),
});

/** Of what is no event of CloudTrail, only that it came; the same text is the same change. */
function unreadable(event: unknown, accountId: string): ReadChange {
  const eventId = createHash('sha256')
    .update(JSON.stringify(event) ?? '')
    .digest('hex')
    .slice(0, 32);
  const change: Change = {
    eventId: `unreadable-${eventId}`,
    eventName: 'unknown',
    time: new Date(0).toISOString(),
    region: 'unknown',
    accountId,
    actor: { name: 'unknown' },
    sourceIp: 'unknown',
    what: 'did something of which the event cannot be read',
  };
  const reason = 'an event could not be read, so everybody is checked';
  return { kind: 'relevant', affected: [{ kind: 'account', reason }], change };
}
