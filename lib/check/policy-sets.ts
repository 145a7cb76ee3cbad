import type { PolicySet } from '@permission-check/iam-policy';
import {
  AlikeSets,
  type BoundUnreadable,
  bindingPolicies,
  type CompiledSet,
  mayCover,
  PolicyCompiler,
  unreadableWords,
} from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import { ByPolicies } from '#lib/account/by-policies.ts';
import { policiesAbove } from '#lib/account/policies-above.ts';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import { actionTable, rcpServices } from '#lib/catalog/actions.ts';
import type { Expectation } from '#lib/expectation/types.ts';

/**
 * The policies that decide what a principal can do in a service, with what its organization puts above it, and the VPC
 * endpoints that it may come through, where that is known and binds it.
 *
 * @param service by its action prefix
 */
export function observedPolicies(
  principal: Principal,
  guardrails: Guardrails = {},
  service = 'rekognition',
): PolicySet {
  const { policies, boundary } = principal;
  const above = principal.guardrails ?? guardrails;
  const all = {
    identity: policies,
    ...(boundary === undefined ? {} : { boundary }),
    ...policiesAbove(above, service),
  };
  const managementAccount = isBeyondGuardrails(principal, above);
  return bindingPolicies(all, service, { rcpServices, managementAccount });
}

/** SCPs and RCPs bind neither the management account nor service-linked roles (AWS Organizations User Guide). */
export const isBeyondGuardrails = (
  { arn, serviceLinked }: Principal,
  { managementAccount }: Guardrails = {},
): boolean =>
  serviceLinked || (managementAccount !== undefined && arnParts(arn).accountId === managementAccount);

/** The policies that a principal should amount to. A guard is one more level that must allow, like an SCP. */
export function expectedPolicies({ policies, guards }: Expectation & { kind: 'sets' }): PolicySet {
  const levels = guards.map(({ policy }) => [policy]);
  return { identity: policies, ...(levels.length > 0 ? { scps: levels } : {}) };
}

/** An account has a few hundred that differ about Rekognition; a plan is kept as long as its set. */
const REMEMBERED = 500;

/** What binds a principal. */
interface Observed {
  /** Shared by all that have the same statements about Rekognition. */
  readonly set: CompiledSet;
  /** Statements that cannot be read and are about other services, in words. */
  readonly notes: readonly string[];
}

/**
 * The policy sets of principals and of expectations, compiled once. Principals with the same list of policies and
 * the same boundary are known by these objects, before any text is looked at.
 */
export class CompiledSets {
  /** IAM stores what nobody can read, and goes by the rest. */
  readonly #stored = new PolicyCompiler(actionTable, { unreadable: 'keep' });
  readonly #written = new PolicyCompiler(actionTable);
  readonly #guardrails: Guardrails | undefined;
  /** Of principals in other accounts, and in the management account. */
  readonly #observed: Readonly<Record<'member' | 'management', ByPolicies<Observed>>> = {
    member: new ByPolicies(REMEMBERED),
    management: new ByPolicies(REMEMBERED),
  };
  readonly #alike = new AlikeSets(REMEMBERED, mayConcern);
  readonly #expected = new WeakMap<Expectation, CompiledSet>();

  constructor(guardrails?: Guardrails) {
    this.#guardrails = guardrails;
  }

  /** What binds a principal; of what cannot be read only that which may be about Rekognition. */
  observed(principal: Principal): CompiledSet {
    return this.#observedOf(principal).set;
  }

  /** What of a principal's policies cannot be read and can only be about other services: it matches nothing here. */
  notesOn(principal: Principal): readonly string[] {
    return this.#observedOf(principal).notes;
  }

  #observedOf(principal: Principal): Observed {
    const place = isBeyondGuardrails(principal, this.#guardrails) ? 'management' : 'member';
    return this.#observed[place].getOrCreate(principal, () => {
      const set = this.whole(principal);
      const elsewhere = set.unreadable.filter((one) => !mayConcern(one));
      return { set: this.#alike.of(set), notes: elsewhere.map(unreadableWords) };
    });
  }

  /**
   * Everything that binds a principal, with the RCPs that act on a service.
   *
   * @param service by action prefix: `s3`
   */
  whole(principal: Principal, service?: string): CompiledSet {
    return this.#stored.compileSet(observedPolicies(principal, this.#guardrails, service));
  }

  /** @throws {PolicyError} when an expected policy is malformed */
  expected(expectation: Expectation & { kind: 'sets' }): CompiledSet {
    const known = this.#expected.get(expectation);
    if (known !== undefined) return known;
    const set = this.#written.compileSet(expectedPolicies(expectation));
    this.#expected.set(expectation, set);
    return set;
  }
}

/** Whether a statement that cannot be read may be about an action of Rekognition. */
export const mayConcern = ({ statement }: BoundUnreadable): boolean =>
  actionTable.some((action) => mayCover(statement, action));
