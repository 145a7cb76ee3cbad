import type { Layer } from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import { InputError } from '#lib/errors.ts';
import { layerNamed } from '#lib/words/layers.ts';

/** A call that AWS refused, as far as AWS says. */
export interface Denial {
  /** An ARN: of a user, a role, or a session of a role. */
  readonly principal: string;
  /** `rekognition:DeleteFaces` */
  readonly action: string;
  readonly resource?: string;
  /** What AWS says stood in the way. */
  readonly by?: {
    readonly layer: Layer;
    /** A Deny, or no Allow. */
    readonly explicit: boolean;
    /** The ARN of the policy, where AWS names it. */
    readonly policy?: string;
  };
  /** What the event tells of the request's context. */
  readonly context: Readonly<Record<string, string>>;
}

const record = z.object({
  eventSource: z.string(),
  eventName: z.string(),
  awsRegion: z.optional(z.string()),
  sourceIPAddress: z.optional(z.string()),
  vpcEndpointId: z.optional(z.string()),
  errorCode: z.optional(z.string()),
  errorMessage: z.optional(z.string()),
  userIdentity: z.object({
    arn: z.optional(z.string()),
    sessionContext: z.optional(
      z.object({ attributes: z.optional(z.object({ mfaAuthenticated: z.optional(z.string()) })) }),
    ),
  }),
});

type CloudTrailRecord = z.output<typeof record>;

const denied = /^(AccessDenied|Client\.UnauthorizedOperation|UnauthorizedOperation|AuthorizationError)/;

/**
 * Reads AWS's sentence of an AccessDenied error, or a CloudTrail event of a call that was refused: a record, a file of
 * records, or what EventBridge delivers.
 *
 * Source: IAM User Guide, "Troubleshoot access denied error messages"; CloudTrail User Guide, "record contents".
 *
 * @throws InputError for what is neither, and for an event of a call that was not refused.
 */
export function readDenial(text: string): Denial {
  const json = parsed(text);
  if (json === undefined) return sentenceOf(text) ?? notAnError();
  const records = recordsIn(json);
  const [refused] = records.filter(({ errorCode = '' }) => denied.test(errorCode));
  if (refused !== undefined) return ofRecord(refused);
  throw new InputError(
    records.length === 0
      ? '--error: the JSON is not a CloudTrail event: eventSource, eventName and userIdentity are expected'
      : '--error: the event is not of a call that was refused: its errorCode is no AccessDenied',
  );
}

function notAnError(): never {
  throw new InputError(
    '--error: not a sentence of AWS: "User: ARN is not authorized to perform: ACTION on resource: ARN because …" is expected, or a CloudTrail event',
  );
}

function parsed(text: string): unknown {
  try {
    return /^\s*\{/.test(text) ? JSON.parse(text) : undefined;
  } catch {
    throw new InputError('--error: this begins as JSON and is none');
  }
}

const wrapped = z.union([z.object({ Records: z.array(z.unknown()) }), z.object({ detail: z.unknown() })]);

function recordsIn(json: unknown): CloudTrailRecord[] {
  const { data } = z.safeParse(wrapped, json);
  const all = data === undefined ? [json] : 'Records' in data ? data.Records : [data.detail];
  return all.flatMap((one) => z.safeParse(record, one).data ?? []);
}

function ofRecord(event: CloudTrailRecord): Denial {
  const { userIdentity, eventSource, eventName, errorMessage = '' } = event;
  const said = sentenceOf(errorMessage);
  const principal = said?.principal ?? userIdentity.arn;
  if (principal === undefined) throw new InputError('--error: the event does not say who called');
  const mfa = userIdentity.sessionContext?.attributes?.mfaAuthenticated;
  const address = event.sourceIPAddress ?? '';
  const { awsRegion, vpcEndpointId } = event;
  return {
    action: `${eventSource.split('.')[0]}:${eventName}`,
    ...said,
    principal,
    context: {
      ...(awsRegion === undefined ? {} : { 'aws:RequestedRegion': awsRegion }),
      // A service's name stands here where a service called.
      ...(/^[\d.]+$|:/.test(address) ? { 'aws:SourceIp': address } : {}),
      ...(vpcEndpointId === undefined ? {} : { 'aws:SourceVpce': vpcEndpointId }),
      ...(mfa === undefined ? {} : { 'aws:MultiFactorAuthPresent': mfa }),
    },
  };
}

const SENTENCE =
  /(?:User|Principal): (?<principal>arn:\S+) is not authorized to perform: (?<action>[\w-]+:\w+)(?: on resource: "?(?<resource>[^\s"]+)"?)?(?<rest>.*)/s;
const EXPLICIT =
  /explicit deny in an? (?<layer>[A-Za-z -]+?policy|permissions boundary)(?:: ?(?<policy>arn:\S+))?/;
const IMPLICIT = /because no (?<layer>[A-Za-z -]+?policy|permissions boundary) allows/;

function sentenceOf(text: string): Denial | undefined {
  const { principal, action, resource, rest = '' } = SENTENCE.exec(text)?.groups ?? {};
  if (principal === undefined || action === undefined) return undefined;
  const deny = EXPLICIT.exec(rest)?.groups;
  const layer = layerNamed(deny?.layer ?? IMPLICIT.exec(rest)?.groups?.layer ?? '');
  const policy = deny?.policy?.replace(/[.,]$/, '');
  return {
    principal,
    action,
    ...(resource === undefined ? {} : { resource }),
    ...(layer && { by: { layer, explicit: deny !== undefined, ...(policy && { policy }) } }),
    context: {},
  };
}
