import type { Literal, RequestContext, SearchSpace, SessionFreedom } from '@permission-check/iam-policy';
import { contextValue, isPrincipalKey, isSessionKey } from '@permission-check/iam-policy';
import { isKeyOfListedService } from '#lib/catalog/service-actions.ts';
import { UNKNOWN_ACCOUNT } from '#lib/iac/planned-principal.ts';
import { ArnChoices } from './arn-choices.ts';
import { type Group, merged } from './chosen-requests.ts';
import { distinguishingRegions, regionPatterns } from './regions.ts';
import { readsOf } from './relevant-facts.ts';
import { requestsFrom } from './requests-from.ts';
import type { PlanInput } from './types.ts';

/** What the requests about a principal are chosen from. */
export interface Surroundings {
  readonly arns: ArnChoices;
  /** The baseline's context, with what every request has where a policy asks for it. */
  readonly usual: RequestContext;
  /** Those between which policies make a difference, the asked one first. */
  readonly regions: readonly string[];
  /** Whether they stand for every Region that there may be. */
  readonly everyRegion: boolean;
  /** Whether a policy tests aws:RequestedRegion. */
  readonly asksRegion: boolean;
  /** What every request from the baseline's moment on meets, as far as a policy tests the time. */
  readonly fromNow: readonly Literal[];
}

/** What requests of users and roles carry when a baseline does not say otherwise. */
const inEveryRequest = {
  'aws:SecureTransport': 'true',
  'aws:ViaAWSService': 'false',
  'aws:PrincipalIsAWSService': 'false',
};

export function surroundingsOf(input: PlanInput): Surroundings {
  const { observed, expected, baseline, actions, partition, session, facts } = input;
  const reads = [readsOf(observed, actions), readsOf(expected, actions)];
  const asks = (key: string) => reads.some(({ keys }) => keys.has(key.toLowerCase()));
  const lacking = Object.entries({ ...inEveryRequest, 'aws:RequestedRegion': baseline.region }).filter(
    ([key]) => asks(key) && contextValue(baseline.context, key) === undefined,
  );
  const usual = usualIn(session, facts, baseline.context, Object.fromEntries(lacking));
  const { regions, complete } = distinguishingRegions(
    baseline.region,
    partition,
    reads.flatMap(({ statements }) => [...regionPatterns(statements, facts)]),
  );
  return {
    arns: new ArnChoices(input, regions),
    usual,
    regions,
    everyRegion: complete,
    asksRegion: asks('aws:RequestedRegion'),
    fromNow: requestsFrom(contextValue(usual, 'aws:CurrentTime')).filter(({ test }) => asks(test.key)),
  };
}

/** The context of a normal request in a normal session: with what varies over the sessions, as it usually is. */
function usualIn(
  session: SessionFreedom | undefined,
  facts: RequestContext,
  context: RequestContext,
  lacking: RequestContext,
): RequestContext {
  const varying = Object.entries(facts).filter(([key]) => session?.free.has(key.toLowerCase()));
  const dropped = new Set(session?.lacks);
  if (varying.length === 0 && dropped.size === 0 && Object.keys(lacking).length === 0) return context;
  const kept = Object.entries({ ...context, ...lacking }).filter(([key]) => !dropped.has(key.toLowerCase()));
  return merged(Object.fromEntries(kept), Object.fromEntries(varying));
}

/** What every session carries. */
export function knownFacts(facts: RequestContext, session: SessionFreedom | undefined): RequestContext {
  if (session === undefined || session.free.size === 0) return facts;
  return Object.fromEntries(Object.entries(facts).filter(([key]) => !session.free.has(key.toLowerCase())));
}

/**
 * What requests for actions with the same keys and types can be: tag keys only where Rekognition has them, no keys of
 * services like S3 and KMS.
 */
export function spaceOf(
  { target, actions }: Group,
  { facts, session, baseline, accountId }: Pick<PlanInput, 'facts' | 'session' | 'baseline' | 'accountId'>,
  { usual, arns, regions, fromNow }: Surroundings,
): SearchSpace {
  const [entry] = actions;
  const tagsRequest = entry?.conditionKeys.some((key) => key.startsWith('aws:RequestTag/')) ?? false;
  const namesTags = entry?.conditionKeys.includes('aws:TagKeys') ?? false;
  const taggedResource = target !== '*' && (entry?.resourceTypes.length ?? 0) > 0;
  const ofPrincipal = Object.entries(baseline.context).filter(
    ([key]) =>
      isPrincipalKey(key) &&
      !session?.free.has(key.toLowerCase()) &&
      !session?.lacks.includes(key.toLowerCase()),
  );
  return {
    resource: target === '*' ? '*' : arns.forms(target),
    known: merged(Object.fromEntries(ofPrincipal), knownFacts(facts, session)),
    ...(session && { free: session.free }),
    possible: alsoIn(session?.possible ?? [], fromNow),
    baseline: usual,
    values: {
      'aws:requestedregion': regions,
      // What stands for an account that nobody named is no value of it.
      ...(accountId !== UNKNOWN_ACCOUNT && { 'aws:resourceaccount': [accountId] }),
    },
    isKnown: (key) => {
      if (contextValue(usual, key) !== undefined) return isPrincipalKey(key);
      const lower = key.toLowerCase();
      if (lower.startsWith('aws:requesttag/')) return !tagsRequest;
      if (lower === 'aws:tagkeys') return !namesTags;
      if (lower.startsWith('aws:resourcetag/')) return !taggedResource;
      if (isKeyOfListedService(lower)) return true;
      return isPrincipalKey(key) || (session !== undefined && isSessionKey(key));
    },
  };
}

/** Each of the ways with more that must hold; without ways, that alone. */
function alsoIn(
  ways: readonly (readonly Literal[])[],
  more: readonly Literal[],
): readonly (readonly Literal[])[] {
  if (more.length === 0) return ways;
  return ways.length === 0 ? [more] : ways.map((literals) => [...literals, ...more]);
}
