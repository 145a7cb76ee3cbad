import type { RequestContext } from '@permission-check/iam-policy';
import { uniqueId } from '../account/load.ts';
import { type IamState, isAwsManaged, type ManagedPolicy, withEntry } from '../account/state.ts';
import { AwsError } from '../types.ts';
import {
  type IamOperation,
  noSuchEntity,
  type OperationInput,
  policyArnParam,
  policyNamed,
} from './operation.ts';
import { versionShape } from './reads.ts';
import { policyShape, tagsShape, usageCounts } from './shapes.ts';
import {
  addTags,
  alreadyExists,
  conflict,
  limitExceeded,
  nameParam,
  pathParam,
  policyParam,
  policySize,
  removeTags,
  tagsContext,
  tagsParam,
} from './validation.ts';

const versionQuota = 5;
const sizeQuota = 6144;

/** IAM's operations on customer managed policies and their versions. */
export const policyWriteOperations: Readonly<Record<string, IamOperation>> = {
  CreatePolicy: (input) => {
    const { world, params, state } = input;
    const name = nameParam(params, 'PolicyName', 128);
    const path = pathParam(params);
    const arn = `arn:${world.partition}:iam::${world.accountId}:policy${path}${name}`;
    const tags = tagsParam(params);
    input.authorize(arn, tagsContext(tags));
    const text = documentOf(input);
    const own = [...state.policies.values()].filter((policy) => !isAwsManaged(policy.arn));
    if (own.some((policy) => policy.name.toLowerCase() === name.toLowerCase())) {
      throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
    }
    const now = world.clock();
    const description = params.get('Description');
    const policy: ManagedPolicy = {
      name,
      path,
      arn,
      id: uniqueId('ANPA'),
      ...(description !== undefined && { description }),
      defaultVersionId: 'v1',
      nextVersion: 2,
      versions: [{ versionId: 'v1', text, createDate: now }],
      createDate: now,
      updateDate: now,
      tags,
    };
    const next = withPolicy(state, policy);
    const answer = {
      Policy: { ...policyShape(policy, next), ...(tags.size > 0 && { Tags: tagsShape(tags) }) },
    };
    return { next, answer, recorded: answer };
  },
  CreatePolicyVersion: (input) => {
    const policy = ownPolicy(input);
    const text = documentOf(input);
    if (policy.versions.length >= versionQuota) {
      throw limitExceeded(
        'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
      );
    }
    const now = input.world.clock();
    const version = { versionId: `v${policy.nextVersion}`, text, createDate: now };
    const changed: ManagedPolicy = {
      ...policy,
      nextVersion: policy.nextVersion + 1,
      versions: [version, ...policy.versions],
      updateDate: now,
      ...(input.params.boolean('SetAsDefault') && { defaultVersionId: version.versionId }),
    };
    const answer = { PolicyVersion: versionShape(changed, version) };
    return { next: withPolicy(input.state, changed), answer, recorded: answer };
  },
  SetDefaultPolicyVersion: (input) => {
    const policy = ownPolicy(input);
    const { versionId } = namedVersion(input, policy);
    const changed = { ...policy, defaultVersionId: versionId, updateDate: input.world.clock() };
    return { next: withPolicy(input.state, changed) };
  },
  DeletePolicyVersion: (input) => {
    const policy = ownPolicy(input);
    const version = namedVersion(input, policy);
    if (version.versionId === policy.defaultVersionId) {
      throw conflict('Cannot delete the default version of a policy.');
    }
    const versions = policy.versions.filter((other) => other !== version);
    return { next: withPolicy(input.state, { ...policy, versions }) };
  },
  DeletePolicy: (input) => {
    const policy = ownPolicy(input);
    const counts = usageCounts(policy, input.state);
    if (counts.AttachmentCount + counts.PermissionsBoundaryUsageCount > 0) {
      throw conflict('Cannot delete a policy attached to entities.');
    }
    if (policy.versions.length > 1) {
      throw conflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    }
    return { next: { ...input.state, policies: withEntry(input.state.policies, policy.arn, undefined) } };
  },
};

/** IAM's operations on the tags of customer managed policies. */
export const policyTagOperations: Readonly<Record<string, IamOperation>> = {
  TagPolicy: (input) => {
    const given = tagsParam(input.params);
    const policy = ownPolicy(input, tagsContext(given));
    return { next: withPolicy(input.state, { ...policy, tags: addTags(policy.tags, given) }) };
  },
  UntagPolicy: (input) => {
    const keys = input.params.list('TagKeys') ?? [];
    const policy = ownPolicy(input, { 'aws:TagKeys': keys });
    return { next: withPolicy(input.state, { ...policy, tags: removeTags(policy.tags, keys) }) };
  },
};

const withPolicy = (state: IamState, policy: ManagedPolicy): IamState => ({
  ...state,
  policies: withEntry(state.policies, policy.arn, policy),
});

/** The policy that the request names; AWS's own can be changed by AWS only. */
function ownPolicy(input: OperationInput, context: RequestContext = {}): ManagedPolicy {
  const arn = policyArnParam(input, 'PolicyArn');
  input.authorize(arn, context);
  if (isAwsManaged(arn))
    throw new AwsError('AccessDenied', `Policy ${arn} is owned by AWS and cannot be changed.`, 403);
  return policyNamed(input.state, arn);
}

function documentOf(input: OperationInput): string {
  const text = policyParam(input.params);
  if (policySize(text) > sizeQuota) throw limitExceeded(`Cannot exceed quota for PolicySize: ${sizeQuota}`);
  return text;
}

function namedVersion(input: OperationInput, policy: ManagedPolicy) {
  const versionId = input.params.require('VersionId');
  const version = policy.versions.find((candidate) => candidate.versionId === versionId);
  if (!version)
    throw noSuchEntity(`Policy ${policy.arn} version ${versionId} does not exist or is not attachable.`);
  return version;
}
