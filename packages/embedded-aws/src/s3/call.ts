import type { RequestContext } from '@permission-check/iam-policy';
import { authorizeOnResource } from '../authorization/resource-policy.ts';
import { AwsError, type LocalRequest, type LocalResponse } from '../types.ts';
import type { World } from '../world.ts';
import type { Bucket, BucketSettings, ObjectVersion } from './bucket.ts';
import type { Buckets } from './buckets.ts';

/** What became of an object, told to whoever listens. */
export interface ObjectEvent {
  readonly bucket: Bucket;
  readonly key: string;
  readonly kind: 'created' | 'deleted';
  readonly version?: ObjectVersion;
  readonly versionId?: string;
  readonly deleteMarker?: boolean;
  readonly request: LocalRequest;
}

/** One request of S3's REST API. */
export interface S3Call {
  readonly world: World;
  readonly buckets: Buckets;
  readonly request: LocalRequest;
  readonly bucketName: string;
  readonly key: string;
  readonly query: URLSearchParams;
  tell(event: ObjectEvent): void;
}

export type S3Operation = (call: S3Call) => LocalResponse;

/**
 * The bucket that a request is about, where the caller may do that to it, by its own policies and the bucket's.
 *
 * @throws AwsError AccessDenied, NoSuchBucket.
 */
export function bucketFor(call: S3Call, action: string, context: RequestContext = {}): Bucket {
  return allowed(call, action, call.buckets.arnOf(call.bucketName), context);
}

/** The same for an action on the object that the request names. */
export function bucketForObject(
  call: S3Call,
  action: string,
  context: RequestContext = {},
  key = call.key,
): Bucket {
  return allowed(call, action, `${call.buckets.arnOf(call.bucketName)}/${key}`, context);
}

function allowed(call: S3Call, action: string, resource: string, context: RequestContext): Bucket {
  const { world, request } = call;
  const bucket = call.buckets.find(call.bucketName);
  authorizeOnResource(world, request, action, resource, bucket?.settings.policy, {
    's3:ResourceAccount': world.accountId,
    's3:authType': 'REST-HEADER',
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    ...(world.secureTransport && { 's3:TlsVersion': '1.3' }),
    ...context,
  });
  if (bucket === undefined) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
  return bucket;
}

/** Objects that are encrypted with a key of the account take permissions on it. */
export function useKey(
  { world, request }: S3Call,
  { keyId }: BucketSettings['encryption'],
  action: 'kms:GenerateDataKey' | 'kms:Decrypt',
): void {
  // The key that AWS manages for S3 is for everybody in the account.
  if (keyId === undefined || /(^|:)alias\/aws\/s3$/.test(keyId)) return;
  const arn = keyId.startsWith('arn:')
    ? keyId
    : `arn:${world.partition}:kms:${world.region}:${world.accountId}:key/${keyId}`;
  try {
    request.authorize(action, arn, { 'kms:ViaService': `s3.${world.region}.amazonaws.com` });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError('AccessDenied', error.message, 403);
  }
}

/** As S3 itself refuses what it does not know, and as what is not part of the embedded S3 is refused: never silently ignored. */
export const notImplemented = (): AwsError =>
  new AwsError(
    'NotImplemented',
    'A header or query you provided implies functionality that is not implemented.',
    501,
  );
