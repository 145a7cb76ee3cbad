import * as z from 'zod/mini';
import { findAction } from '#lib/catalog/actions.ts';
import { userIdentitySchema } from './actor.ts';
import { parseStruct } from './struct-text.ts';

/** A call of Rekognition that CloudTrail recorded. */
export interface Use {
  /** Of the role or user that called: `arn:aws:iam::123456789012:role/team/analyst`. */
  readonly principalArn: string;
  /** `rekognition:SearchFaces` */
  readonly action: string;
  /** What it was about; empty where the event does not say, or the action has no resource. */
  readonly resources: readonly string[];
  /** `2026-11-24T10:00:00Z` */
  readonly time: string;
  readonly denied: boolean;
  /** It came to nothing, denied or not: what it names may be anything. */
  readonly failed: boolean;
}

const text = z.optional(z.nullable(z.string()));
/**
 * A record as CloudTrail writes it. Athena and Lake give names in small letters, and what is nested as JSON text; in a
 * CSV what is nested is a struct's text.
 */
const recordSchema = z.object({
  eventsource: z.literal('rekognition.amazonaws.com'),
  eventname: z.string(),
  eventtime: z.string(),
  awsregion: z.string(),
  recipientaccountid: text,
  errorcode: text,
  useridentity: z.unknown(),
  requestparameters: z.unknown(),
});

const wrapperSchema = z.object({ detail: z.optional(z.unknown()), CloudTrailEvent: z.optional(z.string()) });
const parametersSchema = z.record(z.string(), z.unknown());

/**
 * Reads what a file of events holds: a record, an event of EventBridge, or an entry of `aws cloudtrail lookup-events`.
 * Undefined for what is no call of Rekognition by a role or user of an account.
 * Source: CloudTrail User Guide, "CloudTrail record contents".
 */
export function readUse(value: unknown): Use | undefined {
  const record = z.safeParse(recordSchema, recordIn(value)).data;
  const action = record && findAction(record.eventname);
  const principalArn = record && principalOf(record.useridentity);
  if (record === undefined || action === undefined || principalArn === undefined) return undefined;
  const parameters = z.safeParse(parametersSchema, parsedJson(record.requestparameters) ?? {}).data ?? {};
  const [, partition = 'aws', , , own = ''] = principalArn.split(':');
  const place = `arn:${partition}:rekognition:${record.awsregion}:${record.recipientaccountid ?? own}`;
  return {
    principalArn,
    action: action.action,
    resources: resourcesIn(parameters, place, new Set(action.resourceTypes.map(({ name }) => name))),
    time: isoTime(record.eventtime),
    failed: Boolean(record.errorcode),
    denied: /AccessDenied|UnauthorizedOperation/.test(record.errorcode ?? ''),
  };
}

/** A call of Rekognition whose operation is not in the catalogue: which action it needs is not known. */
export interface UnknownUse {
  readonly principalArn: string;
  /** `DetectMoods` */
  readonly operation: string;
  readonly failed: boolean;
}

/** Reads a call of an operation that Rekognition has got since, or never had; undefined for all that `readUse` reads. */
export function readUnknownUse(value: unknown): UnknownUse | undefined {
  const record = z.safeParse(recordSchema, recordIn(value)).data;
  const principalArn = record && principalOf(record.useridentity);
  if (record === undefined || principalArn === undefined || findAction(record.eventname)) return undefined;
  return { principalArn, operation: record.eventname, failed: Boolean(record.errorcode) };
}

/** Whether something is a record of CloudTrail, of whatever service. */
export const isRecord = (value: unknown): boolean => {
  const { eventname, eventsource } = recordIn(value) ?? {};
  return eventname !== undefined && eventsource !== undefined;
};

/** A record, out of what it came in, with its names in small letters. */
function recordIn(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const wrapped = z.safeParse(wrapperSchema, value).data;
  const inner = wrapped?.detail ?? parsedJson(wrapped?.CloudTrailEvent) ?? value;
  if (typeof inner !== 'object' || inner === null) return undefined;
  return Object.fromEntries(Object.entries(inner).map(([key, one]) => [key.toLowerCase(), one]));
}

/** The role of a session, or the user. */
function principalOf(identity: unknown): string | undefined {
  const read = z.safeParse(userIdentitySchema, identityOf(identity)).data;
  const arn = read?.sessionContext?.sessionIssuer?.arn ?? read?.arn;
  return arn !== undefined && /^arn:[^:]+:iam::\d{12}:(role|user)\//.test(arn) ? arn : undefined;
}

function identityOf(identity: unknown): unknown {
  const struct = typeof identity === 'string' ? parseStruct(identity) : undefined;
  if (struct === undefined) return parsedJson(identity);
  const context = struct.sessioncontext;
  const issuer = typeof context === 'object' ? context.sessionissuer : undefined;
  return { arn: struct.arn, ...(issuer === undefined ? {} : { sessionContext: { sessionIssuer: issuer } }) };
}

/** What the request parameters name, of the types that the action is judged on. */
function resourcesIn(
  parameters: Readonly<Record<string, unknown>>,
  place: string,
  types: ReadonlySet<string>,
): string[] {
  const found: string[] = [];
  for (const [key, value] of Object.entries(parameters)) {
    if (typeof value !== 'string' || /[*?$]/.test(value)) continue;
    const name = key.toLowerCase();
    if (types.has('collection') && name === 'collectionid') found.push(`${place}:collection/${value}`);
    else if (types.has('streamprocessor') && name === 'name') found.push(`${place}:streamprocessor/${value}`);
    else if (/^arn:[^:]+:rekognition:/.test(value)) found.push(value);
  }
  return [...new Set(found)];
}

/** Lake gives `2026-11-24 10:00:00.000` for `2026-11-24T10:00:00Z`. */
const isoTime = (time: string): string =>
  time.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?$/, '$1T$2Z');

function parsedJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
