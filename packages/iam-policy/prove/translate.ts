import {
  coversAction,
  type Hit,
  isAcrossAccounts,
  layersOf,
  principalHit,
  testHolds,
} from '../reference/evaluate.ts';
import { contextValue } from '../reference/patterns.ts';
import { parsePolicy } from '../src/parse.ts';
import type { SearchSpace } from '../src/solver/space.ts';
import type { ConditionTest, Effect, PolicyDocument, PolicySet, Statement } from '../src/types.ts';
import { all, any, atom, constant, type Formula, ifThenElse, not } from './formula.ts';
import { isChoice, isIn, type Plan, someElement, Unencodable, type Value } from './keys.ts';
import { arns } from './languages.ts';
import { type Form, type Requests, requestsOf, resourceOf } from './requests.ts';
import { arnLanguage, matchesText } from './text-operators.ts';
import { behind, boundPieces, canFollow, isLikePieces, type Scene, variantsOf } from './texts.ts';
import { comparisonOf, usesOf, variablesOf } from './uses.ts';
import { orderedHolds } from './values.ts';

type Version = PolicyDocument['version'];

interface Covering {
  readonly statement: Statement;
  readonly version: Version;
  readonly hit: Hit;
}

/**
 * Requests of a space to some policy sets, in SMT-LIB: translated from the documents as the reference evaluator reads
 * them, not from anything that the engine compiles.
 *
 * A test or pattern that has no exact translation is a flag that may be true or false: then there are more models than
 * requests, so that `none` is a proof, and a model has to be asked whether it is a request.
 *
 * @throws {Unencodable} where the space has no translation
 */
export class Translation {
  readonly #requests: Requests;
  /** Flags by the test or pattern that they stand for, each with why it has no exact translation. */
  readonly #loose = new Map<string, { readonly flag: string; readonly reason: string }>();
  readonly #space: SearchSpace;
  readonly #action: string;

  constructor(space: SearchSpace, sets: readonly PolicySet[], action: string) {
    this.#space = space;
    this.#action = action;
    const uses = usesOf(sets.flatMap((set) => this.#statementsOf(set)));
    this.#requests = requestsOf(space, uses, !this.#across);
  }

  get plans(): ReadonlyMap<string, Plan> {
    return this.#requests.plans;
  }

  get forms(): readonly Form[] {
    return this.#requests.forms;
  }

  /** What holds of every request of the space. */
  get rules(): Formula {
    return this.#requests.rules;
  }

  get declarations(): readonly string[] {
    return [
      ...this.#requests.declarations,
      ...[...this.#loose.values()].map(({ flag }) => `(declare-const ${flag} Bool)`),
    ];
  }

  /** Why the translation is not exact; undefined: it is. */
  get looseness(): string | undefined {
    const [first] = this.#loose.values();
    return first?.reason;
  }

  /** The exact formula, or a flag, the same for the same text. */
  #orLoose(text: string, exact: () => Formula): Formula {
    try {
      return exact();
    } catch (error) {
      if (!(error instanceof Unencodable)) throw error;
      const known = this.#loose.get(text) ?? { flag: `loose${this.#loose.size}`, reason: error.message };
      this.#loose.set(text, known);
      return atom(known.flag);
    }
  }

  /** When a set allows the action. */
  allowed(set: PolicySet): Formula {
    const layers = layersOf(set, this.#across).map(({ layer, policies }) => {
      const statements = policies.flatMap(({ text }) => this.#covering(text, set));
      const of = (effect: Effect, hits?: readonly Hit[]): Formula =>
        any(
          ...statements.flatMap(({ statement, version, hit }) =>
            statement.effect === effect && (hits?.includes(hit) ?? true)
              ? [this.#applies(statement, version)]
              : [],
          ),
        );
      return { layer, of };
    });
    const granted = (...hits: Hit[]): Formula =>
      any(...layers.map(({ layer, of }) => (layer === 'resource' ? of('Allow', hits) : constant(false))));
    const demanded = layers.map(({ layer, of }) => {
      if (layer === 'rcp' || (layer === 'resource' && !this.#across)) return constant(true);
      if (layer === 'scp' || this.#across) return of('Allow');
      return any(of('Allow'), layer === 'identity' ? granted('direct', 'limited') : granted('direct'));
    });
    return all(...demanded, ...layers.map(({ of }) => not(of('Deny'))));
  }

  get #across(): boolean {
    const { known, resourceAccount } = this.#space;
    return isAcrossAccounts({ context: known, ...(resourceAccount !== undefined && { resourceAccount }) });
  }

  #statementsOf(set: PolicySet): Covering[] {
    return layersOf(set, this.#across).flatMap(({ policies }) =>
      policies.flatMap(({ text }) => this.#covering(text, set)),
    );
  }

  /** The statements about the action, and how they hit the one who asks, which the space has to say. */
  #covering(text: string, { boundary }: PolicySet): Covering[] {
    const { version, statements } = parsePolicy(text);
    return statements
      .filter((statement) => coversAction(statement, this.#action))
      .map((statement) => ({
        statement,
        version,
        hit: principalHit(statement, this.#space.known, boundary !== undefined),
      }))
      .filter(({ hit }) => hit !== 'none');
  }

  #applies(statement: Statement, version: Version): Formula {
    const { effect } = statement;
    const tests = statement.conditions.map((test) => this.#holds(test, version, effect));
    return all(this.#covers(statement, version), ...tests);
  }

  #covers({ resources, notResource }: Statement, version: Version): Formula {
    if (resources === undefined) return constant(true);
    const covered = any(
      ...resources.map((text) =>
        this.#orLoose(`${version} ${text}`, () => this.#isLikeResource(text, version)),
      ),
    );
    return notResource ? not(covered) : covered;
  }

  #isLikeResource(text: string, version: Version): Formula {
    if (/^\*+$/.test(text)) return constant(true);
    if (this.forms.length === 0) {
      const scene = this.#scene(version);
      return any(
        ...variantsOf(text, true, scene).map(({ when, pieces }) =>
          all(
            when,
            ...(pieces
              ? [any(...boundPieces(pieces, text).map((one) => isLikePieces(resourceOf(this.#space), one)))]
              : [constant(false)]),
          ),
        ),
      );
    }
    return any(
      ...this.forms.map(({ flag, prefix, characters, implies }) => {
        const scene = this.#scene(version, implies);
        const variants = variantsOf(text, true, scene).map(({ when, pieces }) => {
          const every = pieces ? boundPieces(pieces, text).flatMap((one) => behind(one, prefix)) : [];
          const rests = every.filter((rest) => canFollow(rest, characters));
          return all(when, any(...rests.map((rest) => isLikePieces(resourceOf(this.#space), rest))));
        });
        return all(flag, any(...variants));
      }),
    );
  }

  #scene(version: Version, implied: Readonly<Record<string, string>> = {}): Scene {
    const known = { ...this.#space.known, ...implied };
    const isImplied = (key: string): boolean => contextValue(implied, key) !== undefined;
    return {
      version,
      known,
      planOf: (key) => (isImplied(key) ? undefined : this.plans.get(key.toLowerCase())),
    };
  }

  /** Whether a test holds; one in error holds in a Deny. */
  #holds(test: ConditionTest, version: Version, effect: Effect): Formula {
    const plan = this.plans.get(test.key.toLowerCase());
    const { quantifier, ifExists, operator, values } = test;
    const text = JSON.stringify([version, effect, test]);
    if (plan === undefined) return this.#orLoose(text, () => this.#holdsForKnown(test, version, effect));
    const { present } = plan;
    if (operator === 'Null') {
      return any(...values.map((value) => (value.toLowerCase() === 'true' ? not(present) : present)));
    }
    const isNegated = operator.includes('Not');
    const whenMissing = ifExists || quantifier === 'ForAllValues' || (quantifier === undefined && isNegated);
    const whenPresent = this.#orLoose(text, () => this.#holdsWhenPresent(plan, test, version, effect));
    return ifThenElse(present, whenPresent, constant(whenMissing));
  }

  #holdsWhenPresent(plan: Plan, test: ConditionTest, version: Version, effect: Effect): Formula {
    const ofValue = (value: Value): Formula => this.#holdsFor(value, test, version, effect);
    const [first] = plan.elements;
    if (first === undefined) return constant(false);
    if (first.value.kind !== 'finite' && comparisonOf(test.operator) !== plan.comparison)
      throw new Unencodable('one key compared as more than one kind of value');
    if (test.quantifier === undefined) return all(not(plan.isList), ofValue(first.value));
    if (plan.isOpenList) throw new Unencodable('many quantified tests of one key');
    return test.quantifier === 'ForAnyValue'
      ? someElement(plan, ofValue)
      : not(someElement(plan, (value) => not(ofValue(value))));
  }

  #holdsForKnown(test: ConditionTest, version: Version, effect: Effect): Formula {
    const { known } = this.#space;
    const value = contextValue(known, test.key);
    if (value === undefined || test.operator === 'Null' || !this.#varies(test, version)) {
      return constant(testHolds(test, effect, { version, context: known }));
    }
    if (typeof value !== 'string') throw new Unencodable('a known list against a variable');
    return this.#holdsFor({ kind: 'literal', text: value }, test, version, effect);
  }

  /** Whether a variable in the values of a test is of a key that varies. */
  #varies({ operator, values }: ConditionTest, version: Version): boolean {
    const names = values.flatMap((text) => variablesOf(text, version, operator));
    return names.some((name) => this.plans.has(name.toLowerCase()));
  }

  /** The operator on one value, all values of the policy considered. */
  #holdsFor(value: Value, test: ConditionTest, version: Version, effect: Effect): Formula {
    const { operator, key } = test;
    if (value.kind === 'number' || value.kind === 'date' || value.kind === 'ip')
      return orderedHolds(test, value);
    if (value.kind === 'finite') {
      return any(
        ...value.values.map((text, index) =>
          all(isChoice(value.term, index), this.#holdsFor({ kind: 'literal', text }, test, version, effect)),
        ),
      );
    }
    if (value.kind === 'literal' && !this.#varies(test, version)) {
      const { quantifier: _, ...single } = test;
      const context = { ...this.#space.known, [key]: value.text };
      return constant(testHolds(single, effect, { version, context }));
    }
    const isNegated = operator.includes('Not');
    const scene = this.#scene(version);
    if (!operator.startsWith('Arn')) {
      const matches = any(...test.values.map((wanted) => matchesText(operator, value, wanted, scene)));
      return isNegated ? not(matches) : matches;
    }
    if (value.kind !== 'text') throw new Unencodable('a known ARN against a variable');
    // In order: the first value that matches settles it, or the first that is no ARN.
    const settled = test.values.reduceRight((rest, wanted) => {
      const language = arnLanguage(wanted, scene);
      if (language === 'error') {
        if (test.quantifier !== undefined) throw new Unencodable('a list against what is no ARN');
        return constant(effect === 'Deny');
      }
      return language === undefined ? rest : ifThenElse(isIn(value, language), constant(!isNegated), rest);
    }, constant(isNegated));
    return all(isIn(value, arns), settled);
  }
}
