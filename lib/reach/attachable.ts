import type { PolicySource } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import { otherPolicies } from '#lib/catalog/other-policies.ts';
import { permissionSet } from '#lib/catalog/permission-sets.ts';

/** The policies of AWS's that allow something in Rekognition, in the partition `aws`, by ARN: they are always there to attach. */
const published: readonly (readonly [name: string, arn: string])[] = [
  ...Object.entries(managedPolicies).map(([name, { arn }]) => [name, arn] as const),
  ...[...otherPolicies].map(([name, { arn }]) => [name, arn] as const),
];

/**
 * Policies of AWS's that say nothing of Rekognition and let a user write his own, with what they let him do in IAM: whoever attaches
 * one comes to all others. IAMFullAccess v2, AWSOpsWorksRegisterCLI v1.
 */
const writing: readonly (readonly [name: string, versionId: string, actions: readonly string[]])[] = [
  ['IAMFullAccess', 'v2', ['*']],
  [
    'AWSOpsWorksRegisterCLI',
    'v1',
    ['AddUserToGroup', 'CreateAccessKey', 'CreateGroup', 'CreateUser', 'PassRole', 'PutUserPolicy'],
  ],
];

const known = new Map<string, readonly PolicySource[]>();

/**
 * What a principal of that ARN can attach of AWS's own that says something of Rekognition, or lets whoever has it write
 * policies; those of services alone are left out.
 */
export function attachablePolicies(arn: string): readonly PolicySource[] {
  const { partition } = arnParts(arn);
  const before = known.get(partition);
  if (before !== undefined) return before;
  const about = published.flatMap(([name, arn]): readonly PolicySource[] => {
    if (arn.includes(':policy/aws-service-role/')) return [];
    const { versionId = '', documents } = permissionSet(name);
    const [text] = documents;
    const own = arn.replace(/^arn:[^:]+:/, `arn:${partition}:`);
    return text === undefined ? [] : [{ name, type: 'aws-managed', arn: own, versionId, text }];
  });
  const all = [...about, ...writing.map((one) => writerIn(partition, one))];
  known.set(partition, all);
  return all;
}

function writerIn(partition: string, [name, versionId, actions]: (typeof writing)[number]): PolicySource {
  const Action = actions.map((action) => `iam:${action}`);
  const Statement = { Effect: 'Allow', Action, Resource: '*' };
  const text = JSON.stringify({ Version: '2012-10-17', Statement });
  return { name, type: 'aws-managed', arn: `arn:${partition}:iam::aws:policy/${name}`, versionId, text };
}
