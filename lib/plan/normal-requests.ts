import {
  type CompiledSet,
  type ConditionTest,
  Contrast,
  conditionHolds,
  contextValue,
  decide,
  type Effort,
  type Request,
  type RequestContext,
  type SearchSpace,
  wildcardTest,
} from '@permission-check/iam-policy';
import { regionOf } from './arns.ts';
import { merged } from './chosen-requests.ts';
import { regionSegments } from './regions.ts';

/**
 * Keys of the network, of the organization and of the client whose values a team need not have written into its
 * `context`. Real requests have some value of them, so that nothing is about to break while one of them is allowed.
 */
const unspecified = new Set(
  [
    ...['aws:SourceIp', 'aws:VpcSourceIp', 'aws:SourceVpc', 'aws:SourceVpce', 'aws:SourceVpcArn'],
    ...['aws:VpceAccount', 'aws:VpceOrgID', 'aws:VpceOrgPaths', 'aws:UserAgent', 'aws:Referer'],
    ...['aws:PrincipalOrgID', 'aws:PrincipalOrgPaths', 'aws:ResourceOrgID', 'aws:ResourceOrgPaths'],
    ...['aws:ResourceAccount'],
  ].map((key) => key.toLowerCase()),
);

/** A request with MFA carries its age, in seconds, which a team's `context` need not say. */
const mfaAge = 'aws:multifactorauthage';

/** By a user's own keys, which have no time of issue, there is no MFA: what needs the one does without the other. */
const mfaGoesWith = 'aws:tokenissuetime';
const mfaKeys = ['aws:multifactorauthpresent', mfaAge];

interface Sets {
  readonly observed: CompiledSet;
  readonly expected: CompiledSet;
}

/**
 * The team's normal requests: what a principal that works as expected sends. They have the usual context, with other
 * values only where the expectation itself is conditional and the usual context does not meet its conditions (a set for
 * one source IP is asked from there), and they are about resources of the team's Region, or of the Regions that the
 * expectation is about where it is about others alone. Only such a request can be `missing`.
 */
export class NormalRequests {
  readonly #sets: Sets;
  /** With what every session of the principal carries. */
  readonly #usual: RequestContext;
  readonly #region: string;
  readonly #regions: readonly string[];
  readonly #readsUnspecified: boolean;
  readonly #numbers = new Map<object, number>();
  readonly #decisive = new Map<string, boolean>();

  /**
   * @param regions those between which policies make a difference
   * @param reads the keys, in lower case, that the observed policies read
   */
  constructor(
    sets: Sets,
    usual: RequestContext,
    region: string,
    regions: readonly string[],
    reads: Iterable<string>,
  ) {
    this.#sets = sets;
    this.#usual = usual;
    this.#region = region;
    this.#regions = regions;
    this.#readsUnspecified = [...reads].some((key) => unspecified.has(key) || key === mfaAge);
  }

  /** Whether a request, its context whole, is a normal one. */
  includes({ action, resource, context }: Request): boolean {
    const region = regionOf(resource) ?? this.#region;
    const elsewhere = resource !== '*' && region !== this.#region;
    if (elsewhere && this.#expectedInOwnRegion(action, resource)) return false;
    const usual = elsewhere ? this.#usualIn(region) : this.#usual;
    const changed = changedKeys(context, usual);
    const usually = decide(this.#sets.expected, { action, resource, context: usual }).decision === 'allowed';
    if (changed.length === 0) return usually || !elsewhere;
    if (usually) return false;
    const needed = new Set(
      decide(this.#sets.expected, { action, resource, context }).matched.flatMap(({ statement }) =>
        statement.effect === 'Allow' ? unmetKeys(statement.conditions, usual) : [],
      ),
    );
    if (needed.has(mfaGoesWith)) for (const key of mfaKeys) needed.add(key);
    return changed.every((key) => needed.has(key));
  }

  /** The part of a search space that has the normal requests for an action in it. */
  within(space: SearchSpace, action: string): SearchSpace {
    const statements = this.#allowing(action);
    const free = new Set(
      statements.flatMap(({ statement }) =>
        unmetKeys(statement.conditions, { ...this.#usual, ...space.known }),
      ),
    );
    if (free.has(mfaGoesWith)) for (const key of mfaKeys) free.add(key);
    const ownRegion = statements.some(({ resources }) =>
      resources.some((pattern) =>
        regionSegments(pattern, this.#usual).some((segment) => wildcardTest(segment)(this.#region)),
      ),
    );
    const regions = ownRegion || statements.length === 0 ? [this.#region] : this.#regions;
    if (!ownRegion) free.add('aws:requestedregion');
    const fixed = Object.entries(this.#usual).filter(([key]) => !free.has(key.toLowerCase()));
    const forms =
      typeof space.resource === 'string'
        ? space.resource
        : space.resource.filter(({ implies }) => regions.includes(implies?.['aws:RequestedRegion'] ?? ''));
    return {
      ...space,
      resource: forms,
      known: merged(Object.fromEntries(fixed), space.known),
      isKnown: (key) => !free.has(key.toLowerCase()) || (space.isKnown?.(key) ?? false),
      free: new Map([...(space.free ?? [])].filter(([key]) => free.has(key))),
    };
  }

  /** Whether a request is a normal one, and denied whatever the usual context leaves out. */
  isDecisive(request: Request, effort: Effort): boolean {
    if (!this.includes(request)) return false;
    if (!this.#readsUnspecified || decide(this.#sets.observed, request).decision === 'allowed') return true;
    const { observed, expected } = this.#sets;
    const plans = [observed, expected].map((set) => this.#numberOf(set.plans.for(request.action)));
    const key = [...plans, this.#numberOf(request.context), request.resource].join(' ');
    const known = this.#decisive.get(key) ?? !this.#canBeAllowed(request, effort);
    this.#decisive.set(key, known);
    return known;
  }

  /** Whether the request is allowed with some value of what the usual context leaves out. */
  #canBeAllowed({ action, resource, context }: Request, effort: Effort): boolean {
    const withMfa = contextValue(context, 'aws:MultiFactorAuthPresent') === 'true';
    const isOpen = (key: string): boolean =>
      (unspecified.has(key.toLowerCase()) || (withMfa && key.toLowerCase() === mfaAge)) &&
      contextValue(context, key) === undefined;
    const space: SearchSpace = { resource, known: context, isKnown: (key) => !isOpen(key) };
    const contrast = new Contrast(this.#sets, action, space, effort);
    return contrast.find(contrast.agreement()) !== 'none';
  }

  #numberOf(one: object): number {
    const number = this.#numbers.get(one) ?? this.#numbers.size;
    this.#numbers.set(one, number);
    return number;
  }

  #allowing(action: string) {
    return this.#sets.expected.layers.flatMap(({ statements }) =>
      statements
        .filter(({ compiled }) => compiled.matchesAction(action))
        .filter(({ matched }) => matched.statement.effect === 'Allow')
        .map(({ compiled, matched }) => ({ statement: matched.statement, resources: compiled.resources })),
    );
  }

  #expectedInOwnRegion(action: string, resource: string): boolean {
    const parts = resource.split(':');
    parts[3] = this.#region;
    const there: Request = { action, resource: parts.join(':'), context: this.#usual };
    return decide(this.#sets.expected, there).decision === 'allowed';
  }

  #usualIn(region: string): RequestContext {
    return contextValue(this.#usual, 'aws:RequestedRegion') === undefined
      ? this.#usual
      : merged(this.#usual, { 'aws:RequestedRegion': region });
  }
}

/** Keys, in lower case, of the tests that do not hold in a context. */
function unmetKeys(conditions: readonly ConditionTest[], context: RequestContext): string[] {
  return conditions
    .filter((test) => !conditionHolds(test, '2012-10-17', context))
    .map(({ key }) => key.toLowerCase());
}

/** Keys, in lower case, whose values differ. */
function changedKeys(context: RequestContext, usual: RequestContext): string[] {
  const keys = new Set([...Object.keys(context), ...Object.keys(usual)].map((key) => key.toLowerCase()));
  return [...keys].filter((key) => !same(contextValue(context, key), contextValue(usual, key)));
}

function same(one: RequestContext[string] | undefined, other: RequestContext[string] | undefined): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
