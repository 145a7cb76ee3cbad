import { z } from 'zod';
import { isResourcePolicy } from '../authorization/resource-policy.ts';
import { AwsError, type LocalResponse } from '../types.ts';
import { type RestXml, s3Response } from '../wire/s3-protocol.ts';
import type { BucketSettings } from './bucket.ts';
import { bucketFor, type S3Call, type S3Operation } from './call.ts';
import { removeObject } from './objects.ts';

const done: LocalResponse = { status: 204, body: '' };

/** S3's operations on the account and on a bucket as a whole. */
export const bucketOperations: Readonly<Record<string, S3Operation>> = {
  ListBuckets: ({ world, buckets, request }) => {
    request.authorize('s3:ListAllMyBuckets', '*');
    return s3Response('ListAllMyBucketsResult', {
      Buckets: { Bucket: buckets.all().map(({ name, created }) => ({ Name: name, CreationDate: created })) },
      Owner: { ID: world.accountId },
    });
  },
  CreateBucket: ({ buckets, request, bucketName }) => {
    request.authorize('s3:CreateBucket', buckets.arnOf(bucketName));
    buckets.create(bucketName);
    return { status: 200, headers: { location: `/${bucketName}` }, body: '' };
  },
  DeleteBucket: (call) => {
    call.buckets.remove(bucketFor(call, 's3:DeleteBucket'));
    return done;
  },
  HeadBucket: (call) => {
    bucketFor(call, 's3:ListBucket');
    return { status: 200, headers: { 'x-amz-bucket-region': call.world.region }, body: '' };
  },
  GetBucketLocation: (call) => {
    bucketFor(call, 's3:GetBucketLocation');
    // us-east-1 is the place of a bucket that names none.
    return s3Response('LocationConstraint', call.world.region === 'us-east-1' ? '' : call.world.region);
  },
  GetBucketVersioning: (call) => {
    const { versioning } = bucketFor(call, 's3:GetBucketVersioning').settings;
    return s3Response('VersioningConfiguration', { Status: versioning });
  },
  GetBucketEncryption: (call) => {
    const { algorithm, keyId } = bucketFor(call, 's3:GetEncryptionConfiguration').settings.encryption;
    const byDefault = { SSEAlgorithm: algorithm, KMSMasterKeyID: keyId };
    return s3Response('ServerSideEncryptionConfiguration', {
      Rule: { ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled: false },
    });
  },
  GetPublicAccessBlock: (call) =>
    s3Response(
      'PublicAccessBlockConfiguration',
      bucketFor(call, 's3:GetBucketPublicAccessBlock').settings.publicAccessBlock,
    ),
  GetBucketLifecycleConfiguration: (call) => {
    const { lifecycle } = bucketFor(call, 's3:GetLifecycleConfiguration').settings;
    if (lifecycle.length === 0) {
      throw new AwsError('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', 404);
    }
    return s3Response('LifecycleConfiguration', { Rule: lifecycle.map(lifecycleRule) });
  },
  GetBucketNotificationConfiguration: (call) => {
    const { eventBridge } = bucketFor(call, 's3:GetBucketNotification').settings;
    return s3Response('NotificationConfiguration', eventBridge ? { EventBridgeConfiguration: '' } : {});
  },
  GetBucketPolicy: (call) => {
    const { policy } = bucketFor(call, 's3:GetBucketPolicy').settings;
    if (policy === undefined) {
      throw new AwsError('NoSuchBucketPolicy', 'The bucket policy does not exist', 404);
    }
    return { status: 200, headers: { 'content-type': 'application/json' }, body: policy };
  },
  PutBucketPolicy: (call) => {
    const bucket = bucketFor(call, 's3:PutBucketPolicy');
    const policy = call.request.body.toString('utf8');
    checkPolicy(call, policy, bucket.settings);
    bucket.settings = { ...bucket.settings, policy };
    return done;
  },
  DeleteBucketPolicy: (call) => {
    const bucket = bucketFor(call, 's3:DeleteBucketPolicy');
    const { policy: _, ...settings } = bucket.settings;
    bucket.settings = settings;
    return done;
  },
  DeleteObjects: (call) => {
    const xml = call.request.body.toString('utf8');
    const objects = [...xml.matchAll(/<Object>(.*?)<\/Object>/gs)].map(([, object = '']) => ({
      key: textIn(object, 'Key') ?? '',
      versionId: textIn(object, 'VersionId'),
    }));
    if (objects.length === 0 || objects.length > 1000) {
      throw new AwsError(
        'MalformedXML',
        'The XML you provided was not well-formed or did not validate against our published schema',
      );
    }
    const outcomes = objects.map((object) => deleteOne(call, object));
    const quiet = textIn(xml, 'Quiet') === 'true';
    return s3Response('DeleteResult', {
      Deleted: quiet ? [] : outcomes.flatMap(({ deleted }) => deleted ?? []),
      Error: outcomes.flatMap(({ error }) => error ?? []),
    });
  },
};

function deleteOne(
  call: S3Call,
  { key, versionId }: { readonly key: string; readonly versionId: string | undefined },
): { deleted?: RestXml; error?: RestXml } {
  const named = { Key: key, VersionId: versionId };
  try {
    const removal = removeObject(call, key, versionId);
    const marker = removal.deleteMarker
      ? { DeleteMarker: true, DeleteMarkerVersionId: removal.versionId }
      : {};
    return { deleted: { ...named, ...marker } };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { error: { ...named, Code: error.code, Message: error.message } };
  }
}

const statement = z.looseObject({
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.unknown().optional(),
  Condition: z.unknown().optional(),
});
const policySchema = z.looseObject({
  Statement: z.union([statement, z.array(statement)]).transform((value) => [value].flat()),
});

/** @throws AwsError MalformedPolicy; AccessDenied for a public policy where the bucket blocks those. */
function checkPolicy({ request }: S3Call, text: string, { publicAccessBlock }: BucketSettings): void {
  let document: z.output<typeof policySchema>;
  try {
    document = policySchema.parse(JSON.parse(text));
  } catch {
    throw new AwsError('MalformedPolicy', 'This policy contains invalid Json');
  }
  if (document.Statement.some(({ Principal }) => Principal === undefined)) {
    throw new AwsError('MalformedPolicy', 'Missing required field Principal');
  }
  if (!isResourcePolicy(text)) throw new AwsError('MalformedPolicy', 'Policy has invalid syntax.');
  const isPublic = document.Statement.some(
    ({ Effect, Principal, Condition }) =>
      Effect === 'Allow' && Condition === undefined && /^(\*|\{"AWS":\[?"\*"\]?\})$/.test(asText(Principal)),
  );
  if (isPublic && publicAccessBlock.BlockPublicPolicy) {
    throw new AwsError(
      'AccessDenied',
      `User: ${request.caller.arn} is not authorized to perform: s3:PutBucketPolicy because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
      403,
    );
  }
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const lifecycleRule = (rule: BucketSettings['lifecycle'][number]): RestXml => ({
  ID: rule.id,
  Filter: { Prefix: rule.prefix },
  Status: rule.enabled ? 'Enabled' : 'Disabled',
  Expiration:
    rule.expirationDays !== undefined
      ? { Days: rule.expirationDays }
      : rule.expiredObjectDeleteMarker
        ? { ExpiredObjectDeleteMarker: true }
        : undefined,
  NoncurrentVersionExpiration:
    rule.noncurrentDays === undefined ? undefined : { NoncurrentDays: rule.noncurrentDays },
});

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The text of the first element of that name. */
function textIn(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(xml)?.[1];
  return text?.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (whole, hex?: string, decimal?: string, entity?: string) => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
      return entities[entity ?? ''] ?? whole;
    },
  );
}
