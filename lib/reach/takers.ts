import {
  AlikeSets,
  type CompiledSet,
  type CompiledStatement,
  mayCover,
  mayHaveAccess,
  PolicyCompiler,
  RecentMap,
  type RequestContext,
} from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import { ByPolicies } from '#lib/account/by-policies.ts';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Principal } from '#lib/account/types.ts';
import { ToldApart } from '#lib/plan/told-apart.ts';
import type { Admissions } from './admission.ts';
import type { Callers } from './callers.ts';
import {
  type Escalation,
  escalationActions,
  exchanges,
  type Getting,
  type Growth,
  gettings,
  growths,
} from './escalations.ts';
import { Leave, type LetThrough, type SharedAnswers } from './leave.ts';
import { freedomOfRole } from './sessions.ts';
import { keysReadBy } from './statement-reads.ts';

/** Lists of policies, and policies that differ about the actions of the table, that are remembered. */
const REMEMBERED = 2_000;
/** Answers about actions; the statements are held by them. */
const REMEMBERED_ANSWERS = 5_000;
/** Principals that differ in what their policies read of them; of one set. */
const REMEMBERED_FACTS = 500;

/** What binds principals that have the same statements about the actions of the escalation table. */
interface Binding {
  readonly policies: CompiledSet;
  /** Context keys that the statements read, in lower case. */
  readonly reads: ReadonlySet<string>;
  readonly toldApart: ToldApart;
  /** The rows that they may take, as far as that can be seen without asking. */
  readonly growths: readonly Growth[];
  readonly exchanges: readonly Growth[];
  readonly gettings: readonly Getting[];
  /** By what tells them apart. */
  readonly takers: Map<string, Taker>;
}

/** Somebody who takes steps: one object for all that may take the same steps at others. */
export interface Taker {
  readonly leave: Leave;
  readonly growths: readonly Growth[];
  readonly exchanges: readonly Growth[];
  readonly gettings: readonly Getting[];
}

/** Principals as those who take steps: what their policies let them do is worked out once for all that are alike. */
export class Takers {
  readonly #admissions: Admissions;
  readonly #callers: Callers;
  readonly #moment: RequestContext;
  readonly #compiler = new PolicyCompiler(escalationActions, { unreadable: 'keep' });
  readonly #alike = new AlikeSets(REMEMBERED, ({ statement }) =>
    escalationActions.some((action) => mayCover(statement, action)),
  );
  readonly #answers = new RecentMap<{ readonly by: LetThrough }>(REMEMBERED_ANSWERS);
  readonly #bindings = new WeakMap<CompiledSet, Binding>();
  readonly #known: Readonly<Record<'member' | 'management', ByPolicies<{ readonly binding?: Binding }>>> = {
    member: new ByPolicies(REMEMBERED),
    management: new ByPolicies(REMEMBERED),
  };

  /** @param moment the context keys that say when requests are made */
  constructor(admissions: Admissions, callers: Callers, moment: RequestContext) {
    this.#admissions = admissions;
    this.#callers = callers;
    this.#moment = moment;
  }

  /** Undefined for who can take no step at all. */
  of(principal: Principal): Taker | undefined {
    const binding = this.#bindingOf(principal);
    return binding && this.#takerOf(binding, principal);
  }

  /** What lets somebody do an action to something; undefined where nothing can. */
  leaveFor(action: string, principal: Principal): Leave | undefined {
    const binding = this.#bindingOf(principal);
    if (binding === undefined || !mayHaveAccess(binding.policies, [action], {})) return undefined;
    return this.#takerOf(binding, principal).leave;
  }

  #bindingOf(principal: Principal): Binding | undefined {
    const known = this.#known[this.#admissions.isInManagementAccount(principal) ? 'management' : 'member'];
    return known.getOrCreate(principal, () => this.#bind(principal)).binding;
  }

  #bind(principal: Principal): { readonly binding?: Binding } {
    const policies = this.#alike.of(this.#compiler.compileSet(this.#admissions.policiesOf(principal)));
    if (!mayHaveAccess(policies, escalationActions, {})) return {};
    const binding = this.#bindings.get(policies) ?? bindingOf(policies);
    this.#bindings.set(policies, binding);
    return { binding };
  }

  #takerOf(binding: Binding, principal: Principal): Taker {
    const { policies, reads, toldApart, growths, exchanges, gettings, takers } = binding;
    const session = freedomOfRole(principal, reads, this.#admissions, this.#callers);
    const facts = { ...principalContext(principal), ...session?.facts };
    const { accountId, partition } = arnParts(principal.arn);
    const varying = session && [[...session.free], session.possible];
    const key = JSON.stringify([partition, accountId, principal.kind, toldApart.factsOf(facts), varying]);
    const known = takers.get(key);
    if (known !== undefined) return known;
    const isFor = (row: Escalation) => row.for === 'both' || row.for === principal.kind;
    const taker: Taker = {
      leave: new Leave(policies, { ...this.#moment, ...facts }, this.#sharedBy(policies, key), session),
      growths: growths.filter(isFor),
      exchanges: exchanges.filter(isFor),
      gettings: gettings.filter(isFor),
    };
    if (takers.size >= REMEMBERED_FACTS) takers.clear();
    takers.set(key, taker);
    return taker;
  }

  /** @param facts what the policies read of the principals, as text */
  #sharedBy(policies: CompiledSet, facts: string): SharedAnswers {
    const keys = new Map<string, string>();
    const keyOf = (action: string) => {
      const key = keys.get(action) ?? this.#alike.keyOf(policies, action);
      keys.set(action, key);
      return key;
    };
    const get: SharedAnswers['get'] = (action, question, decide) =>
      this.#answers.getOrCreate(`${question} ${facts} ${keyOf(action)}`, decide);
    return { facts, keyOf, get };
  }
}

function bindingOf(policies: CompiledSet): Binding {
  const statements = aboutTable(policies);
  const may = (row: Growth | Getting) => {
    const service = 'service' in row ? row.service : undefined;
    const to: RequestContext = service === undefined ? {} : { 'iam:PassedToService': service };
    return row.needs.every(({ actions }) => mayHaveAccess(policies, actions, to));
  };
  return {
    policies,
    reads: new Set(statements.flatMap(keysReadBy).map((key) => key.toLowerCase())),
    toldApart: new ToldApart(statements),
    growths: growths.filter(may),
    exchanges: exchanges.filter(may),
    gettings: gettings.filter(may),
    takers: new Map(),
  };
}

/** The statements about the actions of the table. */
function aboutTable({ layers }: CompiledSet): readonly CompiledStatement[] {
  return layers
    .flatMap((layer) => layer.statements.map(({ compiled }) => compiled))
    .filter((compiled) => compiled.matchesTable);
}
