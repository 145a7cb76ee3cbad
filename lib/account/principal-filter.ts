import { wildcardTest } from '@permission-check/iam-policy';
import { arnParts, parsePrincipalReference } from './arn.ts';
import type { Principal } from './types.ts';

/** Whether a reference means any number of principals: no name of IAM has `*` or `?` in it. */
export const isPattern = (reference: string): boolean => /[*?]/.test(reference);

/**
 * A test for the principals that a person named, each in a form of `parsePrincipalReference`; `*` and `?` in a name are
 * wildcards.
 *
 * @throws InputError for a text that names neither a user nor a role.
 */
export function principalFilter(references: readonly string[]): (principal: Principal) => boolean {
  const wanted = references.map((reference) => {
    const { name, ...rest } = parsePrincipalReference(reference);
    return { ...rest, isNamed: wildcardTest(name) };
  });
  return ({ kind, name, arn }) =>
    wanted.some(
      (one) =>
        one.kind === kind &&
        one.isNamed(name) &&
        (one.accountId === undefined || one.accountId === arnParts(arn).accountId),
    );
}
