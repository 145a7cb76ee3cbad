import {
  type CompiledSet,
  type Decision,
  decideAsSimulator,
  isKnownDifference,
  type MatchedStatement,
  mayCover,
  type Request,
  unreadableWords,
} from '@permission-check/iam-policy';
import type { CatalogAction } from '#lib/catalog/types.ts';
import type { Expectation, Guard } from '#lib/expectation/types.ts';
import type { Evidence, Observation } from '#lib/observe/types.ts';
import { unmetGuards } from './guards.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** How an answer differs from what was expected. */
export type Difference = 'excess' | 'unguarded' | 'missing';

/** What an answer is held against: what should be, or what was. */
export type Against = 'expectation' | 'past';

/** One observed request beside what was expected of it. */
export interface JudgedRequest {
  readonly request: Request;
  readonly entry: CatalogAction | undefined;
  readonly evidence: readonly Evidence[];
  readonly verdict: Verdict;
  /** Absent where nothing is expected one way or the other (`expect: any`). */
  readonly expected?: Decision;
  readonly difference?: Difference;
  /** Observed statements that allow, as far as the documents show them. */
  readonly allows: readonly MatchedStatement[];
  /** Observed statements that deny explicitly. */
  readonly denies: readonly MatchedStatement[];
  /** Why what is expected may be otherwise than the documents say: a part of them cannot be read. */
  readonly doubt?: string;
  /** Guards that the request does not meet; only for `unguarded`. */
  readonly unmet: readonly Guard[];
}

/** What observed requests are judged by. */
export interface Criteria {
  readonly expectation: Expectation;
  readonly decideExpected: ((request: Request) => Decision) | undefined;
  readonly decideObserved: ((request: Request) => Decision) | undefined;
  readonly observedSet: CompiledSet | undefined;
  readonly catalog: ReadonlyMap<string, CatalogAction>;
  /** Some policies of the principal could not be read. */
  readonly partial: boolean;
  /** SCPs do not bind the principal: an answer that denies by them is none. */
  readonly beyondScps: boolean;
}

/** Whether the identity layer alone allows: an Allow of it matched and none of its Denies did. */
export function identityAllows({ matched }: Decision): boolean {
  const own = matched.filter(({ layer }) => layer === 'identity');
  return own.length > 0 && own.every(({ statement }) => statement.effect === 'Allow');
}

/** The identity-based statements that allow, of a decision. */
export function identityAllowsOf(decision: Decision | undefined): MatchedStatement[] {
  return (decision?.matched ?? []).filter(
    ({ layer, statement }) => layer === 'identity' && statement.effect === 'Allow',
  );
}

function withEvaluation(observation: Observation, decide: Criteria['decideObserved']): Observation {
  if (decide === undefined || observation.evidence.some(({ kind }) => kind === 'evaluated')) {
    return observation;
  }
  const evaluated: Evidence = { kind: 'evaluated', ...decide(observation.request) };
  return { ...observation, evidence: [...observation.evidence, evaluated] };
}

function differenceOf(
  verdict: Verdict,
  expected: Decision,
  { partial, expectation }: Criteria,
): Difference | undefined {
  const guarded = expectation.kind === 'sets' && expectation.guards.length > 0;
  const allowed = verdict.decision === 'allowed';
  if (allowed === (expected.decision === 'allowed')) return undefined;
  if (allowed)
    return guarded && expected.blockedBy === 'scp' && identityAllows(expected) ? 'unguarded' : 'excess';
  // A policy that could not be read may allow what the policies at hand do not.
  const unsure = partial && verdict.source === 'evaluated' && verdict.decision === 'implicitDeny';
  return unsure ? undefined : 'missing';
}

/** Why a request may be answered otherwise than the documents do, as far as they can be read. */
function doubtOf(
  { action }: Request,
  evidence: readonly Evidence[],
  { decision, source }: Verdict,
  { observedSet }: Criteria,
): string | undefined {
  if (source !== 'evaluated') return undefined;
  if (decision !== 'allowed') return evidence.find(({ kind }) => kind === 'evaluated')?.doubt;
  // What cannot be read may deny, unless it is an Allow for certain.
  const [first] = (observedSet?.unreadable ?? []).filter(
    ({ statement }) => statement.effect !== 'Allow' && mayCover(statement, action),
  );
  return first && unreadableWords(first);
}

/**
 * The evidence without a simulation that is known to answer such a request otherwise than the services do, by the
 * policies themselves.
 */
function believable(
  all: readonly Evidence[],
  request: Request,
  { observedSet: set, beyondScps }: Pick<Criteria, 'observedSet' | 'beyondScps'>,
) {
  const evidence = beyondScps ? all.filter((one) => !isDeniedByScp(one)) : all;
  if (set === undefined || !isKnownDifference(set, request)) return evidence;
  const simulator = decideAsSimulator(set, request).decision === 'allowed';
  return evidence.filter(
    ({ kind, decision, allowedByOrganizations }) =>
      kind !== 'simulated' ||
      decision === 'inconclusive' ||
      (decision === 'allowed') !== simulator ||
      allowedByOrganizations === false,
  );
}

const isDeniedByScp = ({ kind, allowedByOrganizations }: Evidence): boolean =>
  kind === 'simulated' && allowedByOrganizations === false;

/** Where nobody wrote an expectation, what a boundary, the organization or a VPC endpoint stops is as it should be. */
function isOwnLimit({ blockedBy }: Verdict, expectation: Expectation): boolean {
  const limit = blockedBy === 'boundary' || blockedBy === 'scp' || blockedBy === 'endpoint';
  return limit && expectation.kind === 'sets' && expectation.builtIn === true;
}

/** Whether a part of what bears on a request could not be read, or is in doubt. */
function isPartlyKnown({ request, evidence }: Observation, { partial, observedSet }: Criteria): boolean {
  return (
    partial ||
    evidence.some(({ doubt }) => doubt !== undefined) ||
    (observedSet?.unreadable.some(({ statement }) => mayCover(statement, request.action)) ?? false)
  );
}

/** Puts one observation beside the expectation. */
export function judge(given: Observation, criteria: Criteria): JudgedRequest {
  const observation = withEvaluation(given, criteria.decideObserved);
  const { request } = observation;
  const entry = criteria.catalog.get(request.action.toLowerCase());
  const evidence = believable(observation.evidence, request, criteria);
  const verdict = verdictOf({ ...observation, evidence }, entry, isPartlyKnown(observation, criteria));
  const expected = criteria.decideExpected?.(request);
  const wanted = expected?.decision === 'allowed' && request.normal !== false;
  const doubt = wanted ? doubtOf(request, evidence, verdict, criteria) : undefined;
  const settled =
    verdict.decision === 'allowed' || (verdict.decision !== 'inconclusive' && doubt === undefined);
  const differs = expected && settled ? differenceOf(verdict, expected, criteria) : undefined;
  // What the team does not normally send is not about to break: less access there is no finding.
  const tells =
    differs !== 'missing' || (request.normal !== false && !isOwnLimit(verdict, criteria.expectation));
  const difference = tells ? differs : undefined;
  const matched = observation.evidence.find(({ kind }) => kind === 'evaluated')?.matched ?? [];
  const guards = criteria.expectation.kind === 'sets' ? criteria.expectation.guards : [];
  return {
    request,
    entry,
    evidence: observation.evidence,
    verdict,
    ...(expected === undefined ? {} : { expected }),
    ...(difference === undefined ? {} : { difference }),
    ...(doubt === undefined ? {} : { doubt }),
    allows: matched.filter(
      ({ layer, statement }) =>
        statement.effect === 'Allow' && (layer === 'identity' || layer === 'resource'),
    ),
    denies: matched.filter(({ statement }) => statement.effect === 'Deny'),
    unmet: difference === 'unguarded' ? unmetGuards(guards, request) : [],
  };
}
