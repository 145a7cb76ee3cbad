import * as z from 'zod/mini';
import { describeSchemaError } from '#lib/errors.ts';
import { readActor, userIdentitySchema } from './actor.ts';
import { iamEvents, organizationsEvents } from './affected.ts';
import { describeChange } from './describe.ts';
import type { ReadChange } from './types.ts';

/** CloudTrail writes null for what is not there. */
const text = z.pipe(
  z.nullish(z.string()),
  z.transform((value) => value ?? undefined),
);

/** Fields that name somebody; what else is there is left alone. Fields may be cut or absent (100 KB limit). */
const parametersSchema = z.nullish(
  z.object({
    userName: text,
    roleName: text,
    groupName: text,
    policyArn: text,
    policyName: text,
    versionId: text,
    permissionsBoundary: text,
    newUserName: text,
    newGroupName: text,
    setAsDefault: z.pipe(
      z.nullish(z.boolean()),
      z.transform((value) => value ?? undefined),
    ),
    tags: z.pipe(
      z.nullish(z.array(z.object({ key: text, value: text }))),
      z.transform((value) => value ?? undefined),
    ),
    tagKeys: z.pipe(
      z.nullish(z.array(z.string())),
      z.transform((value) => value ?? undefined),
    ),
  }),
);

const responseSchema = z.nullish(z.object({ roleName: text, role: z.nullish(z.object({ roleName: text })) }));

const eventSchema = z.object({
  source: z.enum(['aws.iam', 'aws.organizations']),
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
    userIdentity: userIdentitySchema,
    requestParameters: parametersSchema,
    responseElements: z.optional(z.unknown()),
  }),
});

/** An event that is not what it should be: it is neither checked nor lost, so the caller keeps it (DLQ) and says so. */
export class UnreadableEventError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableEventError';
  }
}

/**
 * Reads one EventBridge event of a CloudTrail management event of IAM or Organizations: who did what, and whom it
 * touches. Only names are taken from the event, never a policy document: events come late, twice, out of order and
 * cut, so what holds is read from IAM afterwards.
 *
 * Source: CloudTrail record contents; Amazon EventBridge, "AWS API Call via CloudTrail".
 *
 * @throws {UnreadableEventError} when the event has another shape, an unknown name, or lacks the name it should carry.
 */
export function readChange(event: unknown): ReadChange {
  const parsed = z.safeParse(eventSchema, event);
  if (!parsed.success) {
    throw new UnreadableEventError(
      `not a CloudTrail event of IAM or Organizations: ${describeSchemaError(parsed.error, 'event')}`,
    );
  }
  const { source, account, detail } = parsed.data;
  const { eventName } = detail;
  const ignored = (reason: string): ReadChange => ({ kind: 'ignored', eventName, reason });

  if (detail.errorCode !== undefined) return ignored(`the call failed (${detail.errorCode})`);
  if (detail.readOnly === true) return ignored('the call only read');

  const events = source === 'aws.iam' ? iamEvents : organizationsEvents;
  const rule = Object.hasOwn(events, eventName) ? events[eventName] : undefined;
  if (rule === undefined)
    throw new UnreadableEventError(
      `${source} event ${eventName} is not known: whom it touches is not known either`,
    );

  const response = z.safeParse(responseSchema, detail.responseElements);
  const parameters = {
    ...detail.requestParameters,
    // AcquireRole and CreateServiceLinkedRole name the role only in their answer.
    roleName:
      detail.requestParameters?.roleName ??
      (response.success ? (response.data?.role?.roleName ?? response.data?.roleName) : undefined),
  };

  const affected = rule(parameters);
  if ('unaffected' in affected) return ignored(affected.unaffected);
  if ('absent' in affected) {
    throw new UnreadableEventError(
      `${eventName} ${detail.eventID} carries no ${affected.absent}: nobody can be checked for it`,
    );
  }
  return {
    kind: 'relevant',
    touched: affected,
    change: {
      eventId: detail.eventID,
      eventName,
      time: detail.eventTime,
      region: detail.awsRegion,
      accountId: account,
      actor: readActor(detail.userIdentity),
      sourceIp: detail.sourceIPAddress ?? 'unknown',
      what: describeChange(eventName, parameters),
    },
  };
}
