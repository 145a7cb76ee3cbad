import { randomUUID } from 'node:crypto';
import type { LocalApiCall } from '../api-call.ts';
import type { Json, JsonObject } from '../events/json.ts';

/** CloudTrail cuts fields that are longer: 100 KB of parameters and answers, 1 KB of agents and errors. */
const maxFieldBytes = 100 * 1024;
const maxTextLength = 1024;

/**
 * The `detail` of "AWS API Call via CloudTrail" for one call.
 * Source: AWS CloudTrail User Guide, "CloudTrail record contents", "CloudTrail userIdentity element".
 */
export function cloudTrailRecord(call: LocalApiCall): JsonObject {
  const host = `${call.service}.amazonaws.com`;
  return {
    eventVersion: '1.11',
    userIdentity: userIdentity(call),
    eventTime: seconds(call.time),
    eventSource: host,
    eventName: call.operation,
    awsRegion: call.region,
    sourceIPAddress: call.sourceIp,
    userAgent: cut(call.userAgent),
    ...(call.errorCode !== undefined && { errorCode: call.errorCode }),
    ...(call.errorMessage !== undefined && { errorMessage: cut(call.errorMessage) }),
    requestParameters: bounded('requestParameters', call.requestParameters),
    responseElements: bounded('responseElements', call.responseElements),
    requestID: call.requestId,
    eventID: randomUUID(),
    readOnly: call.readOnly,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: call.caller.accountId,
    eventCategory: 'Management',
    ...(call.invokedBy === undefined && {
      tlsDetails: {
        tlsVersion: 'TLSv1.3',
        cipherSuite: 'TLS_AES_128_GCM_SHA256',
        clientProvidedHostHeader: host,
      },
    }),
  };
}

function userIdentity({ caller, accessKeyId, invokedBy, time }: LocalApiCall): JsonObject {
  const common = {
    principalId: caller.userId,
    arn: caller.arn,
    accountId: caller.accountId,
    ...(accessKeyId !== undefined && { accessKeyId }),
  };
  const service = invokedBy === undefined ? {} : { invokedBy };
  if (caller.arn.endsWith(':root')) return { type: 'Root', ...common, ...service };
  if (!caller.arn.includes(':assumed-role/')) {
    return { type: 'IAMUser', ...common, userName: nameOf(caller.arn), ...service };
  }
  const issued = caller.context['aws:TokenIssueTime'];
  return {
    type: 'AssumedRole',
    ...common,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: caller.userId.split(':')[0] ?? '',
        arn: caller.principalArn,
        accountId: caller.accountId,
        userName: nameOf(caller.principalArn),
      },
      attributes: {
        creationDate: typeof issued === 'string' ? seconds(new Date(issued)) : seconds(time),
        mfaAuthenticated: String(caller.context['aws:MultiFactorAuthPresent'] ?? 'false'),
      },
    },
    ...service,
  };
}

const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
const seconds = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;
const cut = (text: string): string => (text.length > maxTextLength ? text.slice(0, maxTextLength) : text);

/** What is too long is left out as a whole; the record then says no more than that. */
function bounded(name: string, fields: Readonly<Record<string, unknown>> | null): Json {
  if (fields === null) return null;
  const value = plain(fields);
  const originalSize = Buffer.byteLength(JSON.stringify(value));
  if (originalSize <= maxFieldBytes) return value;
  return { reason: `${name} too large`, omitted: true, originalSize };
}

/** JSON, with dates as CloudTrail writes them in answers: `Nov 20, 2026 10:15:29 AM`. */
function plain(value: unknown): Json {
  if (value instanceof Date) return recordDate(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return null;
}

function recordDate(date: Date): string {
  const text = new Intl.DateTimeFormat('en-US', {
    dateStyle: 'medium',
    timeStyle: 'medium',
    timeZone: 'UTC',
  }).format(date);
  // Newer Node.js put a comma and a narrow space where CloudTrail has plain spaces.
  return text.replace(/\u202f/g, ' ').replace(/(\d{4}), /, '$1 ');
}
