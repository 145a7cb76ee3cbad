import { createHash } from 'node:crypto';
import type { RequestContext } from '@permission-check/iam-policy';
import { AwsError, type LocalRequest, type LocalResponse } from '../types.ts';
import { isChecksum, receiveBody } from './body.ts';
import type { Bucket, BucketSettings, ObjectContent, ObjectVersion } from './bucket.ts';
import { bucketFor, bucketForObject, notImplemented, type S3Call, type S3Operation, useKey } from './call.ts';
import { expirationOf } from './lifecycle.ts';

/** S3's operations on one object. */
export const objectOperations: Readonly<Record<string, S3Operation>> = {
  PutObject: put,
  GetObject: (call) => {
    const { content, headers } = readable(call);
    const range = /^bytes=(\d*)-(\d*)$/.exec(call.request.headers.range ?? '');
    if (range === null) return { status: 200, headers, body: content.body };
    return part(content.body, headers, range[1] ?? '', range[2] ?? '');
  },
  HeadObject: (call) => ({ status: 200, headers: readable(call).headers, body: '' }),
  DeleteObject: (call) => {
    const removal = removeObject(call, call.key, call.query.get('versionId') ?? undefined);
    return {
      status: 204,
      headers: {
        ...(removal.versionId !== undefined && { 'x-amz-version-id': removal.versionId }),
        ...(removal.deleteMarker && { 'x-amz-delete-marker': 'true' }),
      },
      body: '',
    };
  },
};

/** Removes a version, or hides the object, and tells of it. */
export function removeObject(call: S3Call, key: string, versionId: string | undefined) {
  const action = versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
  const bucket = bucketForObject(call, action, versionContext(versionId), key);
  const removal = bucket.remove(key, versionId);
  // A marker that is removed is a version that is gone; S3's answer says of both that they are about a marker.
  const deleteMarker = removal.deleteMarker && versionId === undefined;
  call.tell({ bucket, key, kind: 'deleted', request: call.request, ...removal, deleteMarker });
  return removal;
}

function put(call: S3Call): LocalResponse {
  const { request, key } = call;
  const { headers } = request;
  refuseUnknown(headers);
  const bucket = bucketForObject(call, 's3:PutObject', putContext(headers));
  // A comparison says what the object is, to whoever may only write.
  if (headers['if-match'] !== undefined) bucketForObject(call, 's3:GetObject');
  if (Buffer.byteLength(key) > 1024) throw new AwsError('KeyTooLongError', 'Your key is too long');
  const encryption = requestedEncryption(headers) ?? bucket.settings.encryption;
  useKey(call, encryption, 'kms:GenerateDataKey');
  const { body, trailers } = receiveBody(request);
  const sent = { ...headers, ...trailers };
  const summed = sent['content-md5'] !== undefined || Object.keys(sent).some(isChecksum);
  if (bucket.settings.lockDays !== undefined && !summed) {
    throw new AwsError(
      'InvalidRequest',
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
    );
  }
  checkConditions(request, bucket.get(key));
  const version = bucket.put(key, {
    body,
    etag: `"${createHash('md5').update(body).digest('hex')}"`,
    headers: keptHeaders({ ...headers, ...trailers }),
    encryption,
  });
  call.tell({ bucket, key, kind: 'created', version, request });
  const { content } = version;
  return {
    status: 200,
    headers: {
      ...versionHeaders(bucket, version),
      ...(content && { ...encryptionHeaders(content), etag: content.etag, ...checksumsOf(content) }),
    },
    body: '',
  };
}

/** @throws AwsError PreconditionFailed, or NoSuchKey where something is to be replaced that is not there. */
function checkConditions({ headers }: LocalRequest, current: ObjectVersion | undefined): void {
  const ifNoneMatch = headers['if-none-match'];
  const ifMatch = headers['if-match'];
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw notImplemented();
  if (ifNoneMatch !== undefined && current?.content !== undefined) throw preconditionFailed();
  if (ifMatch === undefined) return;
  if (current?.content === undefined) throw noSuchKey();
  if (ifMatch !== current.content.etag && ifMatch !== current.content.etag.slice(1, -1)) {
    throw preconditionFailed();
  }
}

/** The version that a request may read, with the headers that describe it. */
function readable(call: S3Call): { content: ObjectContent; headers: Record<string, string> } {
  const { request, key, query } = call;
  const versionId = query.get('versionId') ?? undefined;
  const action = versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  const bucket = bucketForObject(call, action, versionContext(versionId));
  const version = bucket.get(key, versionId);
  if (versionId === undefined && version?.content === undefined) {
    // That an object does not exist is for those to know who may list the bucket.
    bucketFor(call, 's3:ListBucket', { 's3:prefix': key });
    throw noSuchKey();
  }
  if (version === undefined) {
    throw new AwsError('NoSuchVersion', 'The specified version does not exist.', 404);
  }
  const { content } = version;
  if (content === undefined) {
    throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
  }
  useKey(call, content.encryption, 'kms:Decrypt');
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers;
  if (ifMatch !== undefined && ifMatch !== content.etag) throw preconditionFailed();
  if (ifNoneMatch === content.etag || ifNoneMatch === '*')
    throw new AwsError('NotModified', 'Not Modified', 304);
  const kept = Object.entries(content.headers).filter(([name]) => !isChecksum(name));
  return {
    content,
    headers: {
      'content-type': 'binary/octet-stream',
      ...Object.fromEntries(kept),
      ...(request.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' && checksumsOf(content)),
      ...versionHeaders(bucket, version),
      ...encryptionHeaders(content),
      'accept-ranges': 'bytes',
      'content-length': String(content.body.length),
      etag: content.etag,
      'last-modified': version.lastModified.toUTCString(),
    },
  };
}

/** The bytes from-to of an object; `-5`: the last five. Checksums are of the whole object, and so are left out. */
function part(body: Buffer, headers: Record<string, string>, from: string, to: string): LocalResponse {
  const start = from === '' ? Math.max(0, body.length - Number(to)) : Number(from);
  const end = from === '' || to === '' ? body.length - 1 : Math.min(Number(to), body.length - 1);
  if (start > end) throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416);
  const whole = Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-'));
  return {
    status: 206,
    headers: {
      ...Object.fromEntries(whole),
      'content-length': String(end + 1 - start),
      'content-range': `bytes ${start}-${end}/${body.length}`,
    },
    body: body.subarray(start, end + 1),
  };
}

const noSuchKey = () => new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
const preconditionFailed = () =>
  new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);

/** What of a request is given back with the object. */
function keptHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    if (name === 'content-encoding') {
      const codings = value.split(/\s*,\s*/).filter((coding) => coding !== 'aws-chunked' && coding !== '');
      return codings.length > 0 ? [[name, codings.join(', ')]] : [];
    }
    const described = /^(content-(type|disposition|language)|cache-control|expires|x-amz-meta-.+)$/.test(
      name,
    );
    return described || isChecksum(name) ? [[name, value]] : [];
  });
  return Object.fromEntries(kept);
}

function checksumsOf({ headers }: ObjectContent): Record<string, string> {
  const checksums = Object.entries(headers).filter(([name]) => isChecksum(name));
  return checksums.length === 0
    ? {}
    : { ...Object.fromEntries(checksums), 'x-amz-checksum-type': 'FULL_OBJECT' };
}

function versionHeaders(bucket: Bucket, version: ObjectVersion): Record<string, string> {
  const expiration = expirationOf(version, bucket.settings.lifecycle);
  return {
    ...(bucket.settings.versioning !== undefined && { 'x-amz-version-id': version.versionId }),
    ...(expiration !== undefined && { 'x-amz-expiration': expiration }),
  };
}

const encryptionHeaders = ({ encryption }: ObjectContent): Record<string, string> => ({
  'x-amz-server-side-encryption': encryption.algorithm,
  ...(encryption.keyId !== undefined && { 'x-amz-server-side-encryption-aws-kms-key-id': encryption.keyId }),
});

function requestedEncryption(
  headers: Readonly<Record<string, string>>,
): BucketSettings['encryption'] | undefined {
  const algorithm = headers['x-amz-server-side-encryption'];
  const keyId = headers['x-amz-server-side-encryption-aws-kms-key-id'];
  if (algorithm === undefined) return undefined;
  if (algorithm !== 'AES256' && algorithm !== 'aws:kms') {
    throw new AwsError('InvalidArgument', 'The encryption method specified is not supported');
  }
  return { algorithm, ...(keyId !== undefined && { keyId }) };
}

/** @throws AwsError for what a header asks and there is not here. */
function refuseUnknown(headers: Readonly<Record<string, string>>): void {
  const acl = headers['x-amz-acl'];
  if (acl !== undefined && acl !== 'private' && acl !== 'bucket-owner-full-control') {
    throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs');
  }
  const other = /^x-amz-(tagging|grant-|object-lock-|server-side-encryption-customer-|write-offset)/;
  if (Object.keys(headers).some((name) => other.test(name))) throw notImplemented();
}

/** The condition keys that come of a request's headers. */
const putContext = (headers: Readonly<Record<string, string>>): RequestContext =>
  Object.fromEntries(
    [
      'x-amz-acl',
      'x-amz-server-side-encryption',
      'x-amz-server-side-encryption-aws-kms-key-id',
      'x-amz-storage-class',
      'x-amz-content-sha256',
      'if-match',
      'if-none-match',
    ].flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[`s3:${name}`, value]];
    }),
  );

const versionContext = (versionId: string | undefined): RequestContext =>
  versionId === undefined ? {} : { 's3:VersionId': versionId };
