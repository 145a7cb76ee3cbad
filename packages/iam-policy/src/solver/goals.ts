import { type AccessFormula, all, any, type Formula, not, type StatementFormula } from './formula.ts';

/** Something that a request should show. */
export interface Goal {
  readonly formula: Formula;
  /** What stays unknown when no request can be found for it. */
  readonly unknown: string;
  /** The request shows that a limit holds: worth asking, but not in a Region that only ARN patterns tell apart. */
  readonly limit?: boolean;
}

/** Which side a set is on. */
type Side = 'observed' | 'expected';

function isAllow({ bound }: StatementFormula): boolean {
  return bound.matched.statement.effect === 'Allow';
}

function nameOf({ bound }: StatementFormula): string {
  const { policy, statement } = bound.matched;
  return `statement ${statement.index} of ${policy.name}`;
}

/** A statement's ways to apply, one for each of its resource patterns. */
function branchesOf(statement: StatementFormula): Formula[] {
  return statement.resources.map((resource) => all([resource, ...statement.tests]));
}

/** A set without one of its layers, or without one of its denies: what else it takes to be allowed. */
function without(access: AccessFormula, part: Formula): Formula {
  return all([
    ...access.layers.filter((layer) => layer !== part),
    ...access.denies.filter((deny) => deny !== part).map(not),
  ]);
}

/**
 * Requests that one side allows and the other does not: through each statement and pattern that allows there, and
 * because of each layer and each Deny that stands against it here. The whole difference comes first: without it, none
 * of the others can be.
 */
export function differenceGoals(
  allowing: AccessFormula,
  denying: AccessFormula,
  side: Side,
): readonly [Goal, ...Goal[]] {
  const difference = all([allowing.allowed, not(denying.allowed)]);
  const sentence = side === 'observed' ? 'allows what is not expected' : 'expects what is not allowed';
  const ways = allowing.statements.filter(isAllow).flatMap((statement) =>
    branchesOf(statement).map((branch) => ({
      formula: all([difference, branch]),
      unknown: `whether ${nameOf(statement)} ${sentence}`,
    })),
  );
  const reasons = [
    ...denying.layers.map((layer) => all([allowing.allowed, not(layer), without(denying, layer)])),
    ...denying.denies.map((deny) => all([allowing.allowed, deny, without(denying, deny)])),
  ];
  const unknown = `whether a policy ${sentence}`;
  return [{ formula: difference, unknown }, ...ways, ...reasons.map((formula) => ({ formula, unknown }))];
}

/**
 * Requests on either side of every resource pattern and condition of a set, as far as they change its answer: let
 * through by each statement, held up by each Deny and each layer, and just outside each statement.
 */
export function boundaryGoals(access: AccessFormula): Goal[] {
  const inside = access.statements.filter(isAllow).flatMap((statement) =>
    branchesOf(statement).map((branch) => ({
      formula: all([access.allowed, branch]),
      unknown: `whether ${nameOf(statement)} lets a request through`,
    })),
  );
  const denied = access.statements
    .filter((statement) => !isAllow(statement))
    .flatMap((statement) => {
      const rest = without(access, statement.applies);
      return branchesOf(statement).map((branch) => ({
        formula: all([rest, branch]),
        unknown: `whether ${nameOf(statement)} stops a request`,
      }));
    });
  const blocked = access.layers.map((layer) => ({
    formula: all([without(access, layer), not(layer)]),
    unknown: 'whether a layer of policies stops a request',
    limit: true,
  }));
  const outside = access.statements.flatMap((statement) => {
    const open = isAllow(statement) ? not(access.allowed) : access.allowed;
    return statement.tests.map((test) => ({
      formula: all([
        open,
        any(statement.resources),
        ...statement.tests.filter((other) => other !== test),
        not(test),
      ]),
      unknown: `what ${nameOf(statement)} does when a condition does not hold`,
    }));
  });
  return [...inside, ...denied, ...blocked, ...outside];
}
