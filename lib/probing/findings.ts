import { actions } from '#lib/catalog/actions.ts';
import { type Comparison, comparePrincipal } from '#lib/compare/compare.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Observation } from '#lib/observe/types.ts';
import { listed } from '#lib/words/labels.ts';
import { aLayer } from '#lib/words/layers.ts';

/**
 * What live calls add to what the check of the policies finds: contradictions, and access that only a live call shows
 * and nobody expects. What a live denial makes `missing` is told by its contradiction; everything on which the sources
 * agree is told by the check of the principal.
 */
export function probeFindings(comparison: Omit<Comparison, 'gaps' | 'actions'>): Finding[] {
  const observations = comparison.observations.filter(
    ({ reconciliation }) => reconciliation?.kind === 'contradiction',
  );
  if (observations.length === 0) return [];
  return comparePrincipal({ ...comparison, observations, gaps: [], actions })
    .filter(({ kind }) => kind === 'contradiction' || kind === 'excess' || kind === 'unguarded')
    .map((finding) => withProbe(finding, causesOf(finding, observations)));
}

/** Why its first action is disputed, likeliest first. */
function causesOf({ actions: [first] }: Finding, observations: readonly Observation[]): readonly string[] {
  const found = observations.find(({ request }) => request.action === first?.action)?.reconciliation;
  return found?.kind === 'contradiction' ? found.causes : [];
}

/** Says what was probed and what the denial named. The names are random and differ in every run. */
function withProbe(finding: Finding, causes: readonly string[]): Finding {
  const live = finding.actions.flatMap(({ evidence }) => evidence.filter(({ kind }) => kind === 'probed'));
  // Names that break the API model are as long as they are wrong.
  const resources = [
    ...new Set(
      live.flatMap(({ probedResources = [] }) => probedResources.map((arn) => arn.replace(/!{9,}/, '!!!…'))),
    ),
  ].sort();
  const layers = [...new Set(live.flatMap(({ namedLayer }) => namedLayer ?? []))];
  const one = live.find(({ requestId }) => requestId !== undefined);
  const probed = `Probed on ${listed(resources, 3)}.`;
  const named = layers.length === 0 ? '' : ` The denial names ${listed(layers.map(aLayer))}.`;
  const remedies =
    finding.kind === 'contradiction'
      ? [
          'It was asked again after a pause, and is still so. Look at these in turn:',
          ...causes.map((cause, index) => `${index + 1}. ${cause}`),
          ...(one?.requestId === undefined
            ? []
            : [`In CloudTrail one of the calls is request ${one.requestId}.`]),
        ]
      : finding.remedies;
  return { ...finding, summary: `${finding.summary} ${probed}${named}`, remedies };
}

/** A role that was to be probed, and could not be. */
export function notProbedFinding(
  accountId: string,
  role: { readonly subject: string; readonly arn: string; readonly expected?: string },
  reason: string,
): Finding {
  const { subject, arn, expected } = role;
  return {
    id: findingId(accountId, arn, 'inconclusive', ['not probed']),
    kind: 'inconclusive',
    severity: 'low',
    subject,
    principalArn: arn,
    actions: [],
    ...(expected === undefined ? {} : { expected }),
    by: [],
    summary: `${subject} could not be probed live: ${reason.replace(/^not probed: /, '')}.`,
    remedies: [
      "Let the role trust the probe function's role with its external id (the stack's outputs name both), or take it out of the roles to probe.",
    ],
  };
}
