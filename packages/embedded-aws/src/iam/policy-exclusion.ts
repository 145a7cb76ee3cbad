import type { PolicySource } from '@permission-check/iam-policy';
import type { QueryParams } from '../wire/query-protocol.ts';
import { invalidInput } from './simulation-input.ts';

/** One entry of PolicyExclusionList: policies that a simulation leaves out. */
export interface Exclusion {
  readonly policyType?: string;
  readonly policyArn?: string;
  readonly inline?: {
    readonly policy: string;
    readonly attachmentType: string;
    readonly attachmentName: string;
  };
}

const types = ['inline', 'aws-managed', 'user-managed', 'permission-boundary', 'scp', 'rcp'];

/** @throws AwsError InvalidInput for an entry that is not exactly one of the three forms. */
export function readExclusions(params: QueryParams): Exclusion[] {
  return params.structs('PolicyExclusionList').map((entry) => {
    const policyType = entry.get('PolicyType');
    const policyArn = entry.get('PolicyArn');
    const inline = entry.within('InlinePolicyIdentifier');
    const policy = inline.get('PolicyName');
    if (policyType !== undefined) {
      if (!types.includes(policyType)) throw invalidInput(`Invalid policy type: ${policyType}`);
      return { policyType };
    }
    if (policyArn !== undefined) {
      if (!/^arn:[\w-]+:iam::(aws|\d{12}):policy\/[^*]*\*?[^*]*$/.test(policyArn)) {
        throw invalidInput(`Invalid policy ARN: ${policyArn}`);
      }
      return { policyArn };
    }
    if (policy === undefined) throw invalidInput('A policy identifier must have exactly one member.');
    const attachmentName = inline.require('AttachmentName');
    if (attachmentName.split('*').length > 2)
      throw invalidInput(`Invalid attachment name: ${attachmentName}`);
    return { inline: { policy, attachmentType: inline.require('AttachmentType'), attachmentName } };
  });
}

/** Whether an identity-based policy, held by that user, group or role, is left out. */
export function isExcluded(
  exclusions: readonly Exclusion[],
  source: PolicySource,
  holderKind: 'user' | 'group' | 'role',
  holderName: string,
): boolean {
  return exclusions.some(({ policyType, policyArn, inline }) => {
    if (policyType !== undefined) {
      return policyType === (source.type === 'customer-managed' ? 'user-managed' : source.type);
    }
    if (policyArn !== undefined) return source.arn !== undefined && wildcard(policyArn).test(source.arn);
    return (
      inline !== undefined &&
      source.type === 'inline' &&
      source.name === inline.policy &&
      inline.attachmentType.toLowerCase() === holderKind &&
      wildcard(inline.attachmentName).test(holderName)
    );
  });
}

const wildcard = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')}$`,
  );
