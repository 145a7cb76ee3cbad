import {
  type AccessCases,
  accessOf,
  type CompiledSet,
  casesOf,
  decide,
  isPrincipalKey,
  type MatchedStatement,
  mayCover,
  type Request,
  type RequestContext,
  type SearchSpace,
  unreadableWords,
} from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import { actions as catalog } from '#lib/catalog/actions.ts';
import { isArnOf } from '#lib/catalog/resource-arn.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import type { Baseline, Expectation } from '#lib/expectation/types.ts';
import { regionOf } from '#lib/plan/arns.ts';
import type { Target } from '#lib/plan/chosen-requests.ts';
import { merged } from '#lib/plan/chosen-requests.ts';
import { grantsNothing } from '#lib/plan/grants-nothing.ts';
import { contextKey } from '#lib/plan/group.ts';
import { targetsOf } from '#lib/plan/make-plan.ts';
import { factsThatMatter } from '#lib/plan/relevant-facts.ts';
import { type Surroundings, spaceOf, surroundingsOf } from '#lib/plan/surroundings.ts';
import type { PlanInput } from '#lib/plan/types.ts';
import type { Callers } from '#lib/reach/callers.ts';
import type { AccessDegree, ActionAccess } from '#lib/report/access.ts';
import { accessWords } from '#lib/words/access.ts';
import { arnOf, changed, pinned, type Question } from './explain.ts';
import { CompiledSets } from './policy-sets.ts';
import { PrincipalSessions } from './principal-sessions.ts';

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

/** Where and when an action can be asked, for resources of one kind. */
export interface AskedSpace {
  /** `collection`; absent: of no resource. */
  readonly kind?: string;
  readonly space: SearchSpace;
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
    const input = this.inputFor(principal, set);
    const names = actions.map(({ name }) => name).join();
    const { accountId, partition, facts, session } = input;
    const varying = session && [[...session.free], session.possible, session.lacks];
    const key = JSON.stringify([names, partition, accountId, contextKey(facts), varying]);
    const known = this.#known.get(set) ?? new Map<string, readonly ActionAccess[]>();
    this.#known.set(set, known);
    const before = known.get(key);
    if (before !== undefined) return before;
    const access = grantsNothing(set.possible, catalog)
      ? actions.map(({ action }): ActionAccess => ({ action, access: 'none', where: [], by: [] }))
      : this.#work(set, input, actions);
    known.set(key, access);
    return access;
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
      const access = accessIn(set, action.action, this.spacesOf(action, input, surroundings));
      alike.set(key, access);
      return access;
    });
  }
}

/** Every space in which an action can be asked: one for each kind of resource. */
export function everySpaceOf(
  action: CatalogAction,
  input: PlanInput,
  surroundings: Surroundings,
  isMeant: (target: Target) => boolean = () => true,
): readonly AskedSpace[] {
  return targetsOf(action)
    .filter(isMeant)
    .map((target) => {
      const space = spaceOf({ target, actions: [action] }, input, surroundings);
      return target === '*' ? { space } : { kind: kindNames[target], space };
    });
}

/** A number for each thing, the same for the same. */
export function numbering(): (thing: unknown) => number {
  const numbers = new Map<unknown, number>();
  return (thing) => {
    const number = numbers.get(thing) ?? numbers.size;
    numbers.set(thing, number);
    return number;
  };
}

const kindNames = {
  collection: 'collection',
  dataset: 'dataset',
  project: 'project',
  projectversion: 'project version',
  streamprocessor: 'stream processor',
} as const;

function meantBy(resource: string, action: CatalogAction, input: PlanInput): string | undefined {
  try {
    return arnOf(resource, action, input);
  } catch {
    return undefined;
  }
}

/** @throws InputError for a resource that none of the actions is judged on. */
export function assertAskable(
  resource: string,
  actions: readonly CatalogAction[],
  place: Pick<PlanInput, 'baseline' | 'accountId' | 'partition'>,
): void {
  let refusal: unknown;
  for (const action of actions) {
    try {
      arnOf(resource, action, place);
      return;
    } catch (error) {
      refusal ??= error;
    }
  }
  if (refusal !== undefined) throw refusal;
}

function renamed(access: ActionAccess, action: string): ActionAccess {
  const { example } = access;
  return { ...access, action, ...(example && { example: { ...example, action } }) };
}

function accessIn(set: CompiledSet, action: string, spaces: readonly AskedSpace[]): ActionAccess {
  const parts = spaces.map(({ kind, space }) => partIn(set, action, kind, space));
  const degrees = parts.map(({ access }) => access);
  const access = together(degrees);
  const where = new Set(parts.flatMap((part) => part.where));
  const by = new Map(parts.flatMap((part) => part.by).map((one) => [statementIdentity(one), one]));
  const example = parts.find((part) => part.example !== undefined)?.example;
  const doubt = parts.find((part) => part.doubt !== undefined)?.doubt;
  return {
    action,
    access,
    where: access === 'full' && where.size > 1 ? ['every resource'] : [...where],
    by: [...by.values()],
    ...(example && { example }),
    ...(doubt && { doubt }),
  };
}

/** Of several kinds of resource: the whole is full where each part is. */
export function together(degrees: readonly AccessDegree[]): AccessDegree {
  const all = (degree: AccessDegree) => degrees.every((one) => one === degree);
  if (all('none')) return 'none';
  if (all('full')) return 'full';
  return degrees.every((one) => one === 'none' || one === 'unknown') ? 'unknown' : 'conditional';
}

function partIn(
  set: CompiledSet,
  action: string,
  kind: string | undefined,
  space: SearchSpace,
): ActionAccess {
  const access = accessOf(set, action, space);
  const doubt = doubtIn(set, action, space, access);
  if (access === 'none') {
    return { action, access: doubt.doubt === undefined ? 'none' : 'unknown', where: [], by: [], ...doubt };
  }
  const cases = casesOf(set, action, space);
  const requests = cases.cases.flatMap(({ example }) =>
    example === undefined
      ? []
      : [{ action, resource: example.resource, context: merged(example.context, space.known) }],
  );
  const [example] = requests;
  return {
    action,
    access,
    where: access === 'full' ? [everything(kind)] : whereOf(cases, kind),
    by: requests.flatMap((request) => allowsOf(set, request)),
    ...(example && { example }),
    ...doubt,
    ...(example === undefined && {
      access: 'unknown',
      doubt: 'the search for a request that it allows was cut off',
    }),
  };
}

const everything = (kind: string | undefined): string => (kind === undefined ? 'always' : `every ${kind}`);

function whereOf(cases: AccessCases, kind: string | undefined): string[] {
  if (!cases.complete) return [`${everything(kind)}, in more cases than can be listed`];
  return accessWords(cases.cases, kind).map((words) => words.replace(/^on /, '') || everything(kind));
}

/** Why there may be more access than the policies certainly give. */
function doubtIn(
  set: CompiledSet,
  action: string,
  space: SearchSpace,
  certain: AccessDegree,
): { readonly doubt?: string } {
  if (set.possible === set || certain === 'full') return {};
  if (accessOf(set.possible, action, space) === certain) return {};
  const [unreadable] = set.unreadable.filter(({ statement }) => mayCover(statement, action));
  return {
    doubt:
      unreadable === undefined
        ? 'nothing but the documentation says that the policies do not allow more'
        : unreadableWords(unreadable),
  };
}

/** The statements that open a request. */
function allowsOf(set: CompiledSet, request: Request): MatchedStatement[] {
  return decide(set, request).matched.filter(
    ({ layer, statement }) => statement.effect === 'Allow' && (layer === 'identity' || layer === 'resource'),
  );
}

/** The same text for the same statement of the same policy. */
export function statementIdentity({ layer, policy, statement }: MatchedStatement): string {
  return JSON.stringify([
    layer,
    policy.type,
    policy.arn ?? policy.name,
    policy.group,
    policy.versionId,
    statement.index,
  ]);
}
