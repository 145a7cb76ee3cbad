import { z } from 'zod';
import { optional } from './function-resources.ts';
import { document, flag, ignored, number, readProperties } from './properties.ts';
import type { ResolvedBucket, ResolvedResource } from './types.ts';
import { TemplateError } from './yaml.ts';

const encryptionSchema = z.strictObject({
  ServerSideEncryptionConfiguration: z
    .array(
      z.strictObject({
        BucketKeyEnabled: ignored,
        ServerSideEncryptionByDefault: z.strictObject({
          SSEAlgorithm: z.enum(['AES256', 'aws:kms']),
          KMSMasterKeyID: z.string().optional(),
        }),
      }),
    )
    .length(1),
});

const lifecycleRuleSchema = z.strictObject({
  Id: z.string().optional(),
  Status: z.enum(['Enabled', 'Disabled']),
  Prefix: z.string().default(''),
  ExpirationInDays: number.optional(),
  ExpiredObjectDeleteMarker: flag.default(false),
  NoncurrentVersionExpirationInDays: number.optional(),
  NoncurrentVersionExpiration: z.strictObject({ NoncurrentDays: number }).optional(),
  // There are no multipart uploads here.
  AbortIncompleteMultipartUpload: ignored,
});

const publicAccessSchema = z.strictObject({
  BlockPublicAcls: flag.default(false),
  BlockPublicPolicy: flag.default(false),
  IgnorePublicAcls: flag.default(false),
  RestrictPublicBuckets: flag.default(false),
});

const bucketSchema = z.strictObject({
  BucketName: ignored,
  Tags: ignored,
  BucketEncryption: encryptionSchema.optional(),
  VersioningConfiguration: z.strictObject({ Status: z.enum(['Enabled', 'Suspended']) }).optional(),
  LifecycleConfiguration: z.strictObject({ Rules: z.array(lifecycleRuleSchema) }).optional(),
  PublicAccessBlockConfiguration: publicAccessSchema.optional(),
  NotificationConfiguration: z
    .strictObject({
      EventBridgeConfiguration: z.strictObject({ EventBridgeEnabled: flag.default(true) }).optional(),
    })
    .optional(),
  OwnershipControls: ignored,
  ObjectLockEnabled: flag.default(false),
  ObjectLockConfiguration: z
    .strictObject({
      ObjectLockEnabled: z.literal('Enabled'),
      Rule: z.strictObject({
        DefaultRetention: z.strictObject({ Mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), Days: number }),
      }),
    })
    .optional(),
  LoggingConfiguration: ignored,
});
const bucketPolicySchema = z.strictObject({ Bucket: z.string(), PolicyDocument: document });

/** S3 blocks all public access of a bucket for which nothing else is said. */
const blocked = {
  BlockPublicAcls: true,
  BlockPublicPolicy: true,
  IgnorePublicAcls: true,
  RestrictPublicBuckets: true,
};

/** Reads the buckets, each with its policy. */
export function readBuckets(resources: readonly ResolvedResource[]): ResolvedBucket[] {
  const policies = resources
    .filter((one) => one.type === 'AWS::S3::BucketPolicy')
    .map((one) => ({ logicalId: one.logicalId, ...readProperties(bucketPolicySchema, one) }));
  return resources
    .filter((one) => one.type === 'AWS::S3::Bucket')
    .map((resource) => {
      const bucket = readProperties(bucketSchema, resource);
      const own = policies.filter((policy) => policy.Bucket === resource.ref);
      if (own.length > 1) {
        const names = own.map((policy) => policy.logicalId).join(' and ');
        throw new TemplateError(
          `Resources.${resource.logicalId}`,
          `${names} replace each other: a bucket has one policy`,
        );
      }
      const [encryption] = bucket.BucketEncryption?.ServerSideEncryptionConfiguration ?? [];
      const byDefault = encryption?.ServerSideEncryptionByDefault;
      return {
        logicalId: resource.logicalId,
        name: resource.name,
        arn: resource.attributes.Arn ?? '',
        encryption: {
          algorithm: byDefault?.SSEAlgorithm ?? 'AES256',
          ...optional('keyId', byDefault?.KMSMasterKeyID),
        },
        ...optional('versioning', bucket.VersioningConfiguration?.Status),
        lifecycle: (bucket.LifecycleConfiguration?.Rules ?? []).map(lifecycleRule),
        publicAccessBlock: bucket.PublicAccessBlockConfiguration ?? blocked,
        eventBridge: bucket.NotificationConfiguration?.EventBridgeConfiguration?.EventBridgeEnabled ?? false,
        ...optional('policy', own[0]?.PolicyDocument),
        ...optional('lockDays', lockDays(resource, bucket)),
      };
    });
}

/** Days for which a new version is locked; absent: none is. */
function lockDays(
  { logicalId }: ResolvedResource,
  bucket: z.output<typeof bucketSchema>,
): number | undefined {
  const { ObjectLockEnabled, ObjectLockConfiguration, VersioningConfiguration } = bucket;
  const where = `Resources.${logicalId}`;
  if (ObjectLockConfiguration !== undefined && !ObjectLockEnabled)
    throw new TemplateError(where, 'an ObjectLockConfiguration needs ObjectLockEnabled');
  if (ObjectLockEnabled && VersioningConfiguration?.Status === 'Suspended')
    throw new TemplateError(where, 'a bucket with Object Lock has versions');
  return ObjectLockConfiguration?.Rule.DefaultRetention.Days;
}

function lifecycleRule(rule: z.output<typeof lifecycleRuleSchema>): ResolvedBucket['lifecycle'][number] {
  return {
    enabled: rule.Status === 'Enabled',
    prefix: rule.Prefix,
    expiredObjectDeleteMarker: rule.ExpiredObjectDeleteMarker,
    ...optional('id', rule.Id),
    ...optional('expirationDays', rule.ExpirationInDays),
    ...optional(
      'noncurrentDays',
      rule.NoncurrentVersionExpiration?.NoncurrentDays ?? rule.NoncurrentVersionExpirationInDays,
    ),
  };
}
