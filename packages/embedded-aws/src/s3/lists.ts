import type { RequestContext } from '@permission-check/iam-policy';
import { AwsError } from '../types.ts';
import { type RestXml, s3Response } from '../wire/s3-protocol.ts';
import type { ObjectVersion } from './bucket.ts';
import { bucketFor, type S3Call, type S3Operation } from './call.ts';

/** S3's operations that list what is in a bucket. */
export const listOperations: Readonly<Record<string, S3Operation>> = {
  ListObjectsV2: (call) => {
    const { query } = call;
    const asked = readList(query);
    const bucket = bucketFor(call, 's3:ListBucket', listContext(query));
    const token = query.get('continuation-token');
    const after = token === null ? (query.get('start-after') ?? '') : readToken(token);
    const objects = bucket.versions().filter(isCurrent);
    const found = page(objects, asked, (version) => isAfter(version.key, after, asked.delimiter));
    return s3Response('ListBucketResult', {
      ...echo(call, asked),
      KeyCount: found.versions.length + found.prefixes.length,
      IsTruncated: found.next !== undefined,
      ...(token !== null && { ContinuationToken: token }),
      ...(query.has('start-after') && { StartAfter: asked.encode(query.get('start-after') ?? '') }),
      ...(found.next !== undefined && { NextContinuationToken: tokenOf(found.next) }),
      Contents: found.versions.map((version) => ({ Key: asked.encode(version.key), ...described(version) })),
      CommonPrefixes: found.prefixes.map((prefix) => ({ Prefix: asked.encode(prefix) })),
    });
  },
  ListObjects: (call) => {
    const { query } = call;
    const asked = readList(query);
    const bucket = bucketFor(call, 's3:ListBucket', listContext(query));
    const marker = query.get('marker') ?? '';
    const objects = bucket.versions().filter(isCurrent);
    const found = page(objects, asked, (version) => isAfter(version.key, marker, asked.delimiter));
    return s3Response('ListBucketResult', {
      ...echo(call, asked),
      Marker: asked.encode(marker),
      IsTruncated: found.next !== undefined,
      ...(found.next !== undefined && { NextMarker: asked.encode(found.next) }),
      Contents: found.versions.map((version) => ({ Key: asked.encode(version.key), ...described(version) })),
      CommonPrefixes: found.prefixes.map((prefix) => ({ Prefix: asked.encode(prefix) })),
    });
  },
  ListObjectVersions: (call) => {
    const { query } = call;
    const asked = readList(query);
    const bucket = bucketFor(call, 's3:ListBucketVersions', listContext(query));
    const keyMarker = query.get('key-marker') ?? '';
    const versionMarker = query.get('version-id-marker');
    const all = bucket.versions();
    const from = all.findIndex((one) => one.key === keyMarker && one.versionId === versionMarker) + 1;
    const later = versionMarker === null ? all : all.slice(from);
    const found = page(later, asked, (version) =>
      versionMarker === null ? isAfter(version.key, keyMarker, asked.delimiter) : true,
    );
    const shown = (version: ObjectVersion): RestXml => ({
      Key: asked.encode(version.key),
      VersionId: version.versionId,
      IsLatest: bucket.get(version.key) === version,
      ...described(version),
    });
    const last = found.versions.at(-1);
    return s3Response('ListVersionsResult', {
      ...echo(call, asked),
      KeyMarker: asked.encode(keyMarker),
      VersionIdMarker: versionMarker ?? '',
      IsTruncated: found.next !== undefined,
      ...(found.next !== undefined && {
        NextKeyMarker: asked.encode(found.next),
        ...(last?.key === found.next && { NextVersionIdMarker: last.versionId }),
      }),
      Version: found.versions.filter((one) => one.content !== undefined).map(shown),
      DeleteMarker: found.versions.filter((one) => one.content === undefined).map(shown),
      CommonPrefixes: found.prefixes.map((prefix) => ({ Prefix: asked.encode(prefix) })),
    });
  },
};

interface Asked {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  /** Keys as the answer writes them: `encoding-type=url` is for keys that XML cannot hold. */
  readonly encode: (key: string) => string;
  readonly encoding: string | null;
}

function readList(query: URLSearchParams): Asked {
  const max = query.get('max-keys') ?? '1000';
  if (!/^\d+$/.test(max)) {
    throw new AwsError('InvalidArgument', 'Argument maxKeys must be an integer between 0 and 2147483647');
  }
  const encoding = query.get('encoding-type');
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: Math.min(Number(max), 1000),
    encode: encoding === 'url' ? (key) => encodeURIComponent(key).replaceAll('%2F', '/') : (key) => key,
    encoding,
  };
}

/** What the request said, said again. */
const echo = ({ bucketName }: S3Call, { prefix, delimiter, maxKeys, encode, encoding }: Asked) => ({
  Name: bucketName,
  Prefix: encode(prefix),
  ...(delimiter !== '' && { Delimiter: encode(delimiter) }),
  MaxKeys: maxKeys,
  ...(encoding !== null && { EncodingType: encoding }),
});

const listContext = (query: URLSearchParams): RequestContext =>
  Object.fromEntries(
    ['prefix', 'delimiter', 'max-keys'].flatMap((name) => {
      const value = query.get(name);
      return value === null ? [] : [[`s3:${name}`, value]];
    }),
  );

const isCurrent = (version: ObjectVersion, index: number, all: readonly ObjectVersion[]): boolean =>
  version.content !== undefined && all[index - 1]?.key !== version.key;

/** Behind a marker; a marker that is a common prefix stands for all keys under it. */
const isAfter = (key: string, marker: string, delimiter: string): boolean =>
  marker === '' ||
  (Buffer.compare(Buffer.from(key), Buffer.from(marker)) > 0 &&
    !(delimiter !== '' && marker.endsWith(delimiter) && key.startsWith(marker)));

interface Page {
  readonly versions: readonly ObjectVersion[];
  readonly prefixes: readonly string[];
  /** The last key or common prefix of a page behind which there is more. */
  readonly next?: string;
}

/** One page: versions, and the prefixes up to the delimiter that stand for many. */
function page(
  all: readonly ObjectVersion[],
  { prefix, delimiter, maxKeys }: Asked,
  isLater: (version: ObjectVersion) => boolean,
): Page {
  const versions: ObjectVersion[] = [];
  const prefixes = new Set<string>();
  let last: string | undefined;
  for (const version of all) {
    if (!version.key.startsWith(prefix) || !isLater(version)) continue;
    const common = commonPrefix(version.key, prefix, delimiter);
    if (common !== undefined && prefixes.has(common)) continue;
    if (versions.length + prefixes.size >= maxKeys) {
      return { versions, prefixes: [...prefixes], ...(last !== undefined && { next: last }) };
    }
    if (common === undefined) versions.push(version);
    else prefixes.add(common);
    last = common ?? version.key;
  }
  return { versions, prefixes: [...prefixes] };
}

/** What of a key stands for all that go on after the next delimiter. */
function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return cut < 0 ? undefined : key.slice(0, cut + delimiter.length);
}

const described = ({ lastModified, content }: ObjectVersion) => ({
  LastModified: lastModified,
  ...(content && { ETag: content.etag, Size: content.body.length, StorageClass: 'STANDARD' }),
});

const tokenOf = (key: string): string => Buffer.from(`key:${key}`).toString('base64');

function readToken(token: string): string {
  const key = /^key:(.*)$/s.exec(Buffer.from(token, 'base64').toString('utf8'))?.[1];
  if (key === undefined)
    throw new AwsError('InvalidArgument', 'The continuation token provided is incorrect');
  return key;
}
