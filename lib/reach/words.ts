import { listed, subjectName } from '#lib/words/labels.ts';
import type { Passed } from './passing.ts';
import type { Road } from './reach.ts';
import type { WayIn, WayKind } from './way-in.ts';

/** Who a way in lets in, in a few words: `anyone on the internet (guests of Cognito pool eu-west-1:…)`. */
export function wayWords(way: WayIn): string {
  const { kind, who, claims } = way;
  switch (kind) {
    case 'anyone':
      return who === '' ? 'anyone with an AWS account' : 'anyone on the internet (users of any Cognito pool)';
    case 'guests':
      return `anyone on the internet (guests of ${guestsWords(way)})`;
    case 'shared-provider':
      return `anyone of ${providerName(who)}${claims.length > 0 ? ` (${claims.join(', ')})` : ''}`;
    case 'unknown':
      return 'whoever its trust policy names, which is not known';
    case 'organization':
      return `anyone of the organization ${who}`;
    case 'network':
      return who === '' ? 'anyone who meets its conditions' : `anyone from ${who}`;
    case 'account':
      return `account ${who}`;
    case 'account-principal':
      return who;
    case 'federated':
      return `${providerName(who)}${claims.length > 0 ? ` (${claims.join(', ')})` : ''}`.replace(
        'Cognito (aud ',
        'Cognito (pool ',
      );
    case 'identity-center':
      return 'whoever is assigned in Identity Center';
    case 'roles-anywhere':
      return 'certificates (Roles Anywhere)';
    case 'pod-identity':
      return 'pods of EKS (Pod Identity)';
    case 'service':
      return who;
    case 'own':
      return who === '' ? 'principals of this account' : who;
  }
}

function guestsWords({ who, doubtful, absent }: WayIn): string {
  const pool = who === '' ? 'a Cognito pool' : `Cognito pool ${who}`;
  if (absent) return `${pool}, if another account has it and it admits any`;
  return doubtful ? `${pool}, if it admits any` : pool;
}

function providerName(host: string): string {
  if (host === 'token.actions.githubusercontent.com') return 'GitHub Actions';
  if (host === 'cognito-identity.amazonaws.com') return 'Cognito';
  return host;
}

/** Those who can pass a role to a service, in a few words: `user/eve, user/fay and 3 more`. */
function passersOf({ kind, who }: WayIn, passed: readonly Passed[]): string | undefined {
  const found = kind === 'service' ? passed.find(({ service }) => service === who) : undefined;
  return found && listed(found.by, 2);
}

/**
 * Who can act as a principal, the widest first, and through whom: `anyone with an AWS account, through role/a`.
 *
 * @param passed who can pass it to services; absent: not told
 */
export function reachWords(
  road: Road | undefined,
  ways: readonly WayIn[],
  passed: readonly Passed[] = [],
): string | undefined {
  const own = ways.map((way) => {
    const passers = passersOf(way, passed);
    return passers === undefined ? wayWords(way) : `${wayWords(way)} (can be passed by ${passers})`;
  });
  const through = road === undefined ? [] : road.through.slice(0, -1);
  const chained =
    road === undefined || through.length === 0
      ? []
      : [`${wayWords(road.way)}, through ${listed(through.map(subjectName))}`];
  const all = [...new Set([...chained, ...own])];
  if (all.length === 0) return undefined;
  return all.length > 2 ? `${all.slice(0, 2).join('; ')}; and ${all.length - 2} more` : all.join('; ');
}

/** A way in as a picture shows it. */
export interface ShownWay {
  readonly kind: WayKind;
  /** In a few words. */
  readonly who: string;
  /** The roles that are assumed on the way, first to last; the principal itself is not among them. */
  readonly through?: readonly string[];
  /** Of a service: who can pass the role to it, in a few words. */
  readonly passedBy?: string;
}

/** As many ways as one looks at. */
const SHOWN_WAYS = 12;

/** The ways into a principal, the widest first. */
export function shownWays(
  road: Road | undefined,
  ways: readonly WayIn[],
  passed: readonly Passed[] = [],
): readonly ShownWay[] {
  const through = road === undefined ? [] : road.through.slice(0, -1).map(subjectName);
  const chained =
    road === undefined || through.length === 0
      ? []
      : [{ kind: road.way.kind, who: wayWords(road.way), through }];
  const own = ways.map((way): ShownWay => {
    const passedBy = passersOf(way, passed);
    return { kind: way.kind, who: wayWords(way), ...(passedBy !== undefined && { passedBy }) };
  });
  const distinct = new Map([...chained, ...own].map((one) => [JSON.stringify(one), one]));
  return [...distinct.values()].slice(0, SHOWN_WAYS);
}
