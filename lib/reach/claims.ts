/** What the tokens of a provider must say, as a way in names it: `sub repo:acme/* or repo:shop/*`. */
import type { Literal } from '@permission-check/iam-policy';
import type { Admission } from './admission.ts';

const equal = new Set(['StringEquals', 'StringEqualsIgnoreCase', 'StringLike']);
const different = new Set(['StringNotEquals', 'StringNotEqualsIgnoreCase', 'StringNotLike']);
/** Claims that every token has: OpenID Connect Core, "ID Token". */
const always = new Set(['sub', 'aud']);

/** What one way demands of the claims of a provider, a text for each test. */
export function claimsIn({ literals }: Admission, host: string): string[] {
  const prefix = `${host.toLowerCase()}:`;
  const claims = literals
    .filter(({ test }) => test.key.toLowerCase().startsWith(prefix))
    .map((literal) => ({ literal, name: literal.test.key.slice(prefix.length) }))
    .filter(({ literal, name }) => isDemand(literal, always.has(name.toLowerCase())))
    .map(({ literal, name }) => `${name} ${literal.test.values.join(' or ')}`);
  return [...new Set(claims)];
}

/**
 * Whether a test lets in nobody but who has one of its values: not one for another value, nor one that holds where there
 * is no claim.
 */
function isDemand({ test, holds }: Literal, isThere: boolean): boolean {
  const { operator, quantifier, ifExists } = test;
  if (!holds) return different.has(operator) && quantifier === undefined;
  return equal.has(operator) && (isThere || (!ifExists && quantifier !== 'ForAllValues'));
}

/**
 * A claim with the values of one test of it: one of them is demanded. What was remembered of Cognito's before has `pool` for
 * its audience.
 */
export function readClaim(claim: string): { readonly name: string; readonly values: readonly string[] } {
  const [name = '', ...rest] = claim.split(' ');
  return { name: name === 'pool' ? 'aud' : name, values: rest.join(' ').split(' or ') };
}

/** Claims, each like one of some patterns, as what a request is like. */
export const demandOf = (
  host: string,
  claims: Readonly<Record<string, readonly string[]>>,
): readonly Literal[] =>
  Object.entries(claims).map(([claim, values]) => ({
    test: { operator: 'StringLike', ifExists: false, key: `${host}:${claim}`, values },
    holds: true,
  }));

/** Whether one of the tests of a claim lets in nobody but who is like one of some patterns. */
export const demandsLike = (
  claims: readonly string[],
  claim: string,
  isLike: (value: string) => boolean,
): boolean => claims.map(readClaim).some(({ name, values }) => name === claim && values.every(isLike));
