import type { z } from 'zod';
import { AwsError } from '../types.ts';
import { valueAt } from '../wire/json-protocol.ts';

/** Codes that have another name in the Query protocol, which SQS sends along: the API model's awsQueryError. */
const queryCodes: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  QueueDeletedRecently: 'AWS.SimpleQueueService.QueueDeletedRecently',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  PurgeQueueInProgress: 'AWS.SimpleQueueService.PurgeQueueInProgress',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
};

/** The header by which clients of the older protocol know an error: `AWS.SimpleQueueService.NonExistentQueue;Sender`. */
export const queryErrorHeader = ({ code, status }: AwsError): Record<string, string> => ({
  'x-amzn-query-error': `${queryCodes[code] ?? code};${status >= 500 ? 'Receiver' : 'Sender'}`,
});

/** Why a number is not taken: parameter → reason. */
const reasons: Readonly<Record<string, string>> = {
  MaxNumberOfMessages: 'Must be between 1 and 10, if provided.',
  WaitTimeSeconds: 'Must be >= 0 and <= 20, if provided.',
  DelaySeconds: 'DelaySeconds must be >= 0 and <= 900.',
  VisibilityTimeout: 'VisibilityTimeout must be an integer between 0 and 43200.',
  MaxResults: 'Must be an integer value between 1 and 1000.',
};

/** What SQS says to an input that is not of its shape. */
export function inputError(error: z.ZodError, body: unknown): AwsError {
  const [issue] = error.issues;
  const path = issue?.path ?? [];
  const [first = ''] = path;
  const parameter = String(path.at(-1) ?? '');
  const value = valueAt(body, path);
  const count = first === 'Entries' && path.length === 1 ? entryCountError(issue?.code, value) : undefined;
  if (count !== undefined) return count;
  if (value === undefined || value === null) {
    return new AwsError('MissingParameter', `The request must contain the parameter ${parameter}.`);
  }
  if (parameter === 'Id') {
    return new AwsError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  }
  const reason = reasons[parameter] ?? `${issue?.message ?? 'It is not of the right type'}.`;
  const shown = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return new AwsError(
    'InvalidParameterValue',
    `Value ${shown} for parameter ${parameter} is invalid. Reason: ${reason}`,
  );
}

function entryCountError(code: string | undefined, entries: unknown): AwsError | undefined {
  if (code === 'too_small') {
    return new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  }
  if (code !== 'too_big') return undefined;
  const sent = Array.isArray(entries) ? entries.length : 0;
  return new AwsError(
    'TooManyEntriesInBatchRequest',
    `Maximum number of entries per request are 10. You have sent ${sent}.`,
  );
}
