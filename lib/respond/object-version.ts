/**
 * What tells a version from another: its id, and its content where whoever may turn versioning off has done so. All versions are
 * then `null`, and one would be taken for the one before it.
 */
export function versionOf(id: string | undefined, etag: string | undefined): string | undefined {
  return id === undefined || id === 'null' ? etag?.replaceAll('"', '') : id;
}
