import { uniqueId } from './load.ts';
import type { IamState, ManagedPolicy } from './state.ts';

/** A policy that AWS manages, as it publishes it. */
export interface AwsManagedPolicy {
  /** `arn:aws:iam::aws:policy/ReadOnlyAccess` */
  readonly arn: string;
  readonly defaultVersionId: string;
  /** Oldest first. */
  readonly versions: readonly {
    readonly versionId: string;
    readonly createDate: string;
    readonly document: unknown;
  }[];
}

/** The state with AWS managed policies, by name, in every version. What the account holds stays as it is. */
export function withManagedPolicies(
  state: IamState,
  published: Readonly<Record<string, AwsManagedPolicy>>,
): IamState {
  const added = Object.entries(published)
    .filter(([, { arn }]) => !state.policies.has(arn))
    .map(([name, { arn, defaultVersionId, versions }]): [string, ManagedPolicy] => {
      const texts = versions.map(({ versionId, document, createDate }) => ({
        versionId,
        text: JSON.stringify(document, null, 2),
        createDate: new Date(createDate),
      }));
      return [arn, awsPolicy(name, arn, defaultVersionId, texts)];
    });
  return { ...state, policies: new Map([...state.policies, ...added]) };
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
