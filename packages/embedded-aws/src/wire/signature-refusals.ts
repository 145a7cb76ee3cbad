import { AwsError, type LocalService } from '../types.ts';

type Reason = 'missing' | 'incomplete' | 'unknownKey' | 'wrongSignature' | 'expired';

const messages: Record<Reason, string> = {
  missing: 'Request is missing Authentication Token',
  incomplete: 'Authorization header is not a complete AWS Signature Version 4 header',
  unknownKey: 'The security token included in the request is invalid.',
  wrongSignature:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  expired: 'The security token included in the request is expired',
};

const query = (code: string, reason: Reason): AwsError => new AwsError(code, messages[reason], 403);
const json = (code: string, reason: Reason): AwsError => new AwsError(code, messages[reason], 400);
const s3 = (code: string, message: string, status = 403): AwsError => new AwsError(code, message, status);

/** How each protocol's services refuse a request whose signature does not hold. */
export const signatureRefusals: Record<LocalService['protocol'], Record<Reason, AwsError>> = {
  query: {
    missing: query('MissingAuthenticationToken', 'missing'),
    incomplete: query('IncompleteSignature', 'incomplete'),
    unknownKey: query('InvalidClientTokenId', 'unknownKey'),
    wrongSignature: query('SignatureDoesNotMatch', 'wrongSignature'),
    expired: query('ExpiredToken', 'expired'),
  },
  json: {
    missing: json('MissingAuthenticationTokenException', 'missing'),
    incomplete: json('IncompleteSignatureException', 'incomplete'),
    unknownKey: json('UnrecognizedClientException', 'unknownKey'),
    wrongSignature: json('InvalidSignatureException', 'wrongSignature'),
    expired: json('ExpiredTokenException', 'expired'),
  },
  // Amazon S3 API Reference, "Error responses".
  s3: {
    missing: s3('AccessDenied', 'Access Denied'),
    incomplete: s3(
      'AuthorizationHeaderMalformed',
      'The authorization header that you provided is not valid.',
      400,
    ),
    unknownKey: s3(
      'InvalidAccessKeyId',
      'The AWS access key ID that you provided does not exist in our records.',
    ),
    wrongSignature: s3('SignatureDoesNotMatch', messages.wrongSignature),
    expired: s3('ExpiredToken', 'The provided token has expired.', 400),
  },
};
