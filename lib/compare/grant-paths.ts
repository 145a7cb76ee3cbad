import type { MatchedStatement } from '@permission-check/iam-policy';
import type { Suppression } from '#lib/expectation/types.ts';
import type { JudgedRequest } from './criteria.ts';
import { statementKey } from './finding-id.ts';
import { groupBy } from './group-by.ts';

/**
 * One way in which an action differs from what is expected: the statements that take part, and the requests that
 * showed it.
 */
export interface GrantPath {
  /** `rekognition:DeleteCollection` */
  readonly action: string;
  /** Those that take part in every request, then those that do so in some. */
  readonly by: readonly MatchedStatement[];
  /** Those that take part in every request. */
  readonly always: readonly MatchedStatement[];
  /** What this path stands on; paths of other actions with the same causes belong into one finding. */
  readonly causes: readonly string[];
  /** In the plan's order: the first is the plainest request. */
  readonly judged: readonly [JudgedRequest, ...JudgedRequest[]];
}

/** Doors of several actions with the same causes. */
export interface GrantPathGroup {
  readonly first: GrantPath;
  readonly paths: readonly GrantPath[];
  readonly suppressed?: Suppression;
}

interface Opened {
  readonly one: JudgedRequest;
  readonly statements: ReadonlyMap<string, MatchedStatement>;
  /** What else keeps paths apart. */
  readonly apart: string;
}

const within = (a: Opened, b: Opened): boolean =>
  a.apart === b.apart && [...a.statements.keys()].every((key) => b.statements.has(key));

/**
 * The paths of one action. A request that a broad statement opens shows nothing new where a narrower one opens it
 * too, so it counts for the broad one's path and the narrower statement is named there: both must go. Statements
 * that open requests of their own are paths of their own.
 */
export function grantPathsOf(
  action: string,
  judged: readonly JudgedRequest[],
  statementsOf: (judged: JudgedRequest) => readonly MatchedStatement[],
  apartBy: (judged: JudgedRequest) => readonly string[],
): GrantPath[] {
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
  return minimal.map((path) => {
    const through = opened.filter((set) => set !== path && within(path, set));
    const elsewhere = new Set(
      minimal.filter((other) => other !== path).flatMap((other) => [...other.statements.keys()]),
    );
    const by = new Map(path.statements);
    for (const { statements } of through) {
      for (const [key, matched] of statements) if (!elsewhere.has(key)) by.set(key, matched);
    }
    return {
      action,
      by: [...by.values()],
      always: [...path.statements.values()],
      causes: [...[...by.keys()].sort(), ...apartBy(path.one)],
      judged: [path.one, ...through.map(({ one }) => one)],
    };
  });
}

/** Doors of all actions: those with the same causes, and the same suppression, together. */
export function groupGrantPaths(
  paths: readonly GrantPath[],
  suppressionOf: (action: string) => Suppression | undefined,
): GrantPathGroup[] {
  const keyOf = (path: GrantPath): string =>
    JSON.stringify([path.causes, suppressionOf(path.action)?.location.line ?? null]);
  return [...groupBy(paths, keyOf).values()].map((group) => {
    const suppressed = suppressionOf(group[0].action);
    return { first: group[0], paths: group, ...(suppressed === undefined ? {} : { suppressed }) };
  });
}
