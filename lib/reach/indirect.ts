import {
  type CompiledSet,
  mayHaveAccess,
  PolicyCompiler,
  PolicyError,
  type PolicySource,
  type RequestContext,
} from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Admissions } from './admission.ts';
import { type Step, stepOf, type Taker } from './escalation-steps.ts';
import { type Escalation, escalationActions, escalations } from './escalations.ts';
import type { Reach } from './reach.ts';
import { Targets } from './targets.ts';

/** What a principal can come to act as, by some steps. */
export interface Indirect {
  readonly steps: readonly Step[];
  /** With the policies and the boundary that decide then. */
  readonly as: Principal;
}

const everything: PolicySource = {
  name: 'whatever it writes',
  type: 'inline',
  text: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
};
/** One list, so that work about it is shared. */
const anyPolicies: readonly PolicySource[] = [everything];

/** A cheap look before anything is compiled: false is certain. */
const MAY_ESCALATE = /iam:|NotAction|\\u|"[*?]|"i[*?am]*[*?]/i;

/** Works out what principals can come to by way of IAM and of services that roles are handed to. */
export class Indirections {
  readonly #admissions: Admissions;
  readonly #targets: Targets;
  readonly #moment: RequestContext;
  readonly #compiler = new PolicyCompiler(escalationActions);
  readonly #rows = new WeakMap<CompiledSet, readonly Escalation[]>();
  /** One list for all that have the same policies, so that work about it is shared. */
  readonly #withEverything = new WeakMap<readonly PolicySource[], readonly PolicySource[]>();

  /**
   * @param targets the principals that are worth getting at, those that can do the worst first
   * @param now no session began before its policies were read, and time does not go back
   */
  constructor(admissions: Admissions, reach: Reach, targets: readonly Principal[], now: Date) {
    const time = now.toISOString();
    this.#moment = {
      'aws:CurrentTime': time,
      'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
      'aws:TokenIssueTime': time,
    };
    this.#admissions = admissions;
    this.#targets = new Targets(targets, reach);
  }

  /** Whether a principal may come to anything at all, cheaply. */
  static mayEscalate({ policies, serviceLinked }: Principal): boolean {
    return !serviceLinked && policies.some(({ text }) => MAY_ESCALATE.test(text));
  }

  /** What a principal can come to act as: itself with more, others, new ones. The shortest way to each. */
  of(principal: Principal): readonly Indirect[] {
    const self = this.#grown(principal);
    const found: Indirect[] = self.steps.length > 0 ? [self] : [];
    const taker = this.#taker(self.as);
    if (taker === undefined) return found;
    for (const escalation of this.#rowsFor(taker)) {
      if (escalation.leads === 'self' || escalation.leads === 'unbounded') continue;
      const gained = this.#gained(escalation, taker);
      if (gained !== undefined) found.push({ ...gained, steps: [...self.steps, ...gained.steps] });
    }
    return found;
  }

  /** The principal with all that it can give itself, to a fixed point: policies first, then its boundary. */
  #grown(principal: Principal): Indirect {
    let grown: Indirect = { steps: [], as: principal };
    for (;;) {
      const more = this.#growth(grown.as);
      if (more === undefined) return grown;
      grown = { steps: [...grown.steps, ...more.steps], as: more.as };
    }
  }

  /** What a principal can give itself in one step. */
  #growth(principal: Principal): Indirect | undefined {
    const taker = this.#taker(principal);
    if (taker === undefined) return undefined;
    for (const escalation of this.#rowsFor(taker)) {
      const as = this.#grownBy(escalation, principal);
      const step = as && stepOf(escalation, taker);
      if (as !== undefined && step !== undefined) return { steps: [step], as };
    }
    return undefined;
  }

  /** What a row of the table leads to; of several that it can get at, the first of the targets. */
  #gained(escalation: Escalation, taker: Taker): Indirect | undefined {
    const { principal } = taker;
    if (escalation.leads === 'new-principal') {
      const step = stepOf(escalation, taker);
      return step && { steps: [step], as: newPrincipal(principal) };
    }
    for (const target of this.#targets.of(escalation, principal)) {
      const step = stepOf(escalation, taker, target);
      if (step === undefined) continue;
      const as = escalation.leads === 'role-with-anything' ? { ...target, policies: anyPolicies } : target;
      // The targets come worst first: another one adds nothing to what the row leads to.
      return { steps: [step], as };
    }
    return undefined;
  }

  /** The rows that a taker may take: worked out once for all with the same policies. */
  #rowsFor({ principal: { kind }, policies }: Taker): readonly Escalation[] {
    const known = this.#rows.get(policies);
    const rows =
      known ??
      escalations.filter(({ needs, service }) => {
        const to: RequestContext = service === undefined ? {} : { 'iam:PassedToService': service };
        return needs.every(({ actions }) => mayHaveAccess(policies, actions, to));
      });
    if (known === undefined) this.#rows.set(policies, rows);
    return rows.filter((row) => row.for === 'both' || row.for === kind);
  }

  /** A principal after a row that gives it more; undefined where it gives nothing that is not there. */
  #grownBy({ leads }: Escalation, principal: Principal): Principal | undefined {
    const { boundary, ...unbounded } = principal;
    if (leads === 'unbounded') return boundary && unbounded;
    if (leads !== 'self' || principal.policies.includes(everything)) return undefined;
    const { policies } = principal;
    const more = this.#withEverything.get(policies) ?? [...policies, everything];
    this.#withEverything.set(policies, more);
    return { ...principal, policies: more };
  }

  #taker(principal: Principal): Taker | undefined {
    try {
      const policies: CompiledSet = this.#compiler.compileSet(this.#admissions.policiesOf(principal));
      if (!mayHaveAccess(policies, escalationActions, {})) return undefined;
      return { principal, policies, known: { ...this.#moment, ...principalContext(principal) } };
    } catch (error) {
      if (error instanceof PolicyError) return undefined;
      throw error;
    }
  }
}

/** A role that a principal makes for itself. */
function newPrincipal({ arn }: Principal): Principal {
  const { partition, accountId } = arnParts(arn);
  return {
    kind: 'role',
    name: 'of-its-own-making',
    path: '/',
    arn: `arn:${partition}:iam::${accountId}:role/of-its-own-making`,
    id: 'AROAOFITSOWNMAKING000',
    tags: {},
    groups: [],
    policies: anyPolicies,
    unreadable: [],
    serviceLinked: false,
  };
}
