import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import type { Bound } from './bounds.ts';
import { Edits } from './edits.ts';
import type { PlannedPrincipal } from './planned-principal.ts';
import type { Planned } from './types.ts';

/** One way in which a deployment may turn out: `Stage=prod`, with the most or the least that the unknown may grant. */
export interface World {
  readonly planned: Planned;
  readonly bound: Bound;
  /** `Stage=prod`; absent where the plan has only one reading. */
  readonly label?: string;
  /** It is what happens unless somebody chooses otherwise. */
  readonly usual: boolean;
}

/**
 * One reading of a plan: with these values of what the deployment chooses. The readings of a plan hold every combination
 * of values that bears on one principal, not those that bear on different ones: each principal is judged by itself.
 */
export interface Reading {
  readonly planned: Planned;
  readonly label?: string;
  /** Values that are taken where nobody gives others. */
  readonly usual: boolean;
}

/** A principal before a deployment and in every way that the deployment may turn out. */
export interface Outlook {
  readonly before?: PlannedPrincipal;
  /** In the order of the worlds; undefined where it does not exist. */
  readonly after: readonly (PlannedPrincipal | undefined)[];
}

/** The ways in which a deployment may turn out: each reading, at most and at least. */
export function worldsOf(readings: readonly Reading[]): World[] {
  return readings.flatMap((reading) =>
    (['most', 'least'] as const).map((bound): World => ({ ...reading, bound })),
  );
}

/**
 * Everybody whom a plan or the account that it is put on knows, before and after. Principals of the account that the
 * plan does not touch are the account's own objects.
 *
 * @param base the account as it is; absent: only what the plan shows.
 * @param guardrails what stands above everybody
 */
export async function* outlooks(
  worlds: readonly World[],
  base?: Account,
  guardrails?: Guardrails,
): AsyncGenerator<Outlook> {
  const edits = worlds.map(
    ({ planned, bound }) => new Edits(planned, 'after', bound, base !== undefined, guardrails),
  );
  if (base !== undefined) {
    for await (const principal of base.principals()) for (const one of edits) one.see(principal);
    for await (const principal of base.principals()) {
      const after = edits.map((one) => one.existing(principal));
      yield { before: untouched(principal), after };
    }
  }
  const before = base === undefined ? beforeOf(worlds) : new Map<string, PlannedPrincipal>();
  const after = edits.map((one) => new Map(one.others().map((planned) => [identityOf(planned), planned])));
  for (const identity of new Set([...before.keys(), ...after.flatMap((one) => [...one.keys()])])) {
    const was = before.get(identity);
    yield { ...(was === undefined ? {} : { before: was }), after: after.map((one) => one.get(identity)) };
  }
}

/** What the plan itself shows of the time before: no part of it is unknown. */
function beforeOf(worlds: readonly World[]): Map<string, PlannedPrincipal> {
  const [world] = worlds;
  if (world === undefined) return new Map();
  const edits = new Edits(world.planned, 'before', 'most', false);
  return new Map(edits.others().map((planned) => [identityOf(planned), planned]));
}

const identityOf = ({ principal, source }: PlannedPrincipal): string =>
  principal.name.includes('*') ? `${principal.arn} ${source?.address}` : principal.arn;

function untouched(principal: Principal): PlannedPrincipal {
  return { principal, partial: false, unknowns: new Map(), sources: new Map() };
}
