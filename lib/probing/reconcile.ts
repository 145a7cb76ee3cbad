import type { Request, RequestContext } from '@permission-check/iam-policy';
import { PROBES } from '#lib/catalog/probes.ts';
import type { Evidence, Observation, ProbedEvidence, Reconciliation } from '#lib/observe/types.ts';
import { contradictionCauses } from './contradiction-causes.ts';
import { isAbsentLive } from './live-context.ts';

export interface ReconcileOptions {
  readonly probed: readonly ProbedEvidence[];
  /** What a live call of that action carried; see probeContext. */
  readonly context: (action: string) => RequestContext;
  /**
   * Asks the other sources (simulation, evaluation) exactly these requests: the probed ARN, in the probe's context.
   * One list for each request, in their order.
   */
  readonly ask: (requests: readonly Request[]) => Promise<readonly (readonly Evidence[])[]>;
  /** Condition keys that bear on the action and of which it is not known what the live call carried. */
  readonly unknownKeys?: (action: string) => readonly string[];
  /** Waits until IAM must have settled; a minute is ample. Called once, and only when something disagrees. */
  readonly pause: () => Promise<void>;
  /** Probes these actions once more. */
  readonly probeAgain: (actions: readonly string[]) => Promise<readonly ProbedEvidence[]>;
}

export interface Reconciled {
  /**
   * Live answers beside the others', request by request. Without a `reconciliation` where no other source could
   * answer; only a `contradiction` is a finding.
   */
  readonly observations: readonly Observation[];
  /** Live calls that said nothing; `reason` says why. */
  readonly unproven: readonly ProbedEvidence[];
}

/**
 * Holds live answers against the other sources', on the ARN that was probed. A grant that is limited to certain names
 * or tags denies the probe's random name in both, and agrees. What disagrees is asked again after a pause, live and
 * otherwise, so that IAM's eventual consistency is not taken for a contradiction; where the second live call says
 * nothing, the dispute is told as unproven.
 */
export async function reconcile(options: ReconcileOptions): Promise<Reconciled> {
  const first = await compare(options, options.probed);
  const disputed = new Set(
    first.observations.flatMap(({ request, reconciliation }) =>
      reconciliation?.kind === 'contradiction' ? [request.action] : [],
    ),
  );
  if (disputed.size === 0) return first;
  await options.pause();
  const second = await compare(options, await options.probeAgain([...disputed]));
  const settled = new Set(second.observations.map(({ request }) => request.action));
  const silent = new Map(second.unproven.map(({ action, reason }) => [action, reason]));
  const unsettled = [...options.probed].filter(({ action }) => disputed.has(action) && !settled.has(action));
  return {
    observations: [
      ...first.observations.filter(({ request }) => !disputed.has(request.action)),
      ...second.observations,
    ],
    unproven: [
      ...first.unproven,
      ...unsettled.map((live) => ({
        ...live,
        decision: 'inconclusive' as const,
        reason:
          `a live call (${live.code ?? live.decision}) and another source disagreed; asked again, the live call gave no answer: ` +
          (silent.get(live.action) ?? 'it was not made'),
      })),
    ],
  };
}

async function compare(
  { context, ask, unknownKeys = () => [] }: ReconcileOptions,
  probed: readonly ProbedEvidence[],
): Promise<Reconciled> {
  const unproven = probed.filter(({ decision }) => decision === 'inconclusive');
  const answered = probed.filter(({ decision }) => decision !== 'inconclusive');
  const requests = answered.flatMap(({ action, probedResources }) =>
    probedResources.map((resource) => ({ action, resource, context: context(action) })),
  );
  const others = requests.length === 0 ? [] : await ask(requests);
  const observations: Observation[] = [];
  let at = 0;
  for (const live of answered) {
    const pairs = live.probedResources.map((_, offset) =>
      pairOf(live, requests[at + offset], others[at + offset]),
    );
    at += live.probedResources.length;
    for (const { request, evidence, other } of judgedOn(live, pairs)) {
      const keys = unknownKeys(live.action);
      const reconciliation = other && verdict(live, other, keys);
      observations.push({ request, evidence, ...(reconciliation && { reconciliation }) });
    }
  }
  return { observations, unproven };
}

interface Pair {
  readonly request: Request;
  /** The others' and the live one. */
  readonly evidence: readonly Evidence[];
  /** The strongest of the others that has an answer. */
  readonly other?: Evidence;
}

function pairOf(
  live: ProbedEvidence,
  request: Request | undefined,
  others: readonly Evidence[] | undefined,
): Pair {
  if (!request || !others) throw new Error(`${live.action} was asked of the other sources and not answered`);
  const conclusive = others.filter(({ kind, decision }) => kind !== 'probed' && decision !== 'inconclusive');
  const other = conclusive.find(({ kind }) => kind === 'simulated') ?? conclusive[0];
  return { request, evidence: [...others, live], ...(other && { other }) };
}

/**
 * The requests that the live answer was about. Permission holds on every ARN of the call. A denial without an ARN in
 * its message may be about any of them: about one that the others deny as well, if there is one.
 */
function judgedOn(live: ProbedEvidence, pairs: readonly Pair[]): readonly Pair[] {
  if (live.decision === 'allowed' || pairs.length === 1) return pairs;
  const denied = pairs.find(({ other }) => other !== undefined && other.decision !== 'allowed');
  return denied ? [denied] : pairs.slice(0, 1);
}

function verdict(live: ProbedEvidence, other: Evidence, unknownKeys: readonly string[]): Reconciliation {
  const liveAllowed = live.decision === 'allowed';
  if (liveAllowed === (other.decision === 'allowed')) return { kind: 'agreed' };
  const missed = [...(other.missingContextKeys ?? []).filter((key) => !isAbsentLive(key)), ...unknownKeys];
  if (missed.length > 0) {
    const keys = [...new Set(missed)].join(', ');
    const reason = `the answer depends on ${keys}, and it is not known what the live call carried there`;
    return { kind: 'not-comparable', reason };
  }
  const probe = PROBES.get(live.action);
  if (probe?.resourcesKnown === false && !live.resourceNamed) {
    const reason = `sources disagree on the ARN that ${live.action} is judged on, and the live answer names none`;
    return { kind: 'not-comparable', reason };
  }
  return { kind: 'contradiction', causes: contradictionCauses(live) };
}
