import { AwsError } from '../types.ts';
import type { World } from '../world.ts';
import { Bucket, type BucketSettings } from './bucket.ts';

/** What a bucket has of which nothing is said: S3's defaults since April 2023. */
export const defaultSettings: BucketSettings = {
  encryption: { algorithm: 'AES256' },
  lifecycle: [],
  publicAccessBlock: {
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  },
  eventBridge: false,
};

/** The buckets of the account. */
export class Buckets {
  readonly #world: World;
  readonly #buckets = new Map<string, Bucket>();

  constructor(world: World) {
    this.#world = world;
  }

  /** @throws AwsError InvalidBucketName, BucketAlreadyOwnedByYou. */
  create(name: string, settings: Partial<BucketSettings> = {}): Bucket {
    if (!/^(?!xn--)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || /\.\.|^\d+\.\d+\.\d+\.\d+$/.test(name)) {
      throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.');
    }
    if (this.#buckets.has(name)) {
      throw new AwsError(
        'BucketAlreadyOwnedByYou',
        'Your previous request to create the named bucket succeeded and you already own it.',
        409,
      );
    }
    const bucket = new Bucket(name, this.arnOf(name), { ...defaultSettings, ...settings }, this.#world.clock);
    this.#buckets.set(name, bucket);
    return bucket;
  }

  arnOf(name: string): string {
    return `arn:${this.#world.partition}:s3:::${name}`;
  }

  find(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  all(): Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws AwsError BucketNotEmpty. */
  remove(bucket: Bucket): void {
    if (bucket.versions().length > 0) {
      throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
    }
    this.#buckets.delete(bucket.name);
  }
}
