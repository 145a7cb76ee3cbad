import { arnParts, parsePrincipalReference } from './arn.ts';
import type { Principal } from './types.ts';

/**
 * A test for the principals that a person named, each in a form of `parsePrincipalReference`.
 *
 * @throws InputError for a text that names neither a user nor a role.
 */
export function principalFilter(references: readonly string[]): (principal: Principal) => boolean {
  const wanted = references.map(parsePrincipalReference);
  return ({ kind, name, arn }) =>
    wanted.some(
      (one) =>
        one.kind === kind &&
        one.name === name &&
        (one.accountId === undefined || one.accountId === arnParts(arn).accountId),
    );
}
