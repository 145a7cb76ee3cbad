/** Roles that let somebody in already, and whose own rules do not say what is gained by that. */
import type { MatchedStatement } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { Admissions } from './admission.ts';
import { covers } from './asker.ts';
import { assuming } from './escalations.ts';
import { after, type Grown } from './growing.ts';
import type { Reach } from './reach.ts';
import type { Indirect } from './row-gains.ts';
import type { Follow } from './rows.ts';
import type { Step } from './steps.ts';
import { trustOf } from './trust.ts';

/** The step by which somebody assumes a role, with the statements on both sides that are about him. */
export function assumingStep(caller: Principal, role: Principal, admissions: Admissions): Step {
  const acts = assuming.needs.flatMap(({ actions }) =>
    actions.map((action) => ({ action, resource: role.arn })),
  );
  const own = (admissions.assumingStatements(caller) ?? []).filter(({ compiled }) =>
    compiled.matchesResource(role.arn, {}),
  );
  return {
    escalation: assuming,
    actions: acts.map(({ action }) => action),
    acts,
    by: [...own.map(({ matched }) => matched), ...trusting(caller, role)],
    target: role,
  };
}

function trusting({ arn }: Principal, role: Principal): readonly MatchedStatement[] {
  const trust = trustOf(role);
  if (trust === undefined) return [];
  const askers = [{ kind: 'principal', arn } as const, ...trust.sessionsOf(arn)];
  return trust.statements
    .filter(({ effect }) => effect === 'Allow')
    .filter((statement) => askers.some((asker) => covers(statement, asker)))
    .map((statement) => ({ policy: trust.source, layer: 'resource', statement }));
}

interface Rooms {
  readonly reach: Reach;
  readonly admissions: Admissions;
  /** What roles come to by themselves. */
  readonly onward: Follow;
}

/**
 * What somebody comes to by roles that let him in and that nobody judges: of those nobody is told what they can give
 * themselves, but who assumes them. What roles that are judged can give themselves is told once, of the role.
 */
export class Taken {
  readonly #rooms: Rooms;
  #trusting: (caller: Principal) => Iterable<Principal> = () => [];
  readonly #onwards = new Map<string, Grown>();

  /** @param unjudged the roles that nobody judges */
  constructor(unjudged: readonly Principal[], rooms: Rooms) {
    this.#rooms = rooms;
    this.#lead(unjudged, rooms.onward);
    while (this.#lead(unjudged, (role) => this.by(role)));
  }

  /** What somebody comes to by the roles that he assumes first, one after another; undefined: nothing. */
  by(caller: Principal): Indirect | undefined {
    return inTurn(this.#all(caller));
  }

  *#all(caller: Principal): Generator<Grown, undefined> {
    const { reach, admissions } = this.#rooms;
    for (const role of this.#trusting(caller)) {
      const onward = this.#onwards.get(role.arn);
      if (onward === undefined || role.arn === caller.arn || !reach.mayAssume(caller, role)) continue;
      yield after({ steps: [assumingStep(caller, role, admissions)], as: role }, onward);
    }
  }

  /** Keeps which roles lead to something, beside those that are known to; false where there are no others. */
  #lead(unjudged: readonly Principal[], onward: Follow): boolean {
    const found = unjudged.flatMap((role): readonly (readonly [string, Grown])[] => {
      const one = this.#onwards.has(role.arn) ? undefined : onward(role);
      return one === undefined ? [] : [[role.arn, one]];
    });
    for (const [arn, one] of found) this.#onwards.set(arn, one);
    const leading = unjudged.filter(({ arn }) => this.#onwards.has(arn));
    if (found.length > 0) this.#trusting = this.#rooms.reach.trustingAmong(leading);
    return found.length > 0;
  }
}

function inTurn(all: Iterator<Grown, undefined>): Indirect | undefined {
  const one = all.next().value;
  if (one === undefined) return undefined;
  let later: { readonly one: Indirect | undefined } | undefined;
  const next = () => {
    later ??= { one: inTurn(all) };
    return later.one;
  };
  return { ...one, unsorted: true, next };
}
