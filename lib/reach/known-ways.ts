import { wildcardTest } from '@permission-check/iam-policy';
import { subjectName } from '#lib/words/labels.ts';
import { demandsLike, readClaim } from './claims.ts';
import type { Road } from './reach.ts';
import type { WayIn, WayKind } from './way-in.ts';

/** A way in as it is remembered from one look to the next. */
export interface KnownWay {
  readonly kind: WayKind;
  readonly who: string;
  readonly claims: readonly string[];
  /** The roles that are assumed on the way, first to last; the principal itself is not among them. */
  readonly through: readonly string[];
  /** It led to nothing. */
  readonly idle?: boolean | undefined;
}

/** Those who are neither services of AWS nor of the account. */
const outside: readonly WayKind[] = [
  'anyone',
  'guests',
  'shared-provider',
  'unknown',
  'organization',
  'network',
  'account',
  'account-principal',
  'federated',
  'identity-center',
];

/** The ways by which somebody from outside comes to a principal: its own, and the widest through other roles. */
export function outsideWays(
  road: Road | undefined,
  ways: readonly WayIn[],
): readonly (KnownWay & { readonly way: WayIn })[] {
  const own = ways.map((way) => ({ way, through: [] }));
  const through = (road?.through ?? []).slice(0, -1).map(subjectName);
  const chained = road === undefined || through.length === 0 ? [] : [{ way: road.way, through }];
  return [...chained, ...own]
    .filter(({ way }) => outside.includes(way.kind))
    .map(({ way, through: roles }) => ({
      kind: way.kind,
      who: way.who,
      claims: way.claims,
      through: roles,
      way,
    }));
}

/** Whether somebody has been let in before: by the same way, or by a wider one, to something that he could do there. */
export function isLetInBy(way: KnownWay, known: readonly KnownWay[]): boolean {
  return known.some((one) => one.idle !== true && isWithin(way, one));
}

function isWithin(way: KnownWay, wider: KnownWay): boolean {
  if (wider.kind === 'unknown') return true;
  // Who came through other roles comes by himself, or through less of them, by no wider door: by another one.
  if (wider.through.length > 0 && wider.through.join() !== way.through.join()) return false;
  switch (wider.kind) {
    case 'anyone':
      return wider.who === ''
        ? ['anyone', 'organization', 'network', 'account', 'account-principal'].includes(way.kind)
        : way.who === wider.who || way.kind === 'guests';
    case 'account':
      return way.kind === 'account-principal'
        ? way.who.split(':')[4] === wider.who
        : way.kind === 'account' && way.who === wider.who;
    case 'shared-provider':
      return (way.kind === 'federated' || way.kind === 'shared-provider') && way.who === wider.who;
    case 'federated':
      return way.kind === 'federated' && way.who === wider.who && demandsAsMuch(way, wider);
    case 'guests':
      // Pools that one statement names were one way before.
      return way.kind === 'guests' && wider.who.split(' or ').includes(way.who);
    default:
      return way.kind === wider.kind && way.who === wider.who;
  }
}

/** Whether a way demands of each claim what a wider one demands of it, or more. */
const demandsAsMuch = (way: KnownWay, wider: KnownWay): boolean =>
  wider.claims.map(readClaim).every(({ name, values }) => {
    const tests = values.map(wildcardTest);
    return demandsLike(way.claims, name, (value) => tests.some((test) => test(value)));
  });
