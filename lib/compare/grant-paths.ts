import type { MatchedStatement } from '@permission-check/iam-policy';
import type { Suppression } from '#lib/expectation/types.ts';
import type { Judged } from './criteria.ts';
import { statementKey } from './finding-id.ts';
import { groupBy } from './group-by.ts';

/**
 * One way in which an action differs from what is expected: the statements that take part, and the requests that
 * showed it.
 */
export interface Door {
  /** `rekognition:DeleteCollection` */
  readonly action: string;
  /** Those that take part in every request, then those that do so in some. */
  readonly by: readonly MatchedStatement[];
  /** Those that take part in every request. */
  readonly always: readonly MatchedStatement[];
  /** What this door stands on; doors of other actions with the same causes belong into one finding. */
  readonly causes: readonly string[];
  /** In the plan's order: the first is the plainest request. */
  readonly judged: readonly [Judged, ...Judged[]];
}

/** Doors of several actions with the same causes. */
export interface DoorGroup {
  readonly first: Door;
  readonly doors: readonly Door[];
  readonly suppressed?: Suppression;
}

interface Opened {
  readonly one: Judged;
  readonly statements: ReadonlyMap<string, MatchedStatement>;
  /** What else keeps doors apart. */
  readonly apart: string;
}

const within = (a: Opened, b: Opened): boolean =>
  a.apart === b.apart && [...a.statements.keys()].every((key) => b.statements.has(key));

/**
 * The doors of one action. A request that a broad statement opens shows nothing new where a narrower one opens it
 * too, so it counts for the broad one's door and the narrower statement is named there: both must go. Statements
 * that open requests of their own are doors of their own.
 */
export function doorsOf(
  action: string,
  judged: readonly Judged[],
  statementsOf: (judged: Judged) => readonly MatchedStatement[],
  apartBy: (judged: Judged) => readonly string[],
): Door[] {
  const opened = judged.map(
    (one): Opened => ({
      one,
      statements: new Map(statementsOf(one).map((matched) => [statementKey(matched), matched])),
      apart: JSON.stringify(apartBy(one)),
    }),
  );
  const minimal = opened.filter((set, i) =>
    opened.every(
      (other, j) => !within(other, set) || (other.statements.size === set.statements.size && j >= i),
    ),
  );
  return minimal.map((door) => {
    const through = opened.filter((set) => set !== door && within(door, set));
    const elsewhere = new Set(
      minimal.filter((other) => other !== door).flatMap((other) => [...other.statements.keys()]),
    );
    const by = new Map(door.statements);
    for (const { statements } of through) {
      for (const [key, matched] of statements) if (!elsewhere.has(key)) by.set(key, matched);
    }
    return {
      action,
      by: [...by.values()],
      always: [...door.statements.values()],
      causes: [...[...by.keys()].sort(), ...apartBy(door.one)],
      judged: [door.one, ...through.map(({ one }) => one)],
    };
  });
}

/** Doors of all actions: those with the same causes, and the same suppression, together. */
export function groupDoors(
  doors: readonly Door[],
  suppressionOf: (action: string) => Suppression | undefined,
): DoorGroup[] {
  const keyOf = (door: Door): string =>
    JSON.stringify([door.causes, suppressionOf(door.action)?.location.line ?? null]);
  return [...groupBy(doors, keyOf).values()].map((group) => {
    const suppressed = suppressionOf(group[0].action);
    return { first: group[0], doors: group, ...(suppressed === undefined ? {} : { suppressed }) };
  });
}
