import {
  decide,
  type Layer,
  PolicyCompiler,
  type PolicySet,
  type PolicySource,
  type Request,
} from '@permission-check/iam-policy';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import { findAction } from '#lib/catalog/actions.ts';
import type { Denial } from '#lib/change/denial.ts';
import { observedPolicies } from '#lib/check/policy-sets.ts';
import type { DenialAnswer, Refusal } from '#lib/report/denial.ts';
import type { Explanation } from '#lib/report/explain.ts';
import { subjectName } from '#lib/words/labels.ts';
import { changed, type ExplainOptions, explain } from './explain.ts';

/**
 * Explains a call that AWS refused: what the account's documents say of it, layer by layer, and the smallest change
 * that would let it through.
 *
 * @param context what differs from the team's normal request, beyond what the denial tells
 * @throws as `explain`
 */
export async function explainDenial(
  denial: Denial,
  principal: Principal,
  context: Readonly<Record<string, string | readonly string[] | undefined>>,
  options: ExplainOptions,
): Promise<{ readonly explanation: Explanation; readonly answer: DenialAnswer }> {
  const changes = { ...denial.context, ...context };
  const action = findAction(denial.action);
  const resource = /[*?]/.test(denial.resource ?? '*') ? undefined : denial.resource;
  const [own] =
    action === undefined ? [] : await explain({ principal, action, resource, context: changes }, options);
  const explanation = own ?? elsewhere(denial, principal, changes, options);
  const { guardrails } = options;
  return { explanation, answer: answerOf(denial, principal, explanation, guardrails) };
}

/** The layers that decide about an action of another service. */
function elsewhere(
  { action, resource = '*' }: Denial,
  principal: Principal,
  changes: Readonly<Record<string, string | readonly string[] | undefined>>,
  { guardrails, expectations }: ExplainOptions,
): Explanation {
  const normal = { ...expectations.baseline.context, ...principalContext(principal) };
  return {
    subject: subjectName(principal),
    request: { action, resource, context: changed(normal, changes, () => true) },
    set: compiled(action, policiesFor(action, principal, guardrails)),
    differs: changes,
  };
}

function policiesFor(action: string, principal: Principal, guardrails: Guardrails | undefined): PolicySet {
  return observedPolicies(principal, guardrails, action.split(':')[0]);
}

const compiled = (action: string, set: PolicySet) =>
  new PolicyCompiler([action], { unreadable: 'keep' }).compileSet(set);

/** What stands in the way by the documents, and what would still do when it is out of the way. */
function answerOf(
  denial: Denial,
  principal: Principal,
  { request, set }: Explanation,
  guardrails: Guardrails | undefined,
): DenialAnswer {
  const { decision, blockedBy, matched } = decide(set, request);
  const layer = denial.by?.layer ?? blockedBy;
  const explicit = denial.by?.explicit ?? decision === 'explicitDeny';
  const statement = { Effect: 'Allow', Action: request.action, Resource: request.resource };
  const denies = matched.filter((one) => one.statement.effect === 'Deny' && one.layer === layer);
  const allowing: PolicySource = {
    name: 'the statement',
    type: 'inline',
    text: JSON.stringify({ Version: '2012-10-17', Statement: statement }),
  };
  const policies = policiesFor(request.action, principal, guardrails);
  const then = layer === undefined || explicit ? [] : refusedNext(layer, policies, request, allowing);
  return {
    denial,
    subject: subjectName(principal),
    ...(layer && { layer }),
    explicit,
    denies,
    statement,
    allowedByDocuments: decision === 'allowed',
    ...(principal.boundary && { boundary: principal.boundary }),
    then,
  };
}

/** What would refuse a request, one after another, once a layer allows it that has no Allow of it. */
function refusedNext(
  first: Layer,
  policies: PolicySet,
  request: Request,
  allowing: PolicySource,
): readonly Refusal[] {
  const found: Refusal[] = [];
  const seen = new Set<Layer>();
  let mended = policies;
  for (let layer: Layer | undefined = first; layer !== undefined && !seen.has(layer); ) {
    seen.add(layer);
    mended = allowingIn(layer, mended, allowing);
    const { decision, blockedBy } = decide(compiled(request.action, mended), request);
    const explicit = decision === 'explicitDeny';
    if (blockedBy !== undefined && (explicit || !seen.has(blockedBy)))
      found.push({ layer: blockedBy, explicit });
    layer = explicit ? undefined : blockedBy;
  }
  return found;
}

/** Policies in which a layer allows a request. What is on a session or a resource is not among an account's documents. */
function allowingIn(layer: Layer, policies: PolicySet, allowing: PolicySource): PolicySet {
  const { scps, endpoints, ...others } = policies;
  switch (layer) {
    case 'identity':
      return { ...policies, identity: [...policies.identity, allowing] };
    case 'boundary':
      return { ...policies, boundary: allowing };
    case 'scp':
      return { ...others, ...(endpoints && { endpoints }) };
    case 'endpoint':
      return { ...others, ...(scps && { scps }) };
    default:
      return policies;
  }
}
