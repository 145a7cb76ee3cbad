/**
 * Access that is narrower than what is expected where no team's normal request goes (without MFA, from elsewhere, in
 * another Region): no finding, but a note, with the guards that would say so in the rule. A guard is told only where
 * everybody under the rule meets it, so that it can be pasted.
 */
import {
  type CompiledSet,
  conditionHolds,
  decide,
  type Effort,
  mayHaveAccess,
  PolicyCompiler,
  type RequestContext,
} from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import { actionTable, actions as catalog } from '#lib/catalog/actions.ts';
import { type HeldCondition, HeldConditions } from '#lib/compare/held-conditions.ts';
import type { Finding } from '#lib/compare/types.ts';
import { flow } from '#lib/expectation/flow.ts';
import { demandOf } from '#lib/expectation/guard-of.ts';
import { readGuard } from '#lib/expectation/guards.ts';
import type { GuardInput } from '#lib/expectation/schema.ts';
import type { SourceLocation } from '#lib/expectation/types.ts';
import type { WrittenRule } from '#lib/expectation/written-rule.ts';
import { grantsNothing } from '#lib/plan/grants-nothing.ts';
import { contextKey } from '#lib/plan/group.ts';
import { readsOf } from '#lib/plan/relevant-facts.ts';
import type { PlannedRequest } from '#lib/plan/types.ts';
import { statementPointer } from '#lib/report/finding-line.ts';
import { conditionWords } from '#lib/words/conditions.ts';
import { actionName, listed } from '#lib/words/labels.ts';
import type { CheckedSets, Checks, SeenCheck } from './checked-sets.ts';
import { surelyGained } from './difference.ts';

interface Member {
  readonly subject: string;
  readonly kind: Principal['kind'];
  readonly held: HeldConditions;
  readonly sets: CheckedSets;
  readonly findings: readonly Finding[];
}

/** What is found of everybody under one rule. */
interface RuleMembers {
  readonly at: SourceLocation;
  readonly written: WrittenRule;
  readonly members: Member[];
  /** The conditions that all of a kind have met so far. */
  readonly met: Map<Principal['kind'], Map<string, HeldCondition>>;
  readonly seen: Set<HeldConditions>;
}

/** A condition that is met beyond what is expected, as a guard would demand it. */
interface Narrowing {
  readonly condition: HeldCondition;
  readonly guard: GuardInput;
  /** Absent: all that is expected. */
  readonly actions?: readonly string[] | undefined;
  readonly subjects: readonly string[];
}

/** Looked through for all notes of a check at most, a third of a second: what is not settled then is not told. */
const effortOfNotes = 1_000_000;

/** A longer one would be cut, and what is cut cannot be pasted. */
const longestNote = 1_800;

export class NarrowerAccess {
  readonly #usual: RequestContext;
  readonly #rules = new Map<string, RuleMembers>();
  readonly #held = new WeakMap<CompiledSet, Map<string, HeldConditions>>();
  readonly #compiler = new PolicyCompiler(actionTable);
  readonly #effort: Effort = { left: effortOfNotes };
  readonly #lacking = new WeakMap<CompiledSet, Map<string, ReadonlySet<string>>>();
  readonly #refused = new WeakMap<readonly PlannedRequest[], Map<CompiledSet, ReadonlySet<string>>>();

  /** @param usual the context of a normal request */
  constructor(usual: RequestContext) {
    this.#usual = usual;
  }

  /** Takes a principal that was checked into account. */
  see({ principal, expectation, findings, result }: SeenCheck, check: Checks): void {
    const { rule: at, written } = expectation;
    if (expectation.kind === 'any' || principal.serviceLinked) return;
    if (at === undefined || written === undefined || expectation.builtIn) return;
    // A guard would not hold for what the rule lists as unguarded, and a rule that has ended says nothing.
    if (written.unguarded !== undefined || written.ended) return;
    const sets = check.setsOf(principal, expectation);
    const { observed } = sets;
    const isUncertain = principal.unreadable.length > 0 || observed.possible !== observed;
    if (grantsNothing(observed, catalog) && !isUncertain) return;
    const place = `${at.file}:${at.line}`;
    const rule: RuleMembers = this.#rules.get(place) ?? {
      at,
      written,
      members: [],
      met: new Map(),
      seen: new Set(),
    };
    this.#rules.set(place, rule);
    const met = rule.met.get(principal.kind);
    if (isUncertain) rule.met.set(principal.kind, new Map());
    if (isUncertain || met?.size === 0) return;
    const held = this.#heldBy(principal, observed);
    rule.members.push({ subject: result.subject, kind: principal.kind, held, sets, findings });
    if (rule.seen.has(held)) return;
    rule.seen.add(held);
    const all = met ?? held.conditions;
    rule.met.set(principal.kind, new Map([...all].filter(([key]) => held.conditions.has(key))));
  }

  /** One sentence for each rule whose principals have less than it says. */
  notes(): string[] {
    return [...this.#rules.values()]
      .sort((one, other) => one.at.line - other.at.line)
      .flatMap((rule) => {
        const narrowings = this.#narrowingsOf(rule);
        const note = narrowings.length === 0 ? undefined : noteOf(rule, narrowings);
        return note === undefined || note.length > longestNote ? [] : [note];
      });
  }

  #narrowingsOf({ met, members }: RuleMembers): readonly Narrowing[] {
    const [first = new Map<string, HeldCondition>(), second] = met.values();
    const shared = second === undefined ? first : new Map([...first].filter(([key]) => second.has(key)));
    const everybody = [...shared].flatMap(([key, one]) => this.#narrowing(key, one, members) ?? []);
    if (second === undefined) return everybody;
    const some = [...met].flatMap(([kind, conditions]) => {
      const own = members.filter((member) => member.kind === kind);
      const others = [...conditions].filter(([key]) => !shared.has(key));
      return others.flatMap(([key, one]) => this.#narrowing(key, one, own, `${kind}s`) ?? []);
    });
    return [...everybody, ...some];
  }

  /** What a condition takes of the access of some principals, where a guard can say so for all of them. */
  #narrowing(
    key: string,
    condition: HeldCondition,
    members: readonly Member[],
    appliesTo?: 'users' | 'roles',
  ): Narrowing | undefined {
    const demand = demandOf(condition.test);
    const guardSet = this.#compiledGuard(demand);
    if (guardSet === undefined) return undefined;
    const all = [...new Set(members.map(({ held }) => held))];
    // A normal request has what a guard demands of it: one value of many, which no other statement may then refuse.
    const isUsual = conditionHolds(condition.test, '2012-10-17', this.#usual);
    if (!isUsual && !all.every((held) => held.isAlone(condition.test))) return undefined;
    const met = new Set(actionTable.filter((action) => all.every((held) => held.holds(key, action))));
    const covered = new Set<string>();
    const narrower = members.filter((member) => {
      const open = openActions(member.findings);
      const own = [...this.#lackingOf(member, key, guardSet)].filter((one) => met.has(one) && !open.has(one));
      for (const action of own) covered.add(action);
      return own.length > 0;
    });
    if (narrower.length === 0) return undefined;
    const expected = [...new Set(members.map(({ sets }) => sets.expected))].flatMap(actionsOf);
    const whole = expected.every((action) => met.has(action));
    const guarded = whole ? new Set(actionTable) : covered;
    // What is missing in a normal request is a finding, and no guard is to hide it.
    if (members.some(({ sets }) => this.#refusesNormal(sets, guardSet, guarded))) return undefined;
    const names = whole ? undefined : [...covered].sort();
    return {
      condition,
      guard: {
        ...demand,
        ...(names && { actions: names }),
        ...(appliesTo && { 'applies-to': appliesTo }),
      },
      actions: names,
      subjects: narrower.map(({ subject }) => subject),
    };
  }

  #heldBy({ arn }: Principal, observed: CompiledSet): HeldConditions {
    const accountId = arnParts(arn).accountId;
    const fixed = { 'aws:PrincipalArn': arn, 'aws:PrincipalAccount': accountId };
    const { keys } = readsOf(observed, catalog);
    const key = Object.keys(fixed).some((one) => keys.has(one.toLowerCase())) ? arn : '';
    const known = this.#held.get(observed) ?? new Map<string, HeldConditions>();
    this.#held.set(observed, known);
    const before = known.get(key);
    if (before !== undefined) return before;
    const held = new HeldConditions(observed, fixed);
    known.set(key, held);
    return held;
  }

  /** The guard as a set; undefined where expectations would not take it. */
  #compiledGuard(demand: GuardInput): CompiledSet | undefined {
    let isSound = true;
    const read = readGuard('', demand, [], () => {
      isSound = false;
    });
    return read && isSound ? this.#compiler.compileSet({ identity: [read.guard.policy] }) : undefined;
  }

  /** The actions of which more is expected, certainly, than a guard lets through. */
  #lackingOf({ sets }: Member, key: string, guardSet: CompiledSet): ReadonlySet<string> {
    const { expected } = sets;
    const input = sets.inputFor(expected, guardSet);
    const { accountId, partition, facts, session } = input;
    const varying = session && [[...session.free], session.possible, session.lacks];
    const place = JSON.stringify([key, partition, accountId, contextKey(facts), varying]);
    const known = this.#lacking.get(expected) ?? new Map<string, ReadonlySet<string>>();
    this.#lacking.set(expected, known);
    const lacking = known.get(place) ?? surelyGained(input, this.#effort);
    known.set(place, lacking);
    return lacking;
  }

  /** Whether a guard refuses what is expected in a normal request. */
  #refusesNormal({ requests, expected }: CheckedSets, guardSet: CompiledSet, actions: ReadonlySet<string>) {
    const all = requests();
    const known = this.#refused.get(all) ?? new Map<CompiledSet, ReadonlySet<string>>();
    this.#refused.set(all, known);
    const refused =
      known.get(guardSet) ??
      new Set(
        all
          .filter((request) => request.normal)
          .filter((request) => decide(guardSet, request).decision !== 'allowed')
          .filter((request) => decide(expected, request).decision === 'allowed')
          .map(({ action }) => action),
      );
    known.set(guardSet, refused);
    return [...refused].some((action) => actions.has(action));
  }
}

/** Actions of which it is not settled that all that is expected is there. */
const openActions = (findings: readonly Finding[]): ReadonlySet<string> =>
  new Set(
    findings
      .filter(({ kind }) => kind === 'missing' || kind === 'inconclusive')
      .flatMap(({ actions }) => actions.map(({ action }) => action)),
  );

/** The actions that a set may allow. */
const actionsOf = (set: CompiledSet): readonly string[] =>
  actionTable.filter((action) => mayHaveAccess(set, [action]));

function noteOf({ at, written }: RuleMembers, narrowings: readonly Narrowing[]): string {
  const subjects = [...new Set(narrowings.flatMap((one) => one.subjects))].sort();
  const limits = narrowings.map(({ condition: { test, by }, actions }) => {
    const which = actions === undefined ? '' : `; ${listed(actions.map(actionName), 2)}`;
    return `only ${conditionWords([test])} (${statementPointer(by)}${which})`;
  });
  const guards = [...(written.guards ?? []), ...narrowings.map(({ guard }) => guard)];
  return (
    `${listed(subjects, 1)} can do what is expected ${listed(limits)}; to expect no more, write in the rule at ` +
    `${at.file}:${at.line}: guards: ${flow(guards)}`
  );
}
