/**
 * The ways in of people whom identity pools of Amazon Cognito vouch for: guests, and those who sign in.
 *
 * Source: Amazon Cognito Developer Guide, "Role trust and permissions".
 */
import type { Literal } from '@permission-check/iam-policy';
import type { Admission, Caller } from './admission.ts';
import type { Asker } from './asker.ts';
import { claimsIn, demandOf, readClaim } from './claims.ts';
import type { Entry } from './trust.ts';
import { type Asked, isKey, may, type WayIn, way } from './way-in.ts';

export const COGNITO = 'cognito-identity.amazonaws.com';
const entry: Entry = 'sts:AssumeRoleWithWebIdentity';
const aud = `${COGNITO}:aud`;
const amr = `${COGNITO}:amr`;

type CognitoAsker = Asker & { readonly kind: 'federated' };

/** @param ways all that the trust policy lets in by Cognito's tokens */
export function cognitoWays(asker: CognitoAsker, asked: Asked, ways: readonly Admission[]): WayIn[] {
  const ofAnyPool: Caller = { asker, possible: anotherPool(ways) };
  if (may(ofAnyPool, entry, asked).length > 0) return [way('anyone', COGNITO, asker, asked)];
  return [...guestsWays(asker, asked), ...usersWays(asker, asked, ways)];
}

/** Guests of each pool that a trust policy names, but of those that were read and let none of theirs become the role. */
function guestsWays(asker: CognitoAsker, asked: Asked): WayIn[] {
  const guest = guestOf(asker, asked);
  const admitted = may(guest, entry, asked);
  if (admitted.length === 0) return [];
  const named = poolsOf(admitted);
  if (named.length === 0) return [way('guests', '', asker, asked, { doubtful: true })];
  return named
    .filter((id) => !asked.closedPools.has(id) && isLetIn(guest, id, asked))
    .map((id) => {
      const doubtful = !asked.pools.isRead(id);
      const absent = asked.pools.isAbsent(id);
      const scopedDown = asked.pools.scopesDown(id);
      return way('guests', id, asker, asked, {
        ...(doubtful && { doubtful }),
        ...(absent && { absent }),
        ...(scopedDown && { scopedDown }),
      });
    });
}

/** A guest of a pool that is not known to keep its guests out of the role. */
function guestOf(asker: CognitoAsker, { closedPools }: Asked): Caller {
  return { asker, known: { [amr]: ['unauthenticated'] }, possible: ofNone([...closedPools.keys()]) };
}

/** One who has signed in so, with a pool that is not known to be gone. */
function userOf(asker: CognitoAsker, methods: readonly string[], { closedPools }: Asked): Caller {
  const gone = [...closedPools].flatMap(([id, why]) => (why === 'was deleted' ? [id] : []));
  return { asker, known: { [amr]: methods }, possible: ofNone(gone) };
}

/** A token of none of these pools. */
function ofNone(pools: readonly string[]): readonly Literal[] {
  const test = { operator: 'StringEqualsIgnoreCase', ifExists: false, key: aud, values: pools };
  return pools.length === 0 ? [] : [{ test, holds: false }];
}

/** Those who sign in: of each pool, with what else is demanded of them. */
function usersWays(asker: CognitoAsker, asked: Asked, ways: readonly Admission[]): WayIn[] {
  return signedIn(ways).flatMap((methods) => {
    const user = userOf(asker, methods, asked);
    return may(user, entry, asked).flatMap((one) => {
      const others = claimsIn(one, COGNITO).filter(
        (claim) => !['aud', 'amr'].includes(readClaim(claim).name),
      );
      const named = poolsOf([one]);
      const pools = named
        .filter((id) => asked.closedPools.get(id) !== 'was deleted' && isLetIn(user, id, asked))
        .map((id) => [`aud ${id}`]);
      const by = methods.slice(1).map((method) => `amr ${method}`);
      return (named.length === 0 ? [[]] : pools).map((pool) =>
        way('federated', COGNITO, asker, asked, { claims: [...pool, ...by, ...others] }),
      );
    });
  });
}

/** How people may have signed in, as their tokens say it: anyhow, else by a provider that a condition names. */
function signedIn(ways: readonly Admission[]): readonly (readonly string[])[] {
  const named = ways.flatMap(({ literals }) =>
    literals.flatMap(({ test }) => (isKey(test.key, amr) ? test.values : [])),
  );
  const providers = named.filter((value) => !/^(un)?authenticated$|[*?]/.test(value));
  return [['authenticated'], ...[...new Set(providers)].map((one) => ['authenticated', one])];
}

/** The pools whose tokens are demanded, each once. */
function poolsOf(ways: readonly Admission[]): readonly string[] {
  const claims = ways.flatMap((one) => claimsIn(one, COGNITO).map(readClaim));
  return [...new Set(claims.flatMap(({ name, values }) => (name === 'aud' ? values : [])))];
}

/** Whether somebody of one pool is let in; of a pattern, some pool is. */
function isLetIn(caller: Caller, id: string, asked: Asked): boolean {
  if (/[*?]/.test(id)) return true;
  return may({ ...caller, known: { ...caller.known, [aud]: id } }, entry, asked).length > 0;
}

/** Somebody with these claims: as a guest, where they do not say that he has signed in, and as one who has. */
export function identitiesOf(
  { amr: methods = [], ...claims }: Readonly<Record<string, readonly string[]>>,
  asker: CognitoAsker,
  asked: Asked,
): readonly Caller[] {
  const isAnyhow = methods.length === 0 || methods.some((method) => /[*?]/.test(method));
  const demanded = demandOf(COGNITO, claims);
  return (isAnyhow ? ['unauthenticated', 'authenticated'] : methods).map((method): Caller => {
    const caller =
      method === 'unauthenticated'
        ? guestOf(asker, asked)
        : userOf(asker, [...new Set(['authenticated', method])], asked);
    return { ...caller, possible: [...demanded, ...(caller.possible ?? [])] };
  });
}

/** The id of a pool, `REGION:GUID`, whose second part no condition names. */
function anotherPool(ways: readonly Admission[]): readonly Literal[] {
  const test = { operator: 'StringLike', ifExists: false, key: aud };
  const named = ways.flatMap(({ literals }) =>
    literals.filter((one) => isKey(one.test.key, aud)).flatMap((one) => one.test.values),
  );
  const ids = named.flatMap((value) => {
    const id = value.slice(value.indexOf(':') + 1);
    return id === '' || /[*?]/.test(id) ? [] : [`*:${id}`];
  });
  return [
    { test: { ...test, values: ['?*:?*'] }, holds: true },
    ...(ids.length === 0 ? [] : [{ test: { ...test, values: ids }, holds: false }]),
  ];
}
