import {
  type MessageAttributeValue,
  PublishCommand,
  type SNSClient,
  SNSServiceException,
} from '@aws-sdk/client-sns';
import { codeMeaning } from '#lib/iam/error-codes.ts';
import type { Mail, MailAttribute } from '#lib/report/mail-content.ts';
import { composeMessage, largestMessage, messageBytes } from '#lib/report/message-size.ts';

/** A message that SNS did not take: why, and what to do. `retryable` where the same message may go through later. */
export class PublishError extends Error {
  override readonly name = 'PublishError';
  /** SNS's own name for the error: `NotFoundException`. */
  readonly code: string;
  readonly retryable: boolean;

  constructor(message: string, code: string, retryable: boolean) {
    super(message);
    this.code = code;
    this.retryable = retryable;
  }
}

export interface Publication {
  readonly client: SNSClient;
  readonly topicArn: string;
  readonly message: Mail;
}

function asAttribute({ type, value }: MailAttribute): MessageAttributeValue {
  return {
    DataType: type,
    StringValue: type === 'String.Array' ? JSON.stringify(value) : String(value),
  };
}

/** What each error of Publish means here. The service's own message is left out: it may quote what was sent. */
const reasons: Readonly<Record<string, (topicArn: string) => string>> = {
  AuthorizationErrorException: (topic) =>
    `is not allowed: the role of this function needs sns:Publish on ${topic}, and the topic's policy must not deny it`,
  AccessDenied: (topic) =>
    `is not allowed: the role of this function needs sns:Publish on ${topic}, and the topic's policy must not deny it`,
  NotFoundException: (topic) =>
    `failed: there is no topic ${topic}; was the stack deleted, or is this another Region?`,
  KMSAccessDeniedException: () =>
    "failed: the topic is encrypted and its key refuses; the key's policy and the role must allow kms:GenerateDataKey and kms:Decrypt",
  KMSDisabledException: () => "failed: the topic's KMS key is disabled; enable it",
  KMSInvalidStateException: () =>
    "failed: the topic's KMS key is in a state that cannot encrypt; is it pending deletion?",
  KMSNotFoundException: () => "failed: the topic's KMS key does not exist; give the topic another key",
  KMSOptInRequired: () => 'failed: the account has no access to KMS yet',
  KMSThrottlingException: () => "failed: KMS throttles the topic's key; it can be tried again",
  EndpointDisabledException: () => 'failed: the endpoint is disabled',
  InvalidParameterException: () => 'failed: SNS does not accept the subject, the message or an attribute',
  InvalidParameterValueException: () =>
    'failed: SNS does not accept the subject, the message or an attribute',
  ValidationException: () => 'failed: SNS does not accept the subject, the message or an attribute',
  InvalidSecurityException: () => 'failed: the request was not signed as SNS wants it',
  ThrottledException: () => 'failed: SNS throttles; it can be tried again',
  Throttling: () => 'failed: SNS throttles; it can be tried again',
  InternalErrorException: () => 'failed: SNS had an error of its own; it can be tried again',
};

/** SNS's name for the error, the network's (`ECONNREFUSED`), or the SDK's. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Error';
  const { code } = error as NodeJS.ErrnoException;
  return !(error instanceof SNSServiceException) && typeof code === 'string' ? code : error.name;
}

function isRetryable(error: unknown, code: string): boolean {
  if (error instanceof SNSServiceException)
    return /Thrott|InternalError/.test(code) || error.$fault === 'server';
  return codeMeaning(code) !== 'no-credentials';
}

function requestIdOf(error: unknown): string {
  return error instanceof SNSServiceException && error.$metadata.requestId !== undefined
    ? ` (request id ${error.$metadata.requestId})`
    : '';
}

/** The error itself is not handed on: whoever logs it would log what the service quotes. */
function publishError(error: unknown, topicArn: string): PublishError {
  const code = codeOf(error);
  const reason = Object.hasOwn(reasons, code) ? reasons[code]?.(topicArn) : undefined;
  const message = `publishing to ${topicArn} ${reason ?? `failed with ${code}`}${requestIdOf(error)}`;
  return new PublishError(message, code, isRetryable(error, code));
}

/** Times that SNS is asked, where it has answered that it did not take the message. */
const attempts = 4;
const firstPause = 200;

/**
 * Asks again where SNS itself refused and may take the message a moment later. Where no answer came the message may have
 * been taken: then nothing is asked again here, and the client must not do it either (`maxAttempts: 1`).
 */
async function unlessRefused<Answer>(ask: () => Promise<Answer>, attempt = 1): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    const refused = error instanceof SNSServiceException && isRetryable(error, codeOf(error));
    if (!refused || attempt === attempts) throw error;
    await new Promise((resolve) => setTimeout(resolve, firstPause * 2 ** attempt * Math.random()));
    return unlessRefused(ask, attempt + 1);
  }
}

/**
 * Publishes one message: e-mail subscriptions get its text, all other protocols its JSON form.
 *
 * @returns SNS's message id
 * @throws {PublishError} with a sentence for the person who runs the stack
 */
export async function publishEmail({ client, topicArn, message }: Publication): Promise<string> {
  const bytes = messageBytes(message);
  if (bytes > largestMessage) {
    throw new PublishError(
      `publishing to ${topicArn} failed: the message has ${bytes} bytes, SNS takes ${largestMessage}`,
      'MessageTooLong',
      false,
    );
  }
  const command = new PublishCommand({
    TopicArn: topicArn,
    Subject: message.subject,
    Message: composeMessage(message),
    MessageStructure: 'json',
    MessageAttributes: Object.fromEntries(
      Object.entries(message.attributes).map(([name, attribute]) => [name, asAttribute(attribute)]),
    ),
  });
  const { MessageId: messageId } = await unlessRefused(() => client.send(command)).catch((error: unknown) => {
    throw publishError(error, topicArn);
  });
  if (messageId === undefined) {
    throw new PublishError(`publishing to ${topicArn} failed: SNS gave no message id`, 'NoMessageId', true);
  }
  return messageId;
}
