import type { Layer, MatchedStatement } from '@permission-check/iam-policy';
import { conditionWords } from '#lib/words/conditions.ts';
import { escapeText } from '#lib/words/escape.ts';
import { capitalized, listed, policyLabel, statementLabel, statementPlace } from '#lib/words/labels.ts';
import { aLayer } from '#lib/words/layers.ts';
import type { DenialAnswer, Entry, Refusal } from './denial-answer.ts';
import { wrap } from './wrap.ts';

/** The answer to a refused call: what AWS said, and the smallest change. Ends with a newline. */
export function renderDenial(answer: DenialAnswer): string {
  const lines = denialLines(answer);
  return `${lines.flatMap((line) => wrap(escapeText(line, 900), '', 100)).join('\n')}\n`;
}

/** A sentence each: what AWS refused, in which layer, and the smallest change. */
export function denialLines(answer: DenialAnswer): string[] {
  const { denial, layer, explicit, isStranger, subject } = answer;
  const where =
    layer === undefined
      ? explicit
        ? ' (a Deny)'
        : ''
      : ` (${explicit ? 'a Deny in' : 'no Allow in'} ${aPolicyOf(layer, answer)})`;
  const others =
    denial.others === undefined ? [] : [`It is the first of ${denial.others + 1} refused calls.`];
  return [
    `AWS refused ${denial.action}${isStranger ? ` to ${subject}` : ''}${where}.`,
    ...others,
    ...(isStranger ? strangerLines(answer) : changeLines(answer)),
    ...unknownLines(answer),
    ...(answer.entry?.problem === undefined
      ? []
      : [`Of the trust policy of ${answer.entry.role} not all can be read: ${answer.entry.problem}.`]),
    ...(answer.unexpected === undefined || answer.allowedByDocuments
      ? []
      : [`What is expected of ${subject} (${answer.unexpected}) does not have it: a check would find it.`]),
    ...(isUnexplained(answer)
      ? [
          'The documents at hand allow it: they have changed since, or the request was another than this one (--resource, --context).',
        ]
      : []),
  ];
}

/** Whether the documents at hand allow what they should refuse; sessions' and endpoints' policies are not among them. */
export function isUnexplained(answer: DenialAnswer | undefined): boolean {
  if (answer === undefined || !answer.allowedByDocuments) return false;
  const { layer } = answer;
  return layer !== 'session' && layer !== 'endpoint' && layer !== 'resource';
}

/** Whether neither AWS nor the documents say what would let the call through. */
export function isOpen(answer: DenialAnswer | undefined): boolean {
  if (answer === undefined) return false;
  const isUnknown = answer.unknownOf !== undefined || answer.entry?.problem !== undefined;
  return isUnexplained(answer) || answer.layer === undefined || isUnknown;
}

/** What another account has to allow, where its policy is not known. */
function unknownLines({ denial, layer, explicit, subject, unknownOf }: DenialAnswer): string[] {
  if (unknownOf === undefined) return [];
  const [what, change] = /^sts:/i.test(denial.action)
    ? ["role's trust policy", `let ${subject} in`]
    : ['policy of the source project', `allow it to ${subject}`];
  const rest = layer === undefined && !explicit ? ['Nothing at hand refuses it.'] : [];
  return [...rest, `The ${what} is of account ${unknownOf} and not known here: it has to ${change} as well.`];
}

function changeLines(answer: DenialAnswer): string[] {
  const { layer, explicit } = answer;
  const next = answer.next.map((one) => nextLine(answer, one));
  if (layer === undefined) return explicit ? [nowhereLine, ...next] : [];
  return [...(explicit ? denyLines(answer, layer) : allowLines(answer, layer)), ...next];
}

const nowhereLine =
  'No Deny at hand applies to it: one of the organization (give its policies with --guardrails), of the session, of the VPC endpoint or of the resource does.';

/** What AWS names first, then what applies at hand as well. */
function denyLines({ denies, denial, entry }: DenialAnswer, layer: Layer): string[] {
  const policy = denial.by?.policy;
  const isNamed = (one: MatchedStatement) => one.policy.arn === policy;
  const sorted = [...denies.filter(isNamed), ...denies.filter((one) => !isNamed(one))];
  const unseen = policy === undefined || denies.some(isNamed) ? [] : [`what ${policy} denies`];
  const label = ({ policy: one }: MatchedStatement) =>
    layer === 'resource' && entry !== undefined ? `the trust policy of ${entry.role}` : policyLabel(one);
  const places = [...unseen, ...sorted.map((one) => `${label(one)}, ${statementPlace(one)}`)];
  const [first, ...others] = places;
  if (first === undefined)
    return [
      `No Deny of ${aLayer(layer)} at hand applies to it: ${beyond[layer] ?? 'give the request as it was (--resource, --context)'}.`,
    ];
  const narrow = unseen.length > 0 ? '' : ', or narrow what it denies';
  return [
    `Smallest change: take ${denial.action} out of ${first}${narrow}.`,
    ...others.map((place) => `Then take it out of ${place} as well.`),
  ];
}

const beyond: Partial<Record<Layer, string>> = {
  scp: "give the organization's policies with --guardrails; only its administrators can change them",
  rcp: "give the organization's policies with --guardrails; only its administrators can change them",
  session: 'it was passed when the session began: begin one without it',
  endpoint: "change the endpoint's policy, or call by another way",
  resource:
    'it is on the resource: for CopyProjectVersion the policy of the source project, for sts:AssumeRole the trust policy of the role',
};

function allowLines(answer: DenialAnswer, layer: Layer): string[] {
  const { entry, nearly } = answer;
  const isTrust = layer === 'resource' && entry !== undefined;
  const near = isTrust ? entry.nearly : nearly;
  const words = near && conditionWords(near.unmet);
  const change = isTrust ? trustChange(answer, entry) : changeOf(answer, layer);
  if (near === undefined || words === undefined) return [`Smallest change: ${change}`];
  const which = isTrust
    ? `Statement ${near.by.statement.index} of the trust policy of ${entry.role}`
    : capitalized(statementLabel(near.by));
  return [`${which} allows it, but only ${words}: meet that, or ${change}`];
}

/** What makes a layer allow it. */
function changeOf(answer: DenialAnswer, layer: Layer): string {
  const { statement, subject, boundary } = answer;
  const json = JSON.stringify(statement);
  switch (layer) {
    case 'identity':
      return giving(answer);
    case 'boundary':
      return `add ${json} to ${boundary === undefined ? 'its permissions boundary' : policyLabel(boundary)}; no other policy can allow it.`;
    case 'scp':
      return `let every level of the organization allow ${statement.Action}; only its administrators can.`;
    case 'rcp':
      return `let every level of resource control policies above the resource allow ${statement.Action}; only the organization's administrators can.`;
    case 'session':
      return `let the session policy that is passed when the session begins allow ${statement.Action}, or pass none.`;
    case 'endpoint':
      return `add ${json}, with "Principal": "*", to the policy of the VPC endpoint.`;
    case 'resource':
      return `let ${aPolicyOf(layer, answer).replace(/^a /, 'the ')} on ${statement.Resource} allow ${statement.Action} to ${subject}.`;
  }
}

/** What makes a trust policy let somebody in, and what else that takes. */
function trustChange({ statement, subject }: DenialAnswer, { role, isOwn, ...entry }: Entry): string {
  if (entry.statement === undefined)
    return `name ${subject} in the trust policy of ${role}, with a condition on what its tokens have to say: without one, anyone of the provider comes in.`;
  const beside = isOwn
    ? ' Whom it names needs no policy of his own for it within one account.'
    : ` His own account has to allow it as well: ${JSON.stringify(statement)} for ${subject}.`;
  return `add ${JSON.stringify(entry.statement)} to the trust policy of ${role}.${beside}`;
}

/** To whom a policy has to be given, and which. */
function giving({ statement, subject, permissionSet }: DenialAnswer): string {
  const json = JSON.stringify(statement);
  return permissionSet === undefined
    ? `give ${subject} a policy with ${json}`
    : `add ${json} to the permission set "${permissionSet}" in IAM Identity Center, for ${subject} itself is protected`;
}

function nextLine(answer: DenialAnswer, { layer, explicit, denies = [] }: Refusal): string {
  const { entry } = answer;
  const isTrust = layer === 'resource' && entry !== undefined;
  const where = isTrust ? `the trust policy of ${entry.role}` : aLayer(layer);
  if (explicit) {
    const places = denies.map((one) =>
      isTrust ? statementPlace(one) : `${policyLabel(one.policy)}, ${statementPlace(one)}`,
    );
    const which = places.length === 0 ? 'that' : listed(places);
    return `Then a Deny in ${where} refuses it: ${which} must not apply any more.`;
  }
  if (isTrust) return `Then ${where} does not let it in. ${allowLines(answer, layer).join(' ')}`;
  return layer === 'identity'
    ? `Then no identity-based policy allows it: ${giving(answer)} as well.`
    : `Then ${where} refuses it: that must allow it as well.`;
}

/** What refuses, by the name that people know it by. */
function aPolicyOf(layer: Layer, { denial, entry }: DenialAnswer): string {
  if (layer !== 'resource' || !/^sts:/i.test(denial.action)) return aLayer(layer);
  return entry === undefined ? "the role's trust policy" : `the trust policy of ${entry.role}`;
}

/** What whoever has no policies in the account can do about it. */
function strangerLines(answer: DenialAnswer): string[] {
  const { denial, subject, layer, explicit, entry, denies } = answer;
  if (subject === 'anonymous' && /^rekognition:/i.test(denial.action))
    return [
      'The call was not signed. Rekognition takes no such call: sign it, with credentials of a user or a role; a guest of an application gets them of a Cognito identity pool.',
    ];
  if (layer === 'resource' && entry !== undefined)
    return explicit && denies.length > 0 ? denyLines(answer, layer) : allowLines(answer, layer);
  if (/:root$/.test(subject) && (layer === undefined || layer === 'identity'))
    return [
      "No policy of the account binds its root user: an SCP does (give the organization's policies with --guardrails), or the policy of a VPC endpoint or of the resource.",
    ];
  if (/:federated-user\//.test(subject) && !explicit && (layer === 'identity' || layer === 'session'))
    return [
      `A session of GetFederationToken can do what both allow, the policies of the user who began it and the session policy that he passed: both need ${JSON.stringify(answer.statement)}`,
    ];
  return layer === undefined
    ? [
        `What ${subject} can do is not among the account's policies: its own account, or the service, decides.`,
      ]
    : changeLines(answer);
}
