import type { Principal } from '#lib/account/types.ts';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import type { PolicySource } from '#lib/policy/types.ts';
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
  const attached = [...new Set(policies.filter(isAwsManaged).map(({ name }) => name))];
  const administrator = attached.find((name) => administratorPolicies.includes(name));
  const from = rule === undefined ? {} : { rule };
  if (administrator !== undefined) {
    return { kind: 'any', label: `anything (${administrator})`, administrator: true, ...from };
  }
  const expected = attached
    .filter((name) => Object.hasOwn(managedPolicies, name))
    .sort()
    .flatMap(catalogPolicies);
  return {
    kind: 'sets',
    label: expected.map(labelOf).join(' + ') || 'nothing',
    policies: expected,
    guards,
    ...from,
  };
}

/** A customer's policy may have the same name; AWS's own have the account `aws`. */
function isAwsManaged({ type, arn }: PolicySource): boolean {
  return type === 'aws-managed' && (arn === undefined || /^arn:[^:]+:iam::aws:policy\//.test(arn));
}
