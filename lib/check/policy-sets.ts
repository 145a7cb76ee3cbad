import type { CompiledStatement, PolicySet, PolicySource } from '@permission-check/iam-policy';
import { bindingPolicies, type CompiledSet, PolicyCompiler, PolicyError } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import { RecentMap } from '#lib/account/recent-map.ts';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import { actionTable, rcpServices } from '#lib/catalog/actions.ts';
import type { Expectation } from '#lib/expectation/types.ts';

/**
 * The policies that decide what a principal can do in Rekognition, with what its organization puts above it where that
 * is known and binds it.
 */
export function observedPolicies(principal: Principal, guardrails: Guardrails = {}): PolicySet {
  const { policies, boundary } = principal;
  const { scps, rcps } = guardrails;
  const all = {
    identity: policies,
    ...(boundary === undefined ? {} : { boundary }),
    ...(scps === undefined ? {} : { scps }),
    ...(rcps === undefined ? {} : { rcps }),
  };
  const managementAccount = isInManagementAccount(principal, guardrails);
  return bindingPolicies(all, 'rekognition', { rcpServices, managementAccount });
}

const isInManagementAccount = ({ arn }: Principal, { managementAccount }: Guardrails = {}): boolean =>
  managementAccount !== undefined && arnParts(arn).accountId === managementAccount;

/** The policies that a principal should amount to. A guard is one more level that must allow, like an SCP. */
export function expectedPolicies({ policies, guards }: Expectation & { kind: 'sets' }): PolicySet {
  const levels = guards.map(({ policy }) => [policy]);
  return { identity: policies, ...(levels.length > 0 ? { scps: levels } : {}) };
}

/** An account has a few hundred that differ about Rekognition; a plan is kept as long as its set. */
const REMEMBERED = 500;

/** A set, ready to be asked; or what is wrong with one of its policies. */
type Compiled = CompiledSet | PolicyError;

type ObservedSets = WeakMap<readonly PolicySource[], Map<PolicySource | undefined, Compiled>>;

/**
 * The policy sets of principals and of expectations, compiled once. Principals with the same list of policies and
 * the same boundary are known by these objects, before any text is looked at.
 */
export class CompiledSets {
  readonly #compiler = new PolicyCompiler(actionTable);
  readonly #guardrails: Guardrails | undefined;
  /** By policies, then by boundary: of principals in other accounts, and in the management account. */
  readonly #observed: Readonly<Record<'member' | 'management', ObservedSets>> = {
    member: new WeakMap(),
    management: new WeakMap(),
  };
  readonly #expected = new WeakMap<Expectation, CompiledSet>();
  readonly #sets = new RecentMap<CompiledSet>(REMEMBERED);
  readonly #numbers = new WeakMap<CompiledStatement, number>();
  #numbered = 0;

  constructor(guardrails?: Guardrails) {
    this.#guardrails = guardrails;
  }

  /** What binds a principal; an error where one of its policies is malformed. */
  observed(principal: Principal): Compiled {
    const { policies, boundary } = principal;
    const place = isInManagementAccount(principal, this.#guardrails) ? 'management' : 'member';
    const byBoundary = this.#observed[place].get(policies) ?? new Map<PolicySource | undefined, Compiled>();
    const known = byBoundary.get(boundary);
    if (known !== undefined) return known;
    const set = this.#compile(observedPolicies(principal, this.#guardrails));
    const shared = set instanceof PolicyError ? set : this.#alike(set);
    this.#observed[place].set(policies, byBoundary.set(boundary, shared));
    return shared;
  }

  /** Everything that binds a principal, also in other services; an error where one of its policies is malformed. */
  whole(principal: Principal): Compiled {
    return this.#compile(observedPolicies(principal, this.#guardrails));
  }

  /** @throws {PolicyError} when an expected policy is malformed */
  expected(expectation: Expectation & { kind: 'sets' }): CompiledSet {
    const known = this.#expected.get(expectation);
    if (known !== undefined) return known;
    const set = this.#compiler.compileSet(expectedPolicies(expectation));
    this.#expected.set(expectation, set);
    return set;
  }

  /** One set for all that have the same statements about Rekognition, whatever else is in them. */
  #alike(set: CompiledSet): CompiledSet {
    const key = JSON.stringify(
      set.layers.map(({ layer, level, statements }) => [
        layer,
        level,
        statements.flatMap(({ compiled, matched: { policy } }) =>
          compiled.matchesTable
            ? [this.#numberOf(compiled), policy.name, policy.type, policy.arn, policy.versionId, policy.group]
            : [],
        ),
      ]),
    );
    return this.#sets.getOrCreate(key, () => set);
  }

  /** One number for each statement of each distinct text. */
  #numberOf(statement: CompiledStatement): number {
    const number = this.#numbers.get(statement) ?? ++this.#numbered;
    this.#numbers.set(statement, number);
    return number;
  }

  #compile(set: PolicySet): Compiled {
    try {
      return this.#compiler.compileSet(set);
    } catch (error) {
      if (error instanceof PolicyError) return error;
      throw error;
    }
  }
}
