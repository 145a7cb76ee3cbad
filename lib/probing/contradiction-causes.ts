import type { Layer } from '@permission-check/iam-policy';
import { PROBES } from '#lib/catalog/probes.ts';
import type { ProbedEvidence } from '#lib/observe/types.ts';
import { aLayer } from '#lib/words/layers.ts';

/** Why the policy that a live denial names may be missing from the other answers. */
const notSeen: Readonly<Partial<Record<Layer, string>>> = {
  scp: ': outside the simulation, or with conditions that it does not evaluate',
  rcp: ' and the simulation does not see',
  session: ' and the simulation does not see',
  endpoint: ' and the simulation does not see',
  identity: ': it may have changed since it was read',
};

const PROPAGATION = 'a change that has not reached every part of IAM yet, even at the second asking';

/** Why a live answer differs from the others, likeliest first. What the message names comes before all. */
export function contradictionCauses(live: ProbedEvidence): string[] {
  if (live.decision === 'allowed') {
    return [
      'a condition key that the live call carried and the simulation was not given',
      'an SCP that the simulation evaluates otherwise than IAM does',
      ...(live.action === 'rekognition:CopyProjectVersion' ? ['a project policy of the source project'] : []),
      PROPAGATION,
    ];
  }
  const named = live.namedLayer;
  // A missing feature may be denied in the words of an identity-based policy, but never in those of another one.
  const feature = named === undefined || named === 'identity' ? PROBES.get(live.action)?.feature : undefined;
  return [
    ...(named ? [`${aLayer(named)}, which the live denial names${notSeen[named] ?? ''}`] : []),
    ...(named === 'scp' || named === 'rcp' ? [] : ['an SCP or RCP outside the simulation']),
    ...(named === 'session' ? [] : ['a session policy']),
    ...(named === 'endpoint' ? [] : ['a VPC endpoint policy']),
    PROPAGATION,
    ...(feature && feature !== 'media-analysis' ? ['the Region, which may lack the feature'] : []),
    ...(feature === 'streaming-video' || feature === 'media-analysis'
      ? ['a feature that is closed to this account (closed to new customers since 2026-04-30)']
      : []),
  ];
}
