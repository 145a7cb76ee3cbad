import type { DecisionKind, Layer } from '@permission-check/iam-policy';
import type { CatalogAction } from '#lib/catalog/types.ts';
import type { Evidence, EvidenceKind, Observation } from '#lib/observe/types.ts';
import { aLayer } from '#lib/words/layers.ts';
import { resourceKind } from '#lib/words/scopes.ts';

/** Sources that answer the same request differently, and why that may be, likeliest first. */
export interface Disagreement {
  /** The one that is believed. */
  readonly stronger: Evidence;
  /** The others, which all say the opposite. */
  readonly weaker: readonly [Evidence, ...Evidence[]];
  readonly causes: readonly string[];
}

/** What is taken for true of one request. */
export interface Verdict {
  readonly decision: DecisionKind | 'inconclusive';
  /** The source that decided. */
  readonly source?: EvidenceKind;
  readonly blockedBy?: Layer;
  /** A source that was asked and has no answer, though it should: told even where another source answered. */
  readonly unanswered?: string;
  readonly disagreement?: Disagreement;
}

/** Strongest first: a live call is the truth, AWS's simulation knows more than the documents at hand. */
const strength: readonly EvidenceKind[] = ['probed', 'simulated', 'evaluated'];

const conclusive = (evidence: Evidence): boolean => evidence.decision !== 'inconclusive';
const allowed = (evidence: Evidence): boolean => evidence.decision === 'allowed';

/** Layers that IAM's simulation does not evaluate (IAM User Guide, "Testing IAM policies"). */
const unseenBySimulation: readonly Layer[] = ['rcp', 'session', 'endpoint'];

function layerOf(evidence: Evidence): Layer | undefined {
  if (evidence.allowedByOrganizations === false) return 'scp';
  if (evidence.allowedByBoundary === false) return 'boundary';
  return evidence.blockedBy;
}

/**
 * A difference with a known reason is no contradiction: the simulation was stopped by an SCP or a boundary, the
 * documents hold a layer that simulation is blind to, or some of the documents could not be read.
 */
function explained(stronger: Evidence, weaker: Evidence, partial: boolean): boolean {
  if (weaker.kind === 'evaluated' && partial) return true;
  if (stronger.kind !== 'simulated') return false;
  if (!allowed(stronger)) {
    return stronger.allowedByOrganizations === false || stronger.allowedByBoundary === false;
  }
  return weaker.blockedBy !== undefined && unseenBySimulation.includes(weaker.blockedBy);
}

/** What makes a layer that a live denial names the cause of a difference. */
const notSeen: Readonly<Partial<Record<Layer, string>>> = {
  identity: ' that is not among those read',
  scp: ' of the organization that the other answer does not see',
  rcp: ' of the organization',
};

function causes(stronger: Evidence, weaker: Evidence): string[] {
  if (stronger.kind === 'probed') {
    const layer = stronger.namedLayer ?? stronger.blockedBy;
    const named = layer === undefined ? [] : [`${aLayer(layer)}${notSeen[layer] ?? ''}`];
    const usual = allowed(stronger)
      ? ['a policy changed a moment ago and IAM is eventually consistent', 'a resource-based policy']
      : [
          'an SCP or RCP outside the simulation',
          'a session policy',
          'a VPC endpoint policy',
          'a policy changed a moment ago and IAM is eventually consistent',
          'the feature is not offered in this Region or is closed to this account',
        ];
    return [...new Set([...named, ...usual])];
  }
  const asked = stronger.missingContextKeys ?? [];
  return [
    ...(asked.length > 0 && !allowed(stronger) ? [`the simulation was not given ${asked.join(', ')}`] : []),
    ...(weaker.blockedBy === 'scp' ? ['the SCPs at hand are not those that bind the account'] : []),
    'a policy changed between the two reads',
    'IAM is eventually consistent: the simulation may not see the latest change yet',
    'something that the policy documents do not show',
  ];
}

/**
 * The simulator judges an action without a resource type on `*` only, although live AWS judges CreateCollection
 * and CreateProject on an ARN: its silence there is expected.
 */
function beyondSimulation(observation: Observation, entry: CatalogAction | undefined): boolean {
  return (
    entry !== undefined &&
    entry.resourceTypes.length === 0 &&
    entry.alsoJudgedOn.length > 0 &&
    resourceKind(observation.request.resource) !== undefined
  );
}

/**
 * What is taken for true of a request: the strongest source with an answer. Probed evidence belongs into the
 * observation of the request that was really made, with the ARN and context of the call.
 *
 * @param partial some policies of the principal could not be read, so evaluation may be wrong
 */
export function verdictOf(
  observation: Observation,
  entry: CatalogAction | undefined,
  partial: boolean,
): Verdict {
  const { evidence, reconciliation } = observation;
  // A live call that was judged on another resource or context says nothing about this request.
  const comparable = evidence.filter(
    ({ kind }) => kind !== 'probed' || reconciliation?.kind !== 'not-comparable',
  );
  const ordered = comparable.sort((a, b) => strength.indexOf(a.kind) - strength.indexOf(b.kind));
  const answers = ordered.filter(conclusive);
  // Many probes can only ever prove a denial: their silence matters only where nobody else spoke.
  const silent = ordered.find(
    (one) =>
      !conclusive(one) &&
      !(one.kind === 'simulated' && beyondSimulation(observation, entry)) &&
      (one.kind !== 'probed' || answers.length === 0),
  );
  const unanswered = silent ? { unanswered: silent.reason ?? `${silent.kind} evidence gave no answer` } : {};

  const [first, ...others] = answers;
  if (first === undefined) {
    return { decision: 'inconclusive', unanswered: 'no source answered', ...unanswered };
  }
  const differing = others.filter((other) => allowed(other) !== allowed(first));
  // A denial by a layer that only the documents show holds against a simulation that cannot see the layer.
  const seen = differing.find((other) => allowed(first) && explained(first, other, false));
  const decisive = seen ?? first;
  const blockedBy = allowed(decisive) ? undefined : layerOf(decisive);
  const agreeing = answers.filter((one) => !differing.includes(one));
  const [weaker, ...more] = differing.filter(
    (other) => !agreeing.some((one) => explained(one, other, partial)),
  );
  return {
    decision: decisive.decision,
    source: decisive.kind,
    ...(blockedBy === undefined ? {} : { blockedBy }),
    ...unanswered,
    ...(weaker === undefined
      ? {}
      : {
          disagreement: {
            stronger: first,
            weaker: [weaker, ...more],
            causes:
              reconciliation?.kind === 'contradiction' && first.kind === 'probed'
                ? reconciliation.causes
                : causes(first, weaker),
          },
        }),
  };
}
