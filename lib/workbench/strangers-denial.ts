import {
  type Decision,
  decide,
  type PolicySource,
  type Request,
  type RequestContext,
} from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { Denial } from '#lib/change/denial.ts';
import type { DenialAnswer, Entry, Refusal } from '#lib/report/denial-answer.ts';
import type { DenialOptions } from './explain-denial.ts';
import { askerNamed, entryOf, refusalBy, trustSays } from './refused-entry.ts';
import { compiledFor } from './refused-next.ts';

type Options = Pick<DenialOptions, 'guardrails' | 'entered' | 'accountId'>;

/**
 * Answers for somebody of whom the account has no policies: the root user, a service, somebody of another account, whoever
 * does not sign. What the organization puts above the account is known of the first.
 */
export function strangersDenial(denial: Denial, options: Options): DenialAnswer {
  const { principal: caller, action, resource = '*', by } = denial;
  const context: RequestContext = {
    ...(caller.startsWith('arn:') && { 'aws:PrincipalArn': caller }),
    'aws:PrincipalAccount': caller.split(':')[4] ?? '',
    ...defined(denial.context),
  };
  const says = (role: Principal) => trustSays(role, askerNamed(caller), action, context);
  const entry = options.entered && entryOf(denial, caller, options.entered, says);
  const isByTrust = entry?.isRefused === true && by?.layer === undefined;
  const above = aboveAccount(caller, options, { action, resource, context });
  const { decision, blockedBy } = isByTrust ? refusalBy(entry) : above;
  const layer = by?.layer ?? blockedBy;
  const matched = layer === 'resource' ? (entry?.denies ?? []) : above.matched;
  return {
    denial,
    subject: caller,
    isStranger: true,
    ...(layer && { layer }),
    explicit: by?.explicit ?? decision === 'explicitDeny',
    denies: matched.filter((one) => one.statement.effect === 'Deny' && one.layer === layer),
    statement: { Effect: 'Allow', Action: action, Resource: resource },
    allowedByDocuments: false,
    ...(entry && { entry }),
    next: layer !== 'resource' && entry?.isRefused ? [byTrust(entry)] : [],
  };
}

const byTrust = ({ denies }: Entry): Refusal => ({ layer: 'resource', explicit: denies.length > 0, denies });

/** What the organization says of somebody of the account, where that is known. */
function aboveAccount(caller: string, { guardrails, accountId }: Options, request: Request): Decision {
  const isBound = caller.split(':')[4] === accountId && guardrails?.managementAccount !== accountId;
  const scps = isBound ? guardrails?.scps : undefined;
  return decide(compiledFor(request.action, { identity: [everything], ...(scps && { scps }) }), request);
}

const defined = (context: Denial['context']): RequestContext =>
  Object.fromEntries(
    Object.entries(context).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );

const everything: PolicySource = {
  name: 'what its own account lets it do',
  type: 'inline',
  text: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
};
