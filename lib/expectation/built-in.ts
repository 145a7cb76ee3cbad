import type { PolicySource } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import { isAwsManaged } from './aws-managed.ts';
import { catalogPolicies, labelOf } from './sets.ts';
import type { Expectation, Guard, SourceLocation } from './types.ts';

/** AWS managed policies whose holders can do everything, so that nothing can be expected of them. */
export const administratorPolicies: readonly string[] = ['AdministratorAccess', 'PowerUserAccess'];

/**
 * What is expected where nobody wrote anything: exactly what the attached Rekognition managed policies grant,
 * each in the newest version that the catalogue has, and otherwise nothing. Holders of AdministratorAccess or
 * PowerUserAccess are not judged.
 */
export function builtInExpectation(
  { policies }: Pick<Principal, 'policies'>,
  guards: readonly Guard[],
  rule?: SourceLocation,
): Expectation {
  const { administrator, label, expected } = attachedOf(policies);
  const from = rule === undefined ? {} : { rule };
  return administrator
    ? { kind: 'any', label, administrator, builtIn: true, ...from }
    : { kind: 'sets', label, policies: expected, guards, builtIn: true, ...from };
}

/** The label of a principal's built-in expectation; what has the same label is the same. */
export function builtInLabel({ policies }: Pick<Principal, 'policies'>): string {
  return attachedOf(policies).label;
}

/** What the attached AWS managed policies say of an expectation. */
interface Attached {
  readonly administrator: boolean;
  readonly label: string;
  readonly expected: readonly PolicySource[];
}

/** Principals with the same policies often share the list of them. */
const known = new WeakMap<readonly PolicySource[], Attached>();

function attachedOf(policies: readonly PolicySource[]): Attached {
  const before = known.get(policies);
  if (before !== undefined) return before;
  const names = [...new Set(policies.filter(isAwsManaged).map(({ name }) => name))];
  const administrator = names.find((name) => administratorPolicies.includes(name));
  const expected = names
    .filter((name) => Object.hasOwn(managedPolicies, name))
    .sort()
    .flatMap(catalogPolicies);
  const attached =
    administrator === undefined
      ? { administrator: false, label: expected.map(labelOf).join(' + ') || 'nothing', expected }
      : { administrator: true, label: `anything (${administrator})`, expected: [] };
  known.set(policies, attached);
  return attached;
}
