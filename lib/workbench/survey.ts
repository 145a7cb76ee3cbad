import {
  type CompiledSet,
  isPrincipalKey,
  type RequestContext,
  type SearchSpace,
} from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import { actions as catalog } from '#lib/catalog/actions.ts';
import { isArnOf } from '#lib/catalog/resource-arn.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import { type AskedSpace, everySpaceOf, meantBy } from '#lib/check/asked-space.ts';
import { numbering } from '#lib/check/numbering.ts';
import { CompiledSets } from '#lib/check/policy-sets.ts';
import { PrincipalSessions } from '#lib/check/principal-sessions.ts';
import type { Baseline, Expectation } from '#lib/expectation/types.ts';
import { regionOf } from '#lib/plan/arns.ts';
import { merged, type Target } from '#lib/plan/chosen-requests.ts';
import { grantsNothing } from '#lib/plan/grants-nothing.ts';
import { contextKey } from '#lib/plan/group.ts';
import { targetsOf } from '#lib/plan/make-plan.ts';
import { factsThatMatter } from '#lib/plan/relevant-facts.ts';
import { type Surroundings, surroundingsOf } from '#lib/plan/surroundings.ts';
import type { PlanInput } from '#lib/plan/types.ts';
import type { Callers } from '#lib/reach/callers.ts';
import type { ActionAccess } from '#lib/report/access.ts';
import { accessIn } from './access-cases.ts';
import { changed, pinned, type Question } from './explain.ts';

export interface SurveyOptions {
  readonly baseline: Baseline;
  readonly guardrails?: Guardrails | undefined;
  /** Who there is in the account; absent: not known, so that any of its principals may ask. */
  readonly callers?: Callers | undefined;
  /** Only this resource: an ARN, its last part, or `*`. Absent: every one. */
  readonly resource?: string | undefined;
  /** Context keys that are so and not otherwise; `undefined`: absent. */
  readonly context?: Question['context'];
}

/** What principals can do in Rekognition, in every case: worked out once for all that have the same policies. */
export class Survey {
  readonly #options: SurveyOptions;
  readonly #sets: CompiledSets;
  readonly #sessions: PrincipalSessions;
  readonly #known = new WeakMap<CompiledSet, Map<string, readonly ActionAccess[]>>();

  constructor(options: SurveyOptions) {
    this.#options = options;
    this.#sets = new CompiledSets(options.guardrails);
    this.#sessions = new PrincipalSessions(options.baseline.context, catalog, options.guardrails);
  }

  /** The policies that bind a principal. */
  setOf(principal: Principal): CompiledSet {
    return this.#sets.observed(principal);
  }

  /**
   * The access of a principal to each of the actions, in their order; the same list for principals alike.
   *
   * @throws InputError for a resource that none of the actions is judged on
   */
  accessOf(principal: Principal, actions: readonly CatalogAction[]): readonly ActionAccess[] {
    const set = this.setOf(principal);
    return this.#accessIn(set, principal, actions);
  }

  /** What an expectation lets a principal do, in the same form. */
  expectedAccessOf(
    principal: Principal,
    expectation: Expectation & { kind: 'sets' },
    actions: readonly CatalogAction[],
  ): readonly ActionAccess[] {
    return this.#accessIn(this.#sets.expected(expectation), principal, actions);
  }

  #accessIn(
    set: CompiledSet,
    principal: Principal,
    actions: readonly CatalogAction[],
  ): readonly ActionAccess[] {
    const names = actions.map(({ name }) => name).join();
    const known = this.#known.get(set) ?? new Map<string, readonly ActionAccess[]>();
    this.#known.set(set, known);
    const remembered = (key: string, work: () => readonly ActionAccess[]) => {
      const access = known.get(key) ?? work();
      known.set(key, access);
      return access;
    };
    // Then it makes no difference who it is.
    if (grantsNothing(set.possible, catalog)) {
      return remembered(names, () =>
        actions.map(({ action }) => withoutCopies({ action, access: 'none', where: [], by: [] })),
      );
    }
    const input = this.inputFor(principal, set);
    const { accountId, partition, facts, session } = input;
    const varying = session && [[...session.free], session.possible, session.lacks];
    const key = JSON.stringify([names, partition, accountId, contextKey(facts), varying]);
    return remembered(key, () => this.#work(set, input, actions));
  }

  /** What a search about a principal is made from, where it is about these sets. */
  inputFor(principal: Principal, observed: CompiledSet, expected: CompiledSet = observed): PlanInput {
    const { baseline, callers, context = {} } = this.#options;
    const { accountId, partition } = arnParts(principal.arn);
    const { facts, session } = this.#sessions.of(principal, [observed, expected], callers);
    const asked = Object.keys(context).map((key) => key.toLowerCase());
    return {
      observed,
      expected,
      facts: factsThatMatter([observed, expected], catalog, changed(facts, context, isPrincipalKey)),
      ...(session && { session: pinned(session, asked) }),
      baseline: {
        region: baseline.region,
        context: changed(baseline.context, context, (key) => !isPrincipalKey(key)),
      },
      actions: catalog,
      accountId,
      partition,
    };
  }

  /** The spaces in which an action can be asked; none where it is not about the resource that is asked for. */
  spacesOf(action: CatalogAction, input: PlanInput, surroundings: Surroundings): readonly AskedSpace[] {
    const { resource } = this.#options;
    const arn = resource === undefined ? undefined : meantBy(resource, action, input);
    if (resource !== undefined && arn === undefined) return [];
    const isMeant = (target: Target) =>
      arn === undefined || (target === '*' ? arn === '*' : isArnOf(target, arn));
    return everySpaceOf(action, input, surroundings, isMeant).map(({ space, ...kind }) => ({
      ...kind,
      space: this.#asAsked(space, arn),
    }));
  }

  #asAsked(space: SearchSpace, arn: string | undefined): SearchSpace {
    const { context = {} } = this.#options;
    const region = arn === undefined ? undefined : regionOf(arn);
    const there: RequestContext = region === undefined ? {} : { 'aws:RequestedRegion': region };
    const said = Object.entries(context).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value] as const],
    );
    const asked = new Set(Object.keys(context).map((key) => key.toLowerCase()));
    return {
      ...space,
      ...(arn === undefined ? {} : { resource: arn }),
      known: merged(merged(space.known, there), Object.fromEntries(said)),
      isKnown: (key) => asked.has(key.toLowerCase()) || (space.isKnown?.(key) ?? false),
    };
  }

  #work(set: CompiledSet, input: PlanInput, actions: readonly CatalogAction[]): ActionAccess[] {
    const surroundings = surroundingsOf(input);
    const alike = new Map<string, ActionAccess>();
    const numberOf = numbering();
    return actions.map((action) => {
      // Actions that the same statements are about, certainly and perhaps, on the same kinds of resource.
      const plans = [set, set.possible].map((one) => numberOf(one.plans.for(action.action)));
      const key = JSON.stringify([plans, targetsOf(action), action.conditionKeys]);
      const same = alike.get(key);
      if (same !== undefined) return renamed(same, action.action);
      const access = withoutCopies(accessIn(set, action.action, this.spacesOf(action, input, surroundings)));
      alike.set(key, access);
      return access;
    });
  }
}

/** Of most actions most principals have no access: that is one object for all of them. */
const noAccess = new Map(
  catalog.map(({ action }) => [action, { action, access: 'none', where: [], by: [] } as const]),
);

const withoutCopies = (access: ActionAccess): ActionAccess =>
  access.access === 'none' ? (noAccess.get(access.action) ?? access) : access;

function renamed(access: ActionAccess, action: string): ActionAccess {
  if (access.access === 'none') return withoutCopies({ ...access, action });
  const { example } = access;
  return { ...access, action, ...(example && { example: { ...example, action } }) };
}
