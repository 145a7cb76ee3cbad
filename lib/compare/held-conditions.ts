import {
  type BoundStatement,
  type CompiledSet,
  type ConditionTest,
  conditionHolds,
  contextValue,
  keyFacts,
  type Layer,
  type MatchedStatement,
  type RequestContext,
} from '@permission-check/iam-policy';
import { opposite } from '#lib/words/access.ts';
import { plainTests } from './plain-tests.ts';

/** A condition that access meets, and a statement that sees to it. */
export interface HeldCondition {
  readonly test: ConditionTest;
  readonly by: MatchedStatement;
}

/** The same text for conditions that say the same. */
export const conditionKey = ({ quantifier, operator, ifExists, key, values }: ConditionTest): string =>
  JSON.stringify([quantifier, operator, ifExists, key.toLowerCase(), [...values].sort()]);

/** Layers that must allow, each by itself. */
const mustAllow: ReadonlySet<Layer> = new Set(['scp', 'identity', 'boundary', 'session']);

/** What an Allow demands. */
interface Demanding {
  readonly bound: BoundStatement;
  readonly tests: readonly ConditionTest[];
  readonly keys: ReadonlySet<string>;
}

/** What a Deny on every resource leaves, where that is one condition. */
interface Leaving {
  readonly bound: BoundStatement;
  readonly test: ConditionTest;
  readonly key: string;
}

/**
 * The conditions that all access meets which a set of policies gives, as its statements say them: each Allow of a layer
 * demands it, or a Deny on every resource takes what does not meet it. Nothing is searched, so there may be more.
 */
export class HeldConditions {
  /** Those that hold for some action at least, by their key. */
  readonly conditions: ReadonlyMap<string, HeldCondition>;
  readonly #denies: readonly Leaving[];
  /** The Allows of each layer that must allow. */
  readonly #allows: readonly (readonly Demanding[])[];
  /** Context keys, in lower case, with what statements say of them. */
  readonly #said: ReadonlyMap<string, ReadonlySet<string>>;

  /** @param fixed what is so in every request: a Deny that tests it as well is taken at its word */
  constructor(set: CompiledSet, fixed: RequestContext) {
    const about = set.layers.map(({ layer, statements }) => ({
      layer,
      statements: statements.filter(({ compiled }) => compiled.matchesTable),
    }));
    this.#denies = about.flatMap(({ statements }) => statements.flatMap((one) => leavingOf(one, fixed)));
    this.#allows = about
      .filter(({ layer }) => mustAllow.has(layer))
      .map(({ statements }) => statements.flatMap(demandingOf));
    const conditions = new Map<string, HeldCondition>();
    const all = [
      ...this.#denies.map(({ bound, test }) => ({ bound, tests: [test] })),
      ...this.#allows.flat(),
    ];
    for (const { bound, tests } of all) {
      for (const test of tests) {
        const key = conditionKey(test);
        // Of statements that say the same, the first is told.
        if (!conditions.has(key)) conditions.set(key, { test, by: bound.matched });
      }
    }
    this.conditions = conditions;
    this.#said = saidOf(
      about.flatMap(({ statements }) => statements),
      all,
    );
  }

  /** Whether everything that is allowed of an action meets a condition. */
  holds(key: string, action: string): boolean {
    return (
      this.#denies.some((deny) => deny.key === key && deny.bound.compiled.matchesAction(action)) ||
      this.#allows.some((layer) =>
        layer.every(({ bound, keys }) => keys.has(key) || !bound.compiled.matchesAction(action)),
      )
    );
  }

  /** Whether a condition is all that the statements say of its context key. */
  isAlone(test: ConditionTest): boolean {
    const said = this.#said.get(test.key.toLowerCase());
    return said === undefined || (said.size === 1 && said.has(conditionKey(test)));
  }
}

function saidOf(
  statements: readonly BoundStatement[],
  told: readonly { readonly bound: BoundStatement; readonly tests: readonly ConditionTest[] }[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const known = new Map(told.map(({ bound, tests }) => [bound, tests]));
  const said = new Map<string, Set<string>>();
  for (const bound of statements) {
    for (const { key } of bound.compiled.statement.conditions) {
      const lower = key.toLowerCase();
      const test = known.get(bound)?.find((one) => one.key.toLowerCase() === lower);
      const own = said.get(lower) ?? new Set();
      said.set(lower, own.add(test === undefined ? 'something else' : conditionKey(test)));
    }
  }
  return said;
}

function leavingOf(bound: BoundStatement, fixed: RequestContext): readonly Leaving[] {
  const { compiled } = bound;
  if (compiled.statement.effect === 'Allow' || !compiled.everyResource) return [];
  const open = testsOf(bound).filter((test) => !isMet(test, fixed));
  const [denied, ...others] = open;
  const left = denied && others.length === 0 ? opposite(denied) : undefined;
  if (left === undefined || isVariable(left)) return [];
  const test = asAlways(left);
  return [{ bound, test, key: conditionKey(test) }];
}

function demandingOf(bound: BoundStatement): readonly Demanding[] {
  if (bound.compiled.statement.effect === 'Deny') return [];
  const tests = testsOf(bound)
    .filter((test) => !isVariable(test))
    .map(asAlways);
  return [{ bound, tests, keys: new Set(tests.map(conditionKey)) }];
}

/** The conditions of a statement as people write them; none where that cannot be said. */
function testsOf({ compiled: { statement } }: BoundStatement): readonly ConditionTest[] {
  const tests = plainTests(statement.conditions);
  return typeof tests === 'object' ? tests : [];
}

/** That a key is there need not be said of one that every request has. */
const asAlways = (test: ConditionTest): ConditionTest =>
  test.ifExists && keyFacts(test.key).always ? { ...test, ifExists: false } : test;

/** Whether a test holds in every request. */
const isMet = (test: ConditionTest, fixed: RequestContext): boolean =>
  !isVariable(test) &&
  contextValue(fixed, test.key) !== undefined &&
  conditionHolds(test, '2012-10-17', fixed);

/** Whether a value is another one for each who asks. */
const isVariable = ({ values }: ConditionTest): boolean => values.some((value) => value.includes('${'));
