import type { Layer, MatchedStatement, PolicySource } from '@permission-check/iam-policy';
import type { Denial } from '#lib/change/denial.ts';
import { escapeText } from '#lib/words/escape.ts';
import { policyLabel, statementPlace } from '#lib/words/labels.ts';
import { aLayer, layerName } from '#lib/words/layers.ts';
import { wrap } from './wrap.ts';

/** What stood in the way of a call that AWS refused, and what would let it through. */
export interface DenialAnswer {
  readonly denial: Denial;
  /** `role/analyst` */
  readonly subject: string;
  /** As AWS says; where it does not, as the account's documents do. Absent: neither does. */
  readonly layer?: Layer;
  /** A Deny, or no Allow. */
  readonly explicit: boolean;
  /** The Deny statements of that layer that apply. */
  readonly denies: readonly MatchedStatement[];
  /** The statement that would allow it. */
  readonly statement: Readonly<Record<'Effect' | 'Action' | 'Resource', string>>;
  /** The documents at hand let the call through. */
  readonly allowedByDocuments: boolean;
  readonly boundary?: PolicySource;
  /** What would refuse it, one after another, once that layer allows it. */
  readonly then: readonly Refusal[];
}

/** A layer that refuses a call. */
export interface Refusal {
  readonly layer: Layer;
  /** By a Deny, and not for want of an Allow. */
  readonly explicit: boolean;
}

/** The answer to a refused call: what AWS said, and the smallest change. Ends with a newline. */
export function renderDenial(answer: DenialAnswer): string {
  const lines = denialLines(answer);
  return `${lines.flatMap((line) => wrap(escapeText(line, 900), '', 100)).join('\n')}\n`;
}

/** A sentence each: what AWS refused, in which layer, and the smallest change. */
export function denialLines(answer: DenialAnswer): string[] {
  const { denial, layer, explicit } = answer;
  const where = layer === undefined ? '' : ` (${explicit ? 'a Deny in' : 'no Allow in'} ${aLayer(layer)})`;
  const lines = [`AWS refused ${denial.action}${where}.`, ...changeLines(answer)];
  if (isUnexplained(answer))
    lines.push(
      'The documents at hand allow it: they have changed since, or the request was another than this one (--resource, --context).',
    );
  return lines;
}

/** Whether the documents at hand allow what they should refuse; sessions' and endpoints' policies are not among them. */
export function isUnexplained(answer: DenialAnswer | undefined): boolean {
  if (answer === undefined || !answer.allowedByDocuments) return false;
  const { layer } = answer;
  return layer !== 'session' && layer !== 'endpoint' && layer !== 'resource';
}

function changeLines(answer: DenialAnswer): string[] {
  const { layer, explicit, denies, denial } = answer;
  if (layer === undefined) return [];
  if (!explicit) return [...allowLines(answer, layer), ...answer.then.map((next) => thenLine(answer, next))];
  if (denies.length > 0)
    return denies.map(
      (one) =>
        `Smallest change: take ${denial.action} out of ${policyLabel(one.policy)}, ${statementPlace(one)}, or narrow what it denies.`,
    );
  const policy = denial.by?.policy;
  return [
    policy === undefined
      ? `No Deny of ${aLayer(layer)} at hand applies to it: ${beyond[layer] ?? 'give the request as it was (--resource, --context)'}.`
      : `Smallest change: take ${denial.action} out of what ${policy} denies.`,
  ];
}

const beyond: Partial<Record<Layer, string>> = {
  scp: "give the organization's policies with --guardrails; only its administrators can change them",
  rcp: "give the organization's policies with --guardrails; only its administrators can change them",
  session: 'it was passed when the session began: begin one without it',
  endpoint: "change the endpoint's policy, or call by another way",
  resource: 'it is on the resource: for CopyProjectVersion the policy of the source project',
};

function allowLines({ statement, subject, boundary }: DenialAnswer, layer: Layer): string[] {
  const json = JSON.stringify(statement);
  switch (layer) {
    case 'identity':
      return [`Smallest change: give ${subject} a policy with ${json}`];
    case 'boundary':
      return [
        `Smallest change: add ${json} to ${boundary === undefined ? 'its permissions boundary' : policyLabel(boundary)}; no other policy can allow it.`,
      ];
    case 'scp':
      return [
        `Smallest change: let every level of the organization allow ${statement.Action}; only its administrators can.`,
      ];
    case 'session':
      return [
        `Smallest change: let the session policy that is passed when the session begins allow ${statement.Action}, or pass none.`,
      ];
    case 'endpoint':
      return [`Smallest change: add ${json}, with "Principal": "*", to the policy of the VPC endpoint.`];
    default:
      return [
        `Smallest change: let the ${layerName(layer)} on ${statement.Resource} allow ${statement.Action} to ${subject}.`,
      ];
  }
}

function thenLine({ statement, subject }: DenialAnswer, { layer, explicit }: Refusal): string {
  if (explicit) return `Then a Deny in ${aLayer(layer)} refuses it: that must not apply any more.`;
  return layer === 'identity'
    ? `Then no identity-based policy allows it: give ${subject} a policy with ${JSON.stringify(statement)} as well.`
    : `Then ${aLayer(layer)} refuses it: that must allow it as well.`;
}
