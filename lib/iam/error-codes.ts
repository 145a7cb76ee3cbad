/** What an error code of AWS says, whichever service gives it. */
export type CodeMeaning =
  /** What was named does not exist (any more). */
  | 'gone'
  /** Something in the request is wrong; a smaller request may be right. */
  | 'invalid'
  /** AWS did not answer, and may another time. */
  | 'unanswered'
  /** Too many calls; the same one may succeed later. */
  | 'throttled'
  /** The caller is known, and may not. */
  | 'denied'
  /** The caller's keys or signature are refused: nothing was decided about permissions. */
  | 'unknown-caller'
  /** The account has not subscribed to the service: nothing was decided about permissions. */
  | 'not-subscribed'
  /** The SDK has found no credentials to sign with. */
  | 'no-credentials'
  /** The caller gave up waiting. */
  | 'stopped';

/**
 * The one table of AWS error codes, as SDK v3 names them (`error.name`): the code on the wire, or the class of the API
 * model where it has one. A code that is missing here says nothing by its name.
 *
 * Sources: IAM API Reference, "Common Errors", and the errors of SimulatePrincipalPolicy; Amazon Rekognition Developer
 * Guide, "Error handling"; AWS SDK for JavaScript v3, @smithy/service-error-classification (throttling).
 */
const CODES: Readonly<Record<CodeMeaning, readonly string[]>> = {
  gone: ['NoSuchEntityException', 'NoSuchEntity'],
  invalid: ['InvalidInputException', 'InvalidInput', 'ValidationError'],
  unanswered: [
    'PolicyEvaluationException',
    'PolicyEvaluation',
    'ServiceFailureException',
    'ServiceFailure',
    'InternalFailure',
    'ServiceUnavailable',
    'TimeoutError',
    'RequestTimeout',
    'RequestTimeoutException',
  ],
  throttled: [
    'Throttling',
    'ThrottlingException',
    'ThrottledException',
    'RequestThrottled',
    'RequestThrottledException',
    'RequestLimitExceeded',
    'TooManyRequestsException',
    'ProvisionedThroughputExceededException',
    'SlowDown',
  ],
  denied: ['AccessDenied', 'AccessDeniedException'],
  'unknown-caller': [
    'InvalidClientTokenId',
    'UnrecognizedClientException',
    'InvalidAccessKeyId',
    'ExpiredToken',
    'ExpiredTokenException',
    'RequestExpired',
    'IncompleteSignature',
    'IncompleteSignatureException',
    'InvalidSignatureException',
    'SignatureDoesNotMatch',
    'MissingAuthenticationToken',
    'MissingAuthenticationTokenException',
    'AuthFailure',
  ],
  'not-subscribed': ['OptInRequired', 'SubscriptionRequiredException'],
  'no-credentials': ['CredentialsProviderError', 'TokenProviderError'],
  stopped: ['AbortError'],
};

const meanings: ReadonlyMap<string, CodeMeaning> = new Map(
  (Object.keys(CODES) as CodeMeaning[]).flatMap((meaning) =>
    CODES[meaning].map((code): [string, CodeMeaning] => [code, meaning]),
  ),
);

/** What a code says; `undefined` where its name alone says nothing. */
export const codeMeaning = (code: string): CodeMeaning | undefined => meanings.get(code);
