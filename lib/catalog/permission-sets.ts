import { InputError } from '#lib/errors.ts';
import { nearest } from './did-you-mean.ts';
import { guideSets } from './guide-sets.ts';
import { managedPolicies } from './managed-policies.ts';
import type { PermissionSet } from './types.ts';

/** Names by which a set can be addressed: the managed policies (`@v4` may follow), then the guide's sets. */
export function permissionSetNames(): string[] {
  return [...Object.keys(managedPolicies), ...guideSets.map(({ name }) => name)];
}

/**
 * The permission set that a name stands for: `AmazonRekognitionReadOnlyAccess` (its newest version),
 * `AmazonRekognitionReadOnlyAccess@v4`, or one of the guide's examples such as `readonly-example`.
 * @throws InputError with the nearest name, or the versions that exist.
 */
export function permissionSet(address: string): PermissionSet {
  const at = address.indexOf('@');
  const name = at < 0 ? address : address.slice(0, at);
  const version = at < 0 ? undefined : address.slice(at + 1);
  if (Object.hasOwn(managedPolicies, name)) return managedSet(name, version);
  const set = guideSets.find((candidate) => candidate.name === name);
  if (set === undefined) throw new InputError(unknownName(name));
  if (version !== undefined) {
    throw new InputError(`the set "${name}" has no versions: write "${name}" without "@${version}"`);
  }
  const { title, source, document } = set;
  return { name, title, source, documents: [JSON.stringify(document, undefined, 2)] };
}

function managedSet(name: string, wanted: string | undefined): PermissionSet {
  const policy = managedPolicies[name];
  if (policy === undefined) throw new InputError(unknownName(name));
  const versionId = wanted ?? policy.defaultVersionId;
  const version = policy.versions.find((candidate) => candidate.versionId === versionId);
  if (version === undefined) {
    const exist = policy.versions.map((candidate) => candidate.versionId).join(', ');
    const why = policy.notPublic.includes(versionId)
      ? `${versionId} of ${name} existed, but AWS never published its text`
      : `${name} has no version "${versionId}"`;
    throw new InputError(`${why}; versions: ${exist}`);
  }
  return {
    name: `${name}@${versionId}`,
    title: `AWS managed policy, version ${versionId} of ${version.createDate.slice(0, 10)}`,
    source: 'AWS, as IAM hands it out',
    arn: policy.arn,
    versionId,
    documents: [JSON.stringify(version.document, undefined, 2)],
  };
}

function unknownName(name: string): string {
  const best = nearest(name, permissionSetNames());
  const hint =
    best === undefined ? `known sets: ${permissionSetNames().join(', ')}` : `did you mean "${best}"?`;
  return `no permission set is called "${name}"; ${hint}`;
}
