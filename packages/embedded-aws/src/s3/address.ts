import { isIP } from 'node:net';
import type { RequestLine } from '../types.ts';

/** What a request of S3's REST API is about. */
export interface Address {
  /** `''`: the account. */
  readonly bucket: string;
  /** `''`: the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
}

/** Reads bucket and key, in the path (`/bucket/key`) or with the bucket in the host name (`bucket.s3.…`). */
export function addressOf({ url, headers }: RequestLine): Address {
  const [path = '/', query = ''] = url.split(/\?(.*)/s);
  const parts = path.slice(1).split('/').map(decoded);
  const hosted = bucketOfHost(headers.host ?? '');
  const [bucket = '', ...rest] = hosted === undefined ? parts : [hosted, ...parts];
  return { bucket, key: rest.join('/'), query: new URLSearchParams(query) };
}

/** A part of a path; what is not encoded as it should be stands for itself. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function bucketOfHost(host: string): string | undefined {
  const name = host.replace(/:\d+$/, '');
  if (isIP(name) !== 0) return undefined;
  return /^(.+)\.(?:s3[.-][\w.-]*|localhost)$/.exec(name)?.[1];
}

/** What a parameter of the query asks of a bucket: parameter → method → operation. */
const subresources: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  versions: { GET: 'ListObjectVersions' },
  location: { GET: 'GetBucketLocation' },
  versioning: { GET: 'GetBucketVersioning' },
  policy: { GET: 'GetBucketPolicy', PUT: 'PutBucketPolicy', DELETE: 'DeleteBucketPolicy' },
  encryption: { GET: 'GetBucketEncryption' },
  publicAccessBlock: { GET: 'GetPublicAccessBlock' },
  lifecycle: { GET: 'GetBucketLifecycleConfiguration' },
  notification: { GET: 'GetBucketNotificationConfiguration' },
  delete: { POST: 'DeleteObjects' },
};
const bucketOperations: Readonly<Record<string, string>> = {
  GET: 'ListObjects',
  HEAD: 'HeadBucket',
  PUT: 'CreateBucket',
  DELETE: 'DeleteBucket',
};
const objectOperations: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  HEAD: 'HeadObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
};
/** Parameters that turn a request on an object into one of another operation, none of which there is here. */
const otherObjectOperations = [
  'acl',
  'attributes',
  'legal-hold',
  'partNumber',
  'restore',
  'retention',
  'select',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
];

/** The API's name of what a request is for: `PutObject`; method and path where it is nothing that there is here. */
export function operationOf(line: RequestLine): string {
  const { bucket, key, query } = addressOf(line);
  const known =
    bucket === ''
      ? { GET: 'ListBuckets' }[line.method]
      : key === ''
        ? bucketOperation(line.method, query)
        : objectOperation(line, query);
  return known ?? `${line.method} ${line.url.split('?')[0]}`;
}

function objectOperation({ method, headers }: RequestLine, query: URLSearchParams): string | undefined {
  if (otherObjectOperations.some((name) => query.has(name))) return undefined;
  return headers['x-amz-copy-source'] === undefined ? objectOperations[method] : 'CopyObject';
}

function bucketOperation(method: string, query: URLSearchParams): string | undefined {
  if (query.get('list-type') === '2') return 'ListObjectsV2';
  const named = [...query.keys()].find((name) => Object.hasOwn(subresources, name));
  if (named !== undefined) return subresources[named]?.[method];
  const parameters = [...query.keys()].filter((name) => name !== 'x-id');
  const lists = method === 'GET' && parameters.every((name) => listParameters.has(name));
  return parameters.length > 0 && !lists ? undefined : bucketOperations[method];
}

const listParameters = new Set(['prefix', 'delimiter', 'marker', 'max-keys', 'encoding-type']);
