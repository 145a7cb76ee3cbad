import { randomBytes } from 'node:crypto';
import type { ResolvedBucket } from '@permission-check/cloudformation';
import { AwsError } from '../types.ts';
import { expireVersions } from './lifecycle.ts';

/** What a bucket is made with. */
export type BucketSettings = Omit<ResolvedBucket, 'logicalId' | 'name' | 'arn'>;

/** What a request says of an object besides its key. */
export interface ObjectContent {
  readonly body: Buffer;
  /** With the quotes that it has on the wire. */
  readonly etag: string;
  /** Content-Type, Cache-Control, x-amz-meta-… and checksums, as they are given back. */
  readonly headers: Readonly<Record<string, string>>;
  readonly encryption: BucketSettings['encryption'];
}

/** One version of an object, or a delete marker: a version without content. */
export interface ObjectVersion {
  readonly key: string;
  /** `null` for what was written while the bucket had no versioning. */
  readonly versionId: string;
  readonly lastModified: Date;
  readonly content?: ObjectContent;
}

/** What a deletion did. */
export interface Removal {
  /** The version removed, or the delete marker made. Absent where the bucket has no versions. */
  readonly versionId?: string;
  readonly deleteMarker: boolean;
}

/** One bucket with every version of its objects. Its lifecycle rules act as time passes, by the clock of who asks. */
export class Bucket {
  readonly name: string;
  readonly arn: string;
  readonly created: Date;
  /** May be changed while it runs: the policy, versioning, lifecycle rules. */
  settings: BucketSettings;
  /** Newest first. */
  readonly #objects = new Map<string, readonly ObjectVersion[]>();
  readonly #clock: () => Date;

  constructor(name: string, arn: string, settings: BucketSettings, clock: () => Date) {
    this.name = name;
    this.arn = arn;
    this.settings = settings;
    this.created = clock();
    this.#clock = clock;
  }

  /** Adds a version, or replaces the one version that there is. */
  put(key: string, content: ObjectContent): ObjectVersion {
    const version = { key, versionId: this.#newVersionId(), lastModified: this.#clock(), content };
    this.#add(version);
    return version;
  }

  /** The version of that id, or the newest; a delete marker is an answer as well. */
  get(key: string, versionId?: string): ObjectVersion | undefined {
    const versions = this.#versionsOf(key);
    return versionId === undefined ? versions[0] : versions.find((one) => one.versionId === versionId);
  }

  /**
   * Removes one version for good; without a version id, hides the object behind a delete marker.
   *
   * @throws AwsError AccessDenied for a version that is locked; nobody here has s3:BypassGovernanceRetention.
   */
  remove(key: string, versionId?: string): Removal {
    const versions = this.#versionsOf(key);
    if (versionId !== undefined) {
      const removed = versions.find((one) => one.versionId === versionId);
      if (removed?.content !== undefined && this.#isLocked(removed)) {
        throw new AwsError('AccessDenied', 'Access Denied because object protected by object lock.', 403);
      }
      this.#set(
        key,
        versions.filter((one) => one !== removed),
      );
      return { versionId, deleteMarker: removed !== undefined && removed.content === undefined };
    }
    if (this.settings.versioning === undefined) {
      this.#objects.delete(key);
      return { deleteMarker: false };
    }
    const marker = { key, versionId: this.#newVersionId(), lastModified: this.#clock() };
    this.#add(marker);
    return { versionId: marker.versionId, deleteMarker: true };
  }

  /** Every version of every object, by key in UTF-8 order, the newest first. */
  versions(): ObjectVersion[] {
    const keys = [...this.#objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return keys.flatMap((key) => this.#versionsOf(key));
  }

  #versionsOf(key: string): readonly ObjectVersion[] {
    const versions = this.#objects.get(key) ?? [];
    const left = expireVersions(versions, this.settings, this.#clock(), () => this.#newVersionId());
    if (left !== versions) this.#set(key, left);
    return left;
  }

  #add(version: ObjectVersion): void {
    const others = this.#versionsOf(version.key).filter((one) => one.versionId !== version.versionId);
    this.#set(version.key, [version, ...others]);
  }

  #set(key: string, versions: readonly ObjectVersion[]): void {
    if (versions.length === 0) this.#objects.delete(key);
    else this.#objects.set(key, versions);
  }

  #isLocked({ lastModified }: ObjectVersion): boolean {
    const { lockDays = 0 } = this.settings;
    return this.#clock().getTime() < lastModified.getTime() + lockDays * 86_400_000;
  }

  #newVersionId(): string {
    return this.settings.versioning === 'Enabled' ? randomBytes(24).toString('base64url') : 'null';
  }
}
