import type { WayKind } from '#lib/reach/way-in.ts';
import type { JsonPrincipal, JsonReport } from '../json.ts';

/** How wide a way in is, as a reader looks for it. */
export const wayLabels: Readonly<Record<WayKind, { readonly label: string; readonly tone: string }>> = {
  anyone: { label: 'anyone', tone: 'wide' },
  guests: { label: 'anyone', tone: 'wide' },
  'shared-provider': { label: 'anyone', tone: 'wide' },
  unknown: { label: 'not known', tone: 'wide' },
  organization: { label: 'other accounts', tone: 'outside' },
  network: { label: 'anyone', tone: 'wide' },
  account: { label: 'other accounts', tone: 'outside' },
  'account-principal': { label: 'other accounts', tone: 'outside' },
  federated: { label: 'identity providers', tone: 'outside' },
  'identity-center': { label: 'Identity Center', tone: 'inside' },
  'roles-anywhere': { label: 'certificates', tone: 'outside' },
  'pod-identity': { label: 'services', tone: 'inside' },
  service: { label: 'services', tone: 'inside' },
  own: { label: 'this account', tone: 'inside' },
};

export const NOBODY = 'nobody from elsewhere';

/** Every class of people who can become a principal. */
export function reachOf({ reachedBy }: JsonPrincipal, report: JsonReport): readonly string[] {
  const ways = report.waysIn[reachedBy ?? -1] ?? [];
  return ways.length === 0 ? [NOBODY] : [...new Set(ways.map(({ kind }) => wayLabels[kind].label))];
}

/** The family of the actions on face collections: storing, reading, searching and deleting faces. */
const FACES = 'collections';

/** Who from outside of the account can become somebody who can do something with stored faces, and whom. */
export function outsideReachOfFaces({
  access,
  principals,
  waysIn,
}: JsonReport): ReadonlyMap<string, string[]> {
  const faces = new Set(
    (access?.actions ?? []).flatMap(({ family }, place) => (family === FACES ? [place] : [])),
  );
  const rows = (access?.rows ?? []).map(({ observed }) =>
    observed.some(({ actions }) => actions.some((place) => faces.has(place))),
  );
  const found = new Map<string, string[]>();
  for (const { subject, access: row, reachedBy } of principals) {
    if (rows[row ?? -1] !== true) continue;
    for (const { kind, who } of waysIn[reachedBy ?? -1] ?? []) {
      if (wayLabels[kind].tone !== 'inside') found.set(who, [...(found.get(who) ?? []), subject]);
    }
  }
  return found;
}
