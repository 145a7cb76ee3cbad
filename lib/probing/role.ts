import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, RequestContext } from '@permission-check/iam-policy';
import { type CompiledSet, PolicyCompiler, PolicyError } from '@permission-check/iam-policy';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import { actions, actionTable } from '#lib/catalog/actions.ts';
import type { ProbeNonce } from '#lib/catalog/probe-names.ts';
import { PROBES } from '#lib/catalog/probes.ts';
import type { Simulate } from '#lib/check/check-options.ts';
import { expectedPolicies, observedPolicies } from '#lib/check/policy-sets.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Expectations } from '#lib/expectation/expectations.ts';
import { evaluateRequests } from '#lib/observe/evaluate.ts';
import type { Evidence, ProbedEvidence, RoleProbe } from '#lib/observe/types.ts';
import { groupCalls } from '#lib/plan/group.ts';
import { factsThatMatter, readsOf } from '#lib/plan/relevant-facts.ts';
import { subjectName } from '#lib/words/labels.ts';
import type { Calibration } from './calibration.ts';
import type { ProbeClients } from './calls.ts';
import { probeFindings } from './findings.ts';
import { probeContext, unknownKeys } from './live-context.ts';
import { type ProbeIdentity, probePrincipal } from './principal.ts';
import { reconcile } from './reconcile.ts';
import type { ProbePace } from './run.ts';
import {
  openProbeSession,
  PROBE_SESSION_NAME,
  type ProbeClientFactory,
  type ProbeSessionOptions,
} from './session.ts';

/** What all roles of a run share. */
export interface RoleProbeSteps {
  readonly accountId: string;
  /** Where the calls go. */
  readonly region: string;
  /** Signs as the checker itself. */
  readonly sts: ProbeSessionOptions['sts'];
  readonly clients: ProbeClientFactory;
  readonly externalId?: string | undefined;
  /** For the role that the checker itself runs as, which need not be assumed: clients that sign as it does. */
  readonly own?: (
    roleArn: string,
  ) => Promise<{ readonly clients: ProbeClients; readonly identity: ProbeIdentity } | undefined>;
  readonly simulate: Simulate;
  readonly expectations: Expectations;
  readonly guardrails?: Guardrails | undefined;
  readonly calibration?: Calibration | undefined;
  readonly pace: ProbePace;
  readonly nonce?: () => ProbeNonce;
  /** Seconds after which what disagrees is asked again; IAM settles within a minute. */
  readonly recheckSeconds: number;
  readonly now: () => Date;
  /** Lets one role at a time call Rekognition, so that the pace holds for all. */
  readonly turn: <T>(act: () => Promise<T>) => Promise<T>;
  /** Says that probing must stop: an alarm. */
  readonly signal: AbortSignal;
  /** Whether there is time to ask one more role: for the first time, or what is disputed again. */
  readonly hasTime: (asking: Asking) => boolean;
}

export type Asking = 'first' | 'again';

export interface ProbedRole extends RoleProbe {
  readonly findings: readonly Finding[];
}

/**
 * Probes one role live, and holds every answer against IAM's simulation and the policy documents, asked for exactly
 * the probed ARNs in the context of the calls.
 *
 * @throws ProbeAlarm when a call that was meant to fail succeeded; AccessError and PrincipalGoneError as simulation does.
 */
export async function probeRole(principal: Principal, steps: RoleProbeSteps): Promise<ProbedRole> {
  const { accountId, expectations, recheckSeconds, signal, now } = steps;
  const role = { subject: subjectName(principal), arn: principal.arn };
  const asked = await steps.turn(() => askLive(principal, [...PROBES.keys()], 'first', steps));
  if ('notProbed' in asked) return { ...role, ...asked, answers: [], findings: [] };

  const compiler = new PolicyCompiler(actionTable);
  const expectation = expectations.expectationFor(principal);
  const observedSet = readable(() => compiler.compileSet(observedPolicies(principal, steps.guardrails)));
  const contextOf = liveContext(principal, observedSet, { ...steps, own: asked.own });
  const { observations, unproven } = await reconcile({
    probed: asked.answers,
    context: contextOf,
    unknownKeys: (action) =>
      observedSet === undefined
        ? []
        : unknownKeys(
            readsOf(
              observedSet,
              actions.filter((one) => one.action === action),
            ).keys,
            contextOf(action),
          ),
    ask: (requests) => askOthers(principal, observedSet, requests, steps),
    pause: () => sleep(recheckSeconds * 1000, undefined, { signal }).catch(ifAborted(signal)),
    probeAgain: async (again) => {
      const second = await steps.turn(() => askLive(principal, again, 'again', steps));
      return 'notProbed' in second ? [] : second.answers;
    },
  });

  const today = now().toISOString().slice(0, 10);
  const live = observations.flatMap(({ evidence }) => evidence.filter(isProbed));
  const answers = new Map([...live, ...unproven].map((answer) => [answer.action, answer]));
  return {
    ...role,
    answers: asked.answers.map((first) => answers.get(first.action) ?? first),
    findings: probeFindings({
      accountId,
      principal,
      expectation,
      expectedSet:
        expectation.kind === 'sets' ? compiler.compileSet(expectedPolicies(expectation)) : undefined,
      observedSet,
      observations,
      suppressionOf: (action) => expectations.suppressionFor(principal, action, today),
    }),
  };
}

/** Calls Rekognition as the role, in a fresh session. */
async function askLive(
  principal: Principal,
  wanted: readonly string[],
  asking: Asking,
  steps: RoleProbeSteps,
): Promise<
  { readonly answers: readonly ProbedEvidence[]; readonly own: boolean } | { readonly notProbed: string }
> {
  const { sts, region, externalId, calibration, nonce, pace, signal } = steps;
  if (signal.aborted) return { notProbed: 'not probed: an alarm has stopped all probing' };
  if (!steps.hasTime(asking)) return { notProbed: 'not probed: there was no time left for it' };
  const own = await steps.own?.(principal.arn);
  const session =
    own ??
    (await openProbeSession({
      sts,
      principal,
      region,
      signal,
      ...(externalId === undefined ? {} : { externalId }),
    }));
  if ('reason' in session) return { notProbed: session.reason };
  const evidence = await probePrincipal({
    clients: 'clients' in session ? session.clients : steps.clients(session.credentials, region),
    identity: session.identity,
    actions: wanted,
    pace,
    signal,
    ...(nonce === undefined ? {} : { nonce }),
    ...(calibration === undefined ? {} : { calibration }),
  });
  return { answers: [...evidence.values()], own: own !== undefined };
}

/**
 * What IAM and the documents say of the same requests. Where the simulator does not judge a request, the documents
 * count only with a denial: what they allow, an SCP that is not among them may well deny.
 */
async function askOthers(
  principal: Principal,
  observedSet: CompiledSet | undefined,
  requests: readonly Request[],
  { simulate }: RoleProbeSteps,
): Promise<Evidence[][]> {
  const evaluated = observedSet && evaluateRequests(observedSet, requests);
  const simulated = await simulate(principal.arn, requests, groupCalls(requests));
  return requests.map((_, index) => {
    const theirs = simulated[index];
    const ours = evaluated?.[index];
    const silent = theirs === undefined || theirs.decision === 'inconclusive';
    const usable = ours !== undefined && !(silent && ours.decision === 'allowed');
    return [...(theirs === undefined ? [] : [theirs]), ...(usable ? [ours] : [])];
  });
}

/**
 * The context of a live call of each action. Of the checker's own session it is not known whether it has MFA, nor when
 * and under which name it began.
 */
function liveContext(
  principal: Principal,
  observedSet: CompiledSet | undefined,
  { region, now, own }: Pick<RoleProbeSteps, 'region' | 'now'> & { readonly own: boolean },
): (action: string) => RequestContext {
  const { 'aws:userid': _, ...known } = principalContext(principal);
  const facts = own ? known : { ...known, 'aws:userid': `${principal.id}:${PROBE_SESSION_NAME}` };
  const time = now();
  const relevant = observedSet === undefined ? facts : factsThatMatter([observedSet], actions, facts);
  return (action) => {
    const { 'aws:MultiFactorAuthPresent': mfa, ...call } = probeContext(action, { region, time });
    const session = {
      'aws:TokenIssueTime': time.toISOString(),
      ...(mfa === undefined ? {} : { 'aws:MultiFactorAuthPresent': mfa }),
    };
    return { ...relevant, ...call, ...(own ? {} : session) };
  };
}

const isProbed = (evidence: Evidence): evidence is ProbedEvidence => evidence.kind === 'probed';

function readable(compile: () => CompiledSet): CompiledSet | undefined {
  try {
    return compile();
  } catch (error) {
    // A malformed policy is told by the check of the principal; the simulation alone is asked here.
    if (error instanceof PolicyError) return undefined;
    throw error;
  }
}

const ifAborted = (signal: AbortSignal) => (error: unknown) => {
  if (!signal.aborted) throw error;
};
