import { wildcardTest } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import type { AssumedByInput } from '#lib/expectation/schema.ts';
import type { AssumedBy } from '#lib/expectation/types.ts';
import { demandsLike, readClaim } from '#lib/reach/claims.ts';
import type { WayIn } from '#lib/reach/way-in.ts';

/** Whether a way in is one that is expected. */
export function meets(expected: AssumedBy, way: WayIn, { arn }: Principal): boolean {
  switch (expected.kind) {
    case 'any':
      return true;
    case 'organization':
      return way.kind === 'organization';
    case 'identity-center':
      return way.kind === 'identity-center';
    case 'service':
      return wayService(way) === expected.name;
    case 'account':
      return (
        (way.kind === 'account' && way.who === expected.accountId) ||
        (way.kind === 'account-principal' && way.who.split(':')[4] === expected.accountId)
      );
    case 'principal':
      return (
        way.kind === 'account-principal' &&
        wildcardTest(
          expected.text.startsWith('arn:')
            ? expected.text
            : `arn:*:iam::${arnParts(arn).accountId}:${expected.text}`,
        )(way.who)
      );
    case 'provider':
      return (
        (way.kind === 'federated' || way.kind === 'shared-provider' || way.kind === 'guests') &&
        providerOf(way) === expected.host &&
        Object.entries(expected.claims).every(([claim, patterns]) => demands(way, claim, patterns))
      );
  }
}

function wayService(way: WayIn): string | undefined {
  if (way.kind === 'roles-anywhere') return 'rolesanywhere.amazonaws.com';
  if (way.kind === 'pod-identity') return 'pods.eks.amazonaws.com';
  return way.kind === 'service' ? way.who : undefined;
}

function providerOf(way: WayIn): string {
  return way.kind === 'guests' ? COGNITO : way.who;
}

/** Whether each value that a way demands of a claim is one of those expected. */
function demands(way: WayIn, claim: string, patterns: readonly string[]): boolean {
  const tests = patterns.map(wildcardTest);
  const isLike = (value: string) => tests.some((test) => test(value));
  // Cognito says of everybody whether he has signed in.
  if (claim === 'amr' && providerOf(way) === COGNITO && isLike(signIn(way))) return true;
  if (way.kind === 'guests' && claim === 'aud') return isLike(way.who);
  return demandsLike(way.claims, claim, isLike);
}

const COGNITO = 'cognito-identity.amazonaws.com';
const signIn = ({ kind }: WayIn): string => (kind === 'guests' ? 'unauthenticated' : 'authenticated');

/** How `assumed-by` names a way in. */
export function entryFor(way: WayIn): AssumedByInput {
  const demanded = Object.fromEntries(
    way.claims.map(readClaim).map(({ name, values }) => [name, [...values]]),
  );
  const claims = providerOf(way) === COGNITO ? { amr: [signIn(way)], ...demanded } : demanded;
  switch (way.kind) {
    case 'account':
    case 'account-principal':
      return way.who;
    case 'organization':
    case 'identity-center':
      return way.kind;
    case 'federated':
      if (Object.keys(claims).length > 0) return { provider: way.who, claims };
      // A SAML provider has a name that says nothing by itself; a host does.
      return way.who.includes('.') ? way.who : { provider: way.who };
    case 'guests':
      return {
        provider: COGNITO,
        claims: { amr: 'unauthenticated', ...(way.who !== '' && { aud: way.who }) },
      };
    case 'shared-provider':
      return way.who;
    default:
      return wayService(way) ?? 'any';
  }
}

/** Entries of `assumed-by`, each once. */
export function distinctEntries(entries: readonly AssumedByInput[]): readonly AssumedByInput[] {
  return [...new Map(entries.map((entry) => [JSON.stringify(entry), entry])).values()];
}
