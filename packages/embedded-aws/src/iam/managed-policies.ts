import { managedPolicies } from '../../../../lib/catalog/managed-policies.ts';
import { uniqueId } from './load.ts';
import type { IamState, ManagedPolicy } from './state.ts';

/** An AWS managed policy as public collections list it. */
export interface PublishedPolicy {
  readonly VersionId: string;
  readonly CreateDate: string;
  readonly Document: unknown;
  /** Default: `arn:aws:iam::aws:policy/<name>`. */
  readonly Arn?: string;
}

/**
 * The state with the Rekognition managed policies in every version, and any others that are given. What the account
 * file holds stays as it is.
 */
export function withManagedPolicies(
  state: IamState,
  others: Readonly<Record<string, PublishedPolicy>> = {},
): IamState {
  const policies = new Map(state.policies);
  const add = (policy: ManagedPolicy) => {
    if (!policies.has(policy.arn)) policies.set(policy.arn, policy);
  };
  for (const [name, policy] of Object.entries(managedPolicies)) {
    add(
      awsPolicy(
        name,
        policy.arn,
        policy.defaultVersionId,
        policy.versions.map((version) => ({
          versionId: version.versionId,
          text: JSON.stringify(version.document, null, 2),
          createDate: new Date(version.createDate),
        })),
      ),
    );
  }
  for (const [name, policy] of Object.entries(others)) {
    const version = {
      versionId: policy.VersionId,
      text: JSON.stringify(policy.Document, null, 2),
      createDate: new Date(policy.CreateDate),
    };
    add(awsPolicy(name, policy.Arn ?? `arn:aws:iam::aws:policy/${name}`, policy.VersionId, [version]));
  }
  return { ...state, policies };
}

function awsPolicy(
  name: string,
  arn: string,
  defaultVersionId: string,
  versions: ManagedPolicy['versions'],
): ManagedPolicy {
  const dates = versions.map((version) => version.createDate.getTime());
  return {
    name,
    path: arn.slice(arn.indexOf('/'), arn.lastIndexOf('/') + 1),
    arn,
    id: uniqueId('ANPA'),
    defaultVersionId,
    nextVersion: Math.max(...versions.map((version) => Number(version.versionId.slice(1)))) + 1,
    versions: [...versions].reverse(),
    createDate: new Date(Math.min(...dates)),
    updateDate: new Date(Math.max(...dates)),
    tags: new Map(),
  };
}
