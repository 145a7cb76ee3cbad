import type { MatchedStatement } from '@permission-check/iam-policy';
import type { Suppression } from '#lib/expectation/types.ts';
import type { JudgedRequest } from './criteria.ts';
import { statementKey } from './finding-id.ts';
import { groupBy } from './group-by.ts';

/**
 * A grant path: the statements that together decide otherwise than expected, for one action, with the requests that
 * showed it. For access that nobody expects they are the Allow statements that grant it, for access that is missing
 * the Deny statements that stand in its way (none, where nothing allows it).
 */
export interface GrantPath {
  /** `rekognition:DeleteCollection` */
  readonly action: string;
  /** The statements that take part in every request of the path, then the statements that take part in some. */
  readonly by: readonly MatchedStatement[];
  /** The statements that take part in every request of the path. */
  readonly always: readonly MatchedStatement[];
  /** What tells this path from others; paths of other actions with the same causes belong into one finding. */
  readonly causes: readonly string[];
  /** The requests, in the plan's order: the first is the plainest. */
  readonly judged: readonly [JudgedRequest, ...JudgedRequest[]];
}

/** Grant paths of several actions with the same causes: one finding. */
export interface GrantPathGroup {
  readonly first: GrantPath;
  readonly paths: readonly GrantPath[];
  readonly suppressed?: Suppression;
}

/** A request with the statements that take part in it. */
interface Granted {
  readonly judged: JudgedRequest;
  readonly statements: ReadonlyMap<string, MatchedStatement>;
  /** What else must be equal for two requests to be of one path. */
  readonly apart: string;
}

/** Whether all statements of a request take part in another one, too. */
const isWithin = (a: Granted, b: Granted): boolean =>
  a.apart === b.apart && [...a.statements.keys()].every((key) => b.statements.has(key));

/**
 * The grant paths of one action.
 *
 * Example: statement 1 allows DeleteFaces on `collection/a*`, statement 2 on `*`, statement 3 on `collection/b` with
 * MFA. Three requests showed it: on `collection/z` by statement 2, on `collection/a1` by statements 1 and 2, on
 * `collection/b` by statements 2 and 3. All need nothing but statement 2, so there is one path, through statement 2,
 * and it names statements 1 and 3, too: who takes away only statement 2 leaves what these grant. Without statement 2
 * the requests would be two, on `collection/a1` by statement 1 and on `collection/b` by statement 3: neither needs
 * only what the other needs, so there would be two paths.
 *
 * @param statementsOf the statements that take part in a request.
 * @param apartBy what else keeps requests apart: the guard that is not met, the layer that blocks.
 */
export function grantPathsOf(
  action: string,
  judged: readonly JudgedRequest[],
  statementsOf: (judged: JudgedRequest) => readonly MatchedStatement[],
  apartBy: (judged: JudgedRequest) => readonly string[],
): GrantPath[] {
  const granted = judged.map(
    (one): Granted => ({
      judged: one,
      statements: new Map(statementsOf(one).map((matched) => [statementKey(matched), matched])),
      apart: JSON.stringify(apartBy(one)),
    }),
  );
  const minimal = granted.filter((one, i) =>
    granted.every(
      (other, j) => !isWithin(other, one) || (other.statements.size === one.statements.size && j >= i),
    ),
  );
  return minimal.map((path) => {
    const through = granted.filter((one) => one !== path && isWithin(path, one));
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
      causes: [...[...by.keys()].sort(), ...apartBy(path.judged)],
      judged: [path.judged, ...through.map((one) => one.judged)],
    };
  });
}

/** Grant paths of all actions: paths with the same causes and the same suppression together. */
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
