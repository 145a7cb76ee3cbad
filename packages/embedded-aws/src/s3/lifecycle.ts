import type { ResolvedLifecycleRule } from '@permission-check/cloudformation';
import type { BucketSettings, ObjectVersion } from './bucket.ts';

const day = 86_400_000;

/** S3 adds the days and goes on to the next midnight, UTC. */
const due = (since: Date, days: number): Date =>
  new Date(Math.ceil((since.getTime() + days * day) / day) * day);

/**
 * The versions of one object that are left at that time, newest first; the same list where no rule removes any.
 * Source: Amazon S3 User Guide, "Lifecycle configuration elements", "Expiring objects".
 */
export function expireVersions(
  versions: readonly ObjectVersion[],
  settings: Pick<BucketSettings, 'lifecycle' | 'versioning'>,
  now: Date,
  newVersionId: () => string,
): readonly ObjectVersion[] {
  const key = versions[0]?.key ?? '';
  const rules = settings.lifecycle.filter((rule) => rule.enabled && key.startsWith(rule.prefix));
  let left = versions;
  for (const rule of rules) left = applyRule(left, rule, settings.versioning, now, newVersionId);
  return left;
}

function applyRule(
  versions: readonly ObjectVersion[],
  rule: ResolvedLifecycleRule,
  versioning: BucketSettings['versioning'],
  now: Date,
  newVersionId: () => string,
): readonly ObjectVersion[] {
  let left = versions;
  const [newest] = left;
  if (newest?.content !== undefined && rule.expirationDays !== undefined) {
    const expires = due(newest.lastModified, rule.expirationDays);
    if (expires <= now) {
      const marker = { key: newest.key, versionId: newVersionId(), lastModified: expires };
      left = versioning === undefined ? left.slice(1) : [marker, ...withoutId(left, marker.versionId)];
    }
  }
  const { noncurrentDays } = rule;
  if (noncurrentDays !== undefined) {
    // A version is as old as the one that took its place.
    const stays = left.filter((_, index) => {
      const successor = left[index - 1];
      return successor === undefined || due(successor.lastModified, noncurrentDays) > now;
    });
    if (stays.length < left.length) left = stays;
  }
  const [only, ...others] = left;
  const alone = only !== undefined && only.content === undefined && others.length === 0;
  return alone && (rule.expiredObjectDeleteMarker || rule.expirationDays !== undefined) ? [] : left;
}

const withoutId = (versions: readonly ObjectVersion[], versionId: string): readonly ObjectVersion[] =>
  versions.filter((one) => one.versionId !== versionId);

/** When the newest version of such a key, written then, will expire, and by which rule: the header x-amz-expiration. */
export function expirationOf(
  version: ObjectVersion,
  lifecycle: readonly ResolvedLifecycleRule[],
): string | undefined {
  const rules = lifecycle.flatMap(({ enabled, prefix, expirationDays, id }) =>
    enabled && expirationDays !== undefined && version.key.startsWith(prefix)
      ? [{ id, at: due(version.lastModified, expirationDays) }]
      : [],
  );
  const [first] = rules.sort((a, b) => a.at.getTime() - b.at.getTime());
  return first && `expiry-date="${first.at.toUTCString()}", rule-id="${first.id ?? ''}"`;
}
