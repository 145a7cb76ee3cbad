import * as z from 'zod/mini';
import { InputError } from '#lib/errors.ts';
import { type RefusedBy, type RefusedSentence, readRefusal } from './denial-sentence.ts';

/** A call that AWS refused, as far as AWS says. */
export interface Denial {
  /** An ARN: of a user, a role, a session, or the root user; a service, an account, or `anonymous`. */
  readonly principal: string;
  /** `rekognition:DeleteFaces` */
  readonly action: string;
  readonly resource?: string;
  readonly by?: RefusedBy;
  /** What the event tells of the request's context; `undefined`: the request lacks the key. */
  readonly context: Readonly<Record<string, string | undefined>>;
  /** Other refused calls that stood beside it. */
  readonly others?: number;
}

const record = z.object({
  eventSource: z.string(),
  eventName: z.string(),
  awsRegion: z.optional(z.string()),
  sourceIPAddress: z.optional(z.string()),
  vpcEndpointId: z.optional(z.string()),
  errorCode: z.optional(z.string()),
  errorMessage: z.optional(z.string()),
  requestParameters: z.optional(z.nullable(z.object({ roleArn: z.optional(z.string()) }))),
  userIdentity: z.object({
    type: z.optional(z.string()),
    arn: z.optional(z.string()),
    accountId: z.optional(z.string()),
    invokedBy: z.optional(z.string()),
    identityProvider: z.optional(z.string()),
    sessionContext: z.optional(
      z.object({
        sessionIssuer: z.optional(z.object({ arn: z.optional(z.string()) })),
        attributes: z.optional(z.object({ mfaAuthenticated: z.optional(z.string()) })),
      }),
    ),
  }),
});

type CloudTrailRecord = z.output<typeof record>;

const denied = /^(AccessDenied|Client\.UnauthorizedOperation|UnauthorizedOperation|AuthorizationError)/;

/**
 * Reads AWS's sentence of an AccessDenied error, alone or in a message or JSON around it, or a CloudTrail event of a call
 * that was refused: a record, a file of records, what `aws cloudtrail lookup-events` prints, or what EventBridge delivers.
 *
 * Source: IAM User Guide, "Troubleshoot access denied error messages"; CloudTrail User Guide, "record contents".
 *
 * @throws InputError for what is neither, and for an event of a call that was not refused.
 */
export function readDenial(text: string): Denial {
  const json = parsed(text);
  if (json === undefined) return ofSentence(readRefusal(text));
  const records = recordsIn(json);
  const [refused, ...others] = records.filter(({ errorCode = '' }) => denied.test(errorCode));
  if (refused !== undefined)
    return { ...ofRecord(refused), ...(others.length > 0 && { others: others.length }) };
  if (records.length === 0) {
    const [said] = textsIn(json).flatMap((one) => readRefusal(one) ?? []);
    if (said !== undefined) return ofSentence(said);
  }
  throw new InputError(
    records.length === 0
      ? '--error: the JSON is not a CloudTrail event: eventSource, eventName and userIdentity are expected'
      : '--error: the event is not of a call that was refused: its errorCode is no AccessDenied',
  );
}

function ofSentence(said: RefusedSentence | undefined): Denial {
  if (said === undefined)
    throw new InputError(
      '--error: not a sentence of AWS: "User: ARN is not authorized to perform: ACTION on resource: ARN because …" is expected, or a CloudTrail event',
    );
  const { principal } = said;
  if (principal === undefined)
    throw new InputError(
      `--error: AWS does not say who was refused ${said.action}: give the CloudTrail event, or name principal and action in the place of --error`,
    );
  return { ...said, principal, context: {} };
}

function parsed(text: string): unknown {
  try {
    return /^\s*[{[]/.test(text) ? JSON.parse(text) : undefined;
  } catch {
    throw new InputError('--error: this begins as JSON and is none');
  }
}

const wrapped = z.union([
  z.object({ Records: z.array(z.unknown()) }),
  z.object({ Events: z.array(z.unknown()) }),
  z.object({ CloudTrailEvent: z.string() }),
  z.object({ detail: z.unknown() }),
]);

function recordsIn(json: unknown): CloudTrailRecord[] {
  if (Array.isArray(json)) return json.flatMap(recordsIn);
  const { data } = z.safeParse(wrapped, json);
  if (data === undefined) return [z.safeParse(record, json).data ?? []].flat();
  if ('Records' in data) return data.Records.flatMap(recordsIn);
  if ('Events' in data) return data.Events.flatMap(recordsIn);
  return recordsIn('detail' in data ? data.detail : parsed(data.CloudTrailEvent));
}

/** Every text in a value. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function ofRecord(event: CloudTrailRecord): Denial {
  const { userIdentity, eventSource, eventName, errorMessage = '', requestParameters } = event;
  const said = readRefusal(errorMessage);
  const principal = callerOf(event, said);
  if (principal === undefined) throw new InputError('--error: the event does not say who called');
  const address = event.sourceIPAddress ?? '';
  const { awsRegion, vpcEndpointId } = event;
  const role = requestParameters?.roleArn;
  return {
    action: `${eventSource.split('.')[0]}:${eventName}`,
    ...(eventSource.startsWith('sts.') && role !== undefined && { resource: role }),
    ...said,
    principal,
    context: {
      ...(awsRegion === undefined ? {} : { 'aws:RequestedRegion': awsRegion }),
      // A service's name stands here where a service called.
      ...(/^[\d.]+$|:/.test(address) ? { 'aws:SourceIp': address } : {}),
      ...(vpcEndpointId === undefined ? {} : { 'aws:SourceVpce': vpcEndpointId }),
      ...mfaOf(userIdentity),
    },
  };
}

/** Who called: for a federated user, the user whose permissions his session has. */
function callerOf({ userIdentity }: CloudTrailRecord, said: RefusedSentence | undefined): string | undefined {
  const { type, arn, accountId, invokedBy, identityProvider, sessionContext } = userIdentity;
  const issuer = type === 'FederatedUser' ? sessionContext?.sessionIssuer?.arn : undefined;
  return issuer ?? said?.principal ?? arn ?? identityProvider ?? invokedBy ?? accountId;
}

/** Whether there was MFA: a request that a user signs with his own keys does not say, and lacks the key. */
function mfaOf({ type, sessionContext }: CloudTrailRecord['userIdentity']): Denial['context'] {
  const mfa = sessionContext?.attributes?.mfaAuthenticated;
  if (mfa !== undefined) return { 'aws:MultiFactorAuthPresent': mfa };
  return type === 'IAMUser' && sessionContext === undefined
    ? { 'aws:MultiFactorAuthPresent': undefined }
    : {};
}
