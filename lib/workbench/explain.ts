import type { Request, RequestContext, SessionFreedom } from '@permission-check/iam-policy';
import {
  type AccessCases,
  type CompiledSet,
  casesOf,
  contextValue,
  decide,
  isPrincipalKey,
  mayCover,
  PolicyError,
} from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { isArnOf } from '#lib/catalog/resource-arn.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import { arnOf } from '#lib/check/asked-arn.ts';
import type { CheckOptions } from '#lib/check/check-options.ts';
import { CompiledSets } from '#lib/check/policy-sets.ts';
import { PrincipalSessions } from '#lib/check/principal-sessions.ts';
import { SERVICE_LINKED } from '#lib/check/status.ts';
import { unmetGuards } from '#lib/compare/guards.ts';
import { nearMissIn } from '#lib/compare/near-misses.ts';
import { type Verdict, verdictOf } from '#lib/compare/verdict.ts';
import { evaluateRequests } from '#lib/observe/evaluate.ts';
import { regionOf } from '#lib/plan/arns.ts';
import { merged } from '#lib/plan/chosen-requests.ts';
import { groupCalls } from '#lib/plan/group.ts';
import { targetsOf } from '#lib/plan/make-plan.ts';
import { planRequests } from '#lib/plan/plan.ts';
import { spaceOf, surroundingsOf } from '#lib/plan/surroundings.ts';
import type { PlanInput, PlannedRequest } from '#lib/plan/types.ts';
import type { Explanation } from '#lib/report/explain.ts';
import { subjectName } from '#lib/words/labels.ts';
import { resourceKind } from '#lib/words/scopes.ts';
import { lackingBeside } from './dependent-access.ts';
import { narrowedBy } from './narrowed-by.ts';

/** What is to be explained. */
export interface Question {
  readonly principal: Principal;
  readonly action: CatalogAction;
  /** `*`, an ARN, or its last part: `collection/visitors`. Absent: what a check asks. */
  readonly resource?: string | undefined;
  /** What differs from the team's normal request; `undefined` leaves a key out. */
  readonly context?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export type ExplainOptions = Omit<CheckOptions, 'today'>;

/**
 * Explains why a principal may, or may not, do something: the request asked for; or, where only an action was named,
 * the usual requests for it, and the requests that a check finds answered otherwise than expected.
 *
 * @throws InputError for a resource that the action is never judged on, PolicyError for a statement that cannot be read
 *   and may be about the action.
 */
export async function explain(question: Question, options: ExplainOptions): Promise<Explanation[]> {
  const { principal, action, context: changes = {} } = question;
  const { accountId, partition, expectations, guardrails, callers, simulate } = options;
  const sets = new CompiledSets(guardrails);
  const observed = sets.observed(principal);
  assertReadable(observed, action);
  const expectation = expectations.expectationFor(principal);
  const judged = expectation.kind === 'sets' && !principal.serviceLinked;
  const expected = judged ? sets.expected(expectation) : undefined;
  const sessions = new PrincipalSessions(expectations.baseline.context, [action], guardrails);
  const { facts, session } = sessions.of(principal, [observed, ...(expected ? [expected] : [])], callers);
  const asked = Object.keys(changes).map((key) => key.toLowerCase());
  const input: PlanInput = {
    observed,
    expected: expected ?? observed,
    facts: changed(facts, changes, isPrincipalKey),
    ...(session && { session: pinned(session, asked) }),
    baseline: {
      region: expectations.baseline.region,
      context: changed(expectations.baseline.context, changes, (key) => !isPrincipalKey(key)),
    },
    actions: [action],
    accountId,
    partition,
  };
  const requests = requestsFor(question, input).filter(unlikeBefore(observed, expected));
  const simulated = principal.serviceLinked
    ? undefined
    : await simulate?.(principal.arn, requests, groupCalls(requests));
  const evaluated = evaluateRequests(observed, requests);
  const beside = lackingBeside(principal, action, guardrails);
  const narrower = expected === undefined ? [] : narrowedBy(principal, expectation, input, requests);
  return requests.map((request, index): Explanation => {
    const evidence = [evaluated[index], simulated?.[index]].filter((one) => one !== undefined);
    const wanted = expected && decide(expected, request).decision;
    const guards = judged ? unmetGuards(expectation.guards, request) : [];
    const verdict = verdictOf({ request, evidence }, action, principal.unreadable.length > 0);
    return {
      subject: subjectName(principal),
      request,
      set: observed,
      evidence,
      verdict,
      access: accessAround(request, action, input),
      differs: differenceOf(request.context, expectations.baseline.context, facts),
      expected: {
        label: principal.serviceLinked ? `not judged, a ${SERVICE_LINKED}` : expectation.label,
        ...(wanted && { decision: wanted }),
        ...(!principal.serviceLinked && expectation.rule && { by: expectation.rule }),
        unmet: guards.map(({ without }) => without),
        ...(index === 0 && { narrower }),
      },
      ...meantToAllow(observed, { request, entry: action }, verdict),
      beside,
    };
  });
}

/** The statement that was to allow what no statement allows. */
function meantToAllow(
  observed: CompiledSet,
  denied: { readonly request: Request; readonly entry: CatalogAction },
  { decision, blockedBy }: Verdict,
): Pick<Explanation, 'nearMiss'> {
  if (decision !== 'implicitDeny' || blockedBy === undefined) return {};
  const nearMiss = nearMissIn(observed)(denied, blockedBy);
  return nearMiss === undefined ? {} : { nearMiss };
}

function assertReadable({ unreadable }: CompiledSet, { action }: CatalogAction): void {
  const [first] = unreadable.filter(({ statement }) => mayCover(statement, action));
  if (first === undefined) return;
  const { problem, start, place = start } = first.statement;
  throw new PolicyError(problem, place, first.policy.name);
}

/** The sessions in which some keys are as they were asked for, whether or not anybody could choose them so. */
export function pinned(session: SessionFreedom, keys: readonly string[]): SessionFreedom {
  if (!keys.some((key) => session.free.has(key))) return session;
  const free = new Map([...session.free].filter(([key]) => !keys.includes(key)));
  return { ...session, free, possible: [] };
}

export function changed(
  context: RequestContext,
  changes: NonNullable<Question['context']>,
  isMeant: (key: string) => boolean,
): RequestContext {
  const meant = Object.entries(changes).filter(([key]) => isMeant(key));
  const named = new Set(meant.map(([key]) => key.toLowerCase()));
  const kept = Object.entries(context).filter(([key]) => !named.has(key.toLowerCase()));
  const added = meant.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  return Object.fromEntries([...kept, ...added]);
}

function requestsFor({ action, resource, context = {} }: Question, input: PlanInput): PlannedRequest[] {
  const { baseline, facts } = input;
  if (resource === undefined) {
    const { requests } = planRequests(input);
    const asChanged = Object.keys(context).length > 0;
    return requests.filter(({ purpose }) => purpose === 'baseline' || !asChanged);
  }
  const arn = arnOf(resource, action, input);
  const region = regionOf(arn);
  const says = Object.keys(context).some((key) => key.toLowerCase() === 'aws:requestedregion');
  const there = region === undefined || says ? {} : { 'aws:RequestedRegion': region };
  const whole = merged(merged(baseline.context, there), facts);
  return [{ action: action.action, resource: arn, context: whole, purpose: 'baseline', normal: true }];
}

/** One request for each way in which the statements answer; witnesses only where they are other than expected. */
function unlikeBefore(observed: CompiledSet, expected: CompiledSet | undefined) {
  const seen = new Set<string>();
  return (request: PlannedRequest): boolean => {
    const { decision, matched } = decide(observed, request);
    const wanted = expected && decide(expected, request).decision;
    const surprising = wanted !== undefined && (wanted === 'allowed') !== (decision === 'allowed');
    if (request.purpose === 'witness' && !surprising) return false;
    const statements = matched.map(({ policy, layer, statement }) => [layer, policy.name, statement.index]);
    const key = JSON.stringify([decision, wanted === 'allowed', statements]);
    return !seen.has(key) && seen.add(key) !== undefined;
  };
}

/** In which cases the action is allowed: on the resource of the request, and on any. */
function accessAround(
  request: Request,
  action: CatalogAction,
  input: PlanInput,
): { here: AccessCases; anywhere: AccessCases; kind?: string } {
  const { resource, context } = request;
  const target =
    targetsOf(action).find((one) => (one === '*' ? resource === '*' : isArnOf(one, resource))) ?? '*';
  const space = spaceOf({ target, actions: [action] }, input, surroundingsOf(input));
  const region = resource === '*' ? undefined : contextValue(context, 'aws:RequestedRegion');
  const known = merged(space.known, region === undefined ? {} : { 'aws:RequestedRegion': region });
  const kind = resourceKind(resource);
  return {
    here: casesOf(input.observed, action.action, { ...space, resource, known }),
    anywhere: casesOf(input.observed, action.action, space),
    ...(kind === undefined ? {} : { kind }),
  };
}

/** The keys in which a request is not the team's normal one; `undefined` where it lacks a key. */
function differenceOf(
  context: RequestContext,
  usual: RequestContext,
  facts: RequestContext,
): Readonly<Record<string, string | readonly string[] | undefined>> {
  const normal = merged(usual, facts);
  const lacking = Object.keys(usual).filter((key) => contextValue(context, key) === undefined);
  const keys = [...Object.keys(context), ...lacking];
  return Object.fromEntries(
    keys
      .filter((key) => String(contextValue(context, key)) !== String(contextValue(normal, key)))
      .map((key) => [key, contextValue(context, key)]),
  );
}
