import {
  type CompiledSet,
  decide,
  type Layer,
  type MatchedStatement,
  type PolicySet,
  type PolicySource,
  type Request,
} from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Principal } from '#lib/account/types.ts';
import { findAction } from '#lib/catalog/actions.ts';
import { anyArnOf, isArnOf } from '#lib/catalog/resource-arn.ts';
import type { Denial } from '#lib/change/denial.ts';
import { observedPolicies } from '#lib/check/policy-sets.ts';
import { permissionSetOf } from '#lib/compare/remedies.ts';
import { regionOf } from '#lib/plan/arns.ts';
import { targetsOf } from '#lib/plan/make-plan.ts';
import type { DenialAnswer, Entry, Refusal } from '#lib/report/denial-answer.ts';
import type { Explanation } from '#lib/report/explain.ts';
import { subjectName } from '#lib/words/labels.ts';
import { changed, type ExplainOptions, explain } from './explain.ts';
import { askerNamed, entryOf, refusalBy, trustSays } from './refused-entry.ts';
import { compiledFor, refusedOnceAllowed, refusedWithout } from './refused-next.ts';

type Changes = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What is known of a refused call beside the principal. */
export interface DenialOptions extends ExplainOptions {
  /** The role of which a session was to begin, where that is what was refused, and it is known. */
  readonly entered?: Principal | undefined;
}

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
  context: Changes,
  options: DenialOptions,
): Promise<{ readonly explanation: Explanation; readonly answer: DenialAnswer }> {
  const changes = { ...denial.context, ...context };
  const action = findAction(denial.action);
  // What AWS names in part, or what was cut, is no resource of the action: the usual one is asked about.
  const resource = isResourceOf(denial) ? denial.resource : undefined;
  const isAbroad = resource !== undefined && arnParts(resource).accountId !== options.accountId;
  // Whoever is of one account needs leave of both to come to what is of another.
  if (isAbroad) return elsewhere(denial, principal, { ...regionIn(resource), ...changes }, options);
  const [own] =
    action === undefined ? [] : await explain({ principal, action, resource, context: changes }, options);
  if (own !== undefined) return { explanation: own, answer: answerOf(denial, principal, own, options) };
  return elsewhere(denial, principal, changes, options);
}

function isResourceOf({ action, resource = '*' }: Denial): boolean {
  const entry = findAction(action);
  if (entry === undefined || /[*?]/.test(resource)) return false;
  return targetsOf(entry).some((target) => target !== '*' && isArnOf(target, resource));
}

/** The Region in which something of another account is come to. */
const regionIn = (arn: string): Changes => ({ 'aws:RequestedRegion': regionOf(arn) });

/** An action of another service, or on something of another account. */
function elsewhere(denial: Denial, principal: Principal, changes: Changes, options: DenialOptions) {
  const { action, resource = '*' } = denial;
  const { expectations, entered } = options;
  const normal = { ...expectations.baseline.context, ...principalContext(principal) };
  const context = changed(normal, changes, () => true);
  const says = (role: Principal) => trustSays(role, askerOf(denial, principal), action, context);
  const entry = entered && entryOf(denial, principal.arn, entered, says);
  const set = compiledFor(action, policiesOf(denial, principal, options));
  const whose = accountOf(entered?.arn ?? resource, action);
  const unknownOf = entered === undefined ? unknownAbroad(denial, principal, whose) : undefined;
  const request: Request = { action, resource, context, ...(unknownOf === undefined && whose) };
  const isLeftToIt = unknownOf !== undefined && decide(set, request).decision === 'allowed';
  const explanation: Explanation = {
    subject: subjectName(principal),
    request,
    set,
    ...(entry?.isRefused && { verdict: refusalBy(entry) }),
    ...(isLeftToIt && { verdict: { decision: 'inconclusive' } }),
    differs: changes,
  };
  const answer = answerOf(denial, principal, explanation, options, entry);
  if (unknownOf === undefined) return { explanation, answer };
  return { explanation, answer: { ...answer, allowedByDocuments: false, unknownOf } };
}

/** The other account whose policy decides as well: neither is it at hand, nor does AWS say that it lacks an Allow. */
function unknownAbroad(
  { action, by }: Denial,
  { arn }: Principal,
  { resourceAccount }: Pick<Request, 'resourceAccount'>,
): string | undefined {
  // Of what Rekognition keeps, a model alone can be shared: of anything else it is known that no policy allows it.
  const hasPolicy = /^(sts:.*|rekognition:CopyProjectVersion)$/i.test(action);
  const isSaid = by?.layer === 'resource' && !by.explicit;
  return hasPolicy && !isSaid && resourceAccount !== arnParts(arn).accountId ? resourceAccount : undefined;
}

/** The session that called, where AWS names one: a trust policy may be about it alone. */
const askerOf = ({ principal: named }: Denial, { arn }: Principal) =>
  askerNamed(named.includes(':assumed-role/') ? named : arn);

/** Whose a role or a resource of Rekognition is; of what is of other services, no policy is known. */
function accountOf(arn: string, action: string): Pick<Request, 'resourceAccount'> {
  const { accountId } = arnParts(arn);
  const isKnown = /^(rekognition|sts):/i.test(action) && /^\d{12}$/.test(accountId);
  return isKnown ? { resourceAccount: accountId } : {};
}

/** What stands in the way by the documents, and what would still do when it is out of the way. */
function answerOf(
  denial: Denial,
  principal: Principal,
  { request, set, expected }: Explanation,
  options: DenialOptions,
  entry?: Entry,
): DenialAnswer {
  const documents = decide(set, request);
  const { by } = denial;
  const { decision, blockedBy } = entry?.isRefused ? refusalBy(entry) : documents;
  const explicit = by?.explicit ?? decision === 'explicitDeny';
  // AWS says that there is a Deny, and not where: only one at hand can be named.
  const isElsewhere = explicit && decision !== 'explicitDeny';
  const layer = by?.layer ?? (isElsewhere ? undefined : blockedBy);
  const statement = { Effect: 'Allow', Action: request.action, Resource: resourceFor(denial, request) };
  const matched = layer === 'resource' && entry !== undefined ? entry.denies : documents.matched;
  const denies = matched.filter((one) => one.statement.effect === 'Deny' && one.layer === layer);
  const allowing: PolicySource = {
    name: 'the statement',
    type: 'inline',
    text: JSON.stringify({ Version: '2012-10-17', Statement: statement }),
  };
  const policies = policiesOf(denial, principal, options);
  const permissionSet = permissionSetOf(principal);
  const known = { layer, explicit, denies, policies, request, allowing };
  return {
    denial,
    subject: subjectName(principal),
    ...(layer && { layer }),
    explicit,
    denies,
    statement,
    allowedByDocuments: decision === 'allowed',
    ...(principal.boundary && { boundary: principal.boundary }),
    ...(permissionSet !== undefined && { permissionSet }),
    ...(entry && { entry }),
    ...(layer !== undefined && nearlyIn(set, layer, request)),
    ...(expected?.decision !== undefined &&
      expected.decision !== 'allowed' && { unexpected: expected.label }),
    next: nextOf(known, entry),
  };
}

/** The Allow statement of a layer that is about the request, and lacks a condition only. */
function nearlyIn(set: CompiledSet, layer: Layer, request: Request): Pick<DenialAnswer, 'nearly'> {
  const { action, resource, context } = request;
  for (const { statements } of set.layers.filter((one) => one.layer === layer))
    for (const { compiled, matched: by, implied } of statements) {
      const isAbout = compiled.matchesAction(action) && compiled.matchesResource(resource, context);
      if (implied || by.statement.effect !== 'Allow' || !isAbout) continue;
      const unmet = compiled.tests.filter((test) => !test.matches(context)).map(({ test }) => test);
      if (unmet.length > 0) return { nearly: { by, unmet } };
    }
  return {};
}

interface Known {
  readonly layer: Layer | undefined;
  readonly explicit: boolean;
  readonly denies: readonly MatchedStatement[];
  readonly policies: PolicySet;
  readonly request: Request;
  readonly allowing: PolicySource;
}

/** What refuses the call next; the trust policy of a role last. */
function nextOf({ layer, explicit, denies, policies, request, allowing }: Known, entry?: Entry): Refusal[] {
  if (layer === undefined && !explicit) return [];
  const denying = layer === 'resource' ? [] : (entry?.denies ?? []);
  const trust = { layer: 'resource', explicit: denying.length > 0, denies: denying } as const;
  const isTrustNext = layer === 'resource' ? explicit && entry?.isRefusedWithout : entry?.isRefused;
  const byTrust = isTrustNext === true ? [trust] : [];
  // Whom a trust policy names needs no Allow of his own within one account.
  const named = entry?.isOwn && layer === 'resource' && (!explicit || isTrustNext);
  if (layer === undefined || (explicit && !named))
    return [...refusedWithout(denies, policies, request, allowing), ...byTrust];
  const { resource: _, ...own } = policies;
  const found = named
    ? refusedOnceAllowed('identity', own, request, allowing)
    : refusedOnceAllowed(layer, policies, request, allowing);
  return [...found, ...byTrust];
}

/** What binds the caller, with the trust policy of the role that he was to enter. */
const policiesOf = (
  { action }: Denial,
  principal: Principal,
  { guardrails, entered }: DenialOptions,
): PolicySet => ({
  ...observedPolicies(principal, guardrails, action.split(':')[0]),
  ...(entered?.trust && { resource: entered.trust }),
});

/** The resource of the statement that is to allow a call: where AWS does not name one of the action, any of its kind. */
function resourceFor(denial: Denial, { resource, action }: Request): string {
  const entry = findAction(action);
  if (entry === undefined || resource === '*' || isResourceOf(denial)) return resource;
  const [, partition = '', , , accountId = ''] = resource.split(':');
  const type = entry.resourceTypes.find(({ name }) => isArnOf(name, resource));
  return type === undefined ? '*' : anyArnOf(type.name, partition, accountId);
}
