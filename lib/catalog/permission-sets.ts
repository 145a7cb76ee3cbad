import { InputError } from '#lib/errors.ts';
import { nearest } from './did-you-mean.ts';
import { guideSets } from './guide-sets.ts';
import { managedPolicies } from './managed-policies.ts';
import { type OtherPolicy, otherPolicies } from './other-policies.ts';
import { type SamTemplate, samDocument, samTemplates } from './sam-templates.ts';
import type { PermissionSet } from './types.ts';

/**
 * Names by which a set can be addressed: Rekognition's managed policies and the others that allow some of its actions
 * (`@v4` may follow), SAM's policy templates (`(collection)` may follow), and the guide's sets.
 */
export function permissionSetNames(): string[] {
  return [
    ...Object.keys(managedPolicies),
    ...guideSets.map(({ name }) => name),
    ...samTemplates.map(({ name, parameter }) => (parameter === undefined ? name : `${name}(${parameter})`)),
    ...otherPolicies.keys(),
  ];
}

/** The name in an address, without version or parameter. */
export function nameInAddress(address: string): string {
  return address.replace(/[@(].*$/s, '');
}

/**
 * The permission set that an address stands for: `AmazonRekognitionReadOnlyAccess` (its newest version),
 * `AmazonRekognitionReadOnlyAccess@v4`, `RekognitionReadPolicy(visitors)`, or one of the guide's examples such as
 * `readonly-example`.
 * @throws InputError with the nearest name, or the versions that exist.
 */
export function permissionSet(address: string): PermissionSet {
  const [, name = address, version, argument] = /^([^@(]+)(?:@(.*)|\((.*)\))?$/s.exec(address) ?? [];
  if (argument === undefined) {
    if (Object.hasOwn(managedPolicies, name)) return managedSet(name, version);
    const other = otherPolicies.get(name);
    if (other !== undefined) return otherSet(name, other, version);
  }
  const template = samTemplates.find((candidate) => candidate.name === name);
  const guide = guideSets.find((candidate) => candidate.name === name);
  if (template === undefined && guide === undefined) throw new InputError(unknownName(name, argument));
  if (version !== undefined) {
    throw new InputError(`the set "${name}" has no versions: write "${name}" without "@${version}"`);
  }
  if (template !== undefined) return samSet(template, argument, address);
  if (guide === undefined || argument !== undefined) throw new InputError(unknownName(name, argument));
  const { title, source, document } = guide;
  return { name, title, source, documents: [JSON.stringify(document, undefined, 2)] };
}

function samSet(template: SamTemplate, argument: string | undefined, address: string): PermissionSet {
  const answer = samDocument(template, argument);
  if ('problem' in answer) throw new InputError(answer.problem);
  return {
    name: address,
    title: 'AWS SAM policy template',
    source: 'AWS SAM Developer Guide, policy template list',
    documents: [JSON.stringify(answer.document, undefined, 2)],
    ...(template.warning === undefined ? {} : { warning: `${template.name}: ${template.warning}` }),
  };
}

function managedSet(name: string, wanted: string | undefined): PermissionSet {
  const policy = managedPolicies[name];
  if (policy === undefined) throw new InputError(unknownName(name));
  const versionId = wanted ?? policy.defaultVersionId;
  const version = policy.versions.find((candidate) => candidate.versionId === versionId);
  if (version === undefined) {
    const exist = policy.versions.map((candidate) => candidate.versionId);
    throw new InputError(noVersion(name, versionId, exist));
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

function otherSet(name: string, policy: OtherPolicy, wanted: string | undefined): PermissionSet {
  const versionId = wanted ?? policy.defaultVersionId;
  const text = policy.texts.find(({ versionIds }) => versionIds.includes(versionId));
  if (text === undefined) {
    throw new InputError(
      noVersion(
        name,
        versionId,
        policy.texts.flatMap(({ versionIds }) => versionIds),
      ),
    );
  }
  return {
    name: `${name}@${versionId}`,
    title: `AWS managed policy, version ${versionId}: what it says of Rekognition`,
    source: 'AWS, as IAM hands it out',
    arn: policy.arn,
    versionId,
    documents: [JSON.stringify({ Version: '2012-10-17', Statement: text.statements }, undefined, 2)],
  };
}

/** Many versions are told by the first and the last. */
function noVersion(name: string, versionId: string, exist: readonly string[]): string {
  const numbers = exist.map((id) => Number(id.slice(1))).sort((a, b) => a - b);
  const ids = numbers.map((number) => `v${number}`);
  const listed = ids.length > 12 ? `${ids.length} from ${ids[0]} to ${ids.at(-1)}` : ids.join(', ');
  return `${name} has no version "${versionId}"; versions: ${listed}`;
}

function unknownName(name: string, argument?: string): string {
  if (/^\w+\([^()]*$/.test(name)) return `"${name}" has no closing parenthesis: write "${name})"`;
  const known = argument === undefined ? permissionSetNames() : samTemplates.map((template) => template.name);
  if (argument !== undefined && permissionSetNames().includes(name)) {
    return `the set "${name}" has no parameter: write "${name}"`;
  }
  const best = nearest(name, known);
  const hint = best === undefined ? '`sets` lists those that there are' : `did you mean "${best}"?`;
  return `no permission set is called "${name}"; ${hint}`;
}
