/**
 * Who can become a role, from its trust policy. A way in is what the trust policy decides about somebody who asks STS;
 * who an outsider is, is tried out with one: an account, a repository, a pool that nobody named.
 *
 * Source: IAM User Guide, "AWS JSON policy elements: Principal", "Secure by default: OIDC providers"; Amazon Cognito
 * Developer Guide, "IAM roles"; Amazon EKS User Guide, "Pod Identity"; IAM Roles Anywhere User Guide, "Trust model".
 */
import type { Literal } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Admissions, Caller } from './admission.ts';
import { anyonesWays } from './anyones-ways.ts';
import type { Asker } from './asker.ts';
import { Pools } from './pools.ts';
import { federatedWays, letsInIdentity } from './provider-ways.ts';
import { strangerTo } from './strangers.ts';
import { type Trust, trustOf, trustProblem } from './trust.ts';
import { type Asked, isKey, may, principalOf, type WayIn, type WayKind, way, wayKinds } from './way-in.ts';

/** The ways into a role from outside its account, and from services; widest first. */
export function waysIn(role: Principal, admissions: Admissions, pools = new Pools()): readonly WayIn[] {
  const trust = trustOf(role);
  const problem = trustProblem(role);
  const unknown: WayIn = { kind: 'unknown', who: '', claims: [], by: [], ...(problem && { problem }) };
  if (trust === undefined) return [unknown];
  const asked = askedOf(role, trust, admissions, pools);
  const read = trust.askers.flatMap((asker) => waysOf(asker, asked));
  const ways = problem === undefined ? read : [...read, unknown];
  const distinct = new Map(ways.map((way) => [`${way.kind} ${way.who} ${way.claims.join()}`, way]));
  return [...distinct.values()].sort((a, b) => wayKinds.indexOf(a.kind) - wayKinds.indexOf(b.kind));
}

/** Whether somebody with these claims of a provider can become a role, whoever else can. */
export function letsIn(
  role: Principal,
  { host, claims }: { readonly host: string; readonly claims: Readonly<Record<string, readonly string[]>> },
  admissions: Admissions,
  pools: Pools,
): boolean {
  const trust = trustOf(role);
  return trust !== undefined && letsInIdentity(host, claims, askedOf(role, trust, admissions, pools));
}

/** Whether a principal elsewhere, or somebody of an account, is let in as far as the trust policy decides, whoever else is. */
export function admits(role: Principal, asker: Asker, admissions: Admissions): boolean {
  const trust = trustOf(role);
  if (trust === undefined) return false;
  const possible = asker.kind === 'account' ? { possible: [principalOf(asker.accountId, role.arn)] } : {};
  return (
    may({ asker, ...possible }, 'sts:AssumeRole', askedOf(role, trust, admissions, new Pools())).length > 0
  );
}

function askedOf(role: Principal, trust: Trust, admissions: Admissions, pools: Pools): Asked {
  const closedPools = pools.closedTo(role);
  return { role, trust, admissions, closedPools, pools };
}

function waysOf(asker: Asker, asked: Asked): WayIn[] {
  const own = arnParts(asked.role.arn).accountId;
  switch (asker.kind) {
    case 'deleted':
      return [];
    case 'anyone':
      return anyonesWays(asked);
    case 'account':
      return asker.accountId === own
        ? []
        : namedWay(
            'account',
            asker.accountId,
            { asker, possible: [principalOf(asker.accountId, asked.role.arn)] },
            asked,
          );
    case 'principal':
      return asker.arn.split(':')[4] === own
        ? []
        : namedWay('account-principal', asker.arn, { asker }, asked);
    case 'service':
      return servicesWay(asker, asked);
    case 'federated':
      return federatedWays(asker, asked);
  }
}

function namedWay(kind: WayKind, who: string, caller: Caller, asked: Asked): WayIn[] {
  const ways = may(caller, 'sts:AssumeRole', asked);
  if (ways.length === 0) return [];
  const demanded = ways.every(({ literals }) =>
    literals.some(({ test }) => isKey(test.key, 'sts:externalid')),
  );
  return [way(kind, who, caller.asker, asked, { withoutExternalId: !demanded })];
}

/** What no service's own call has. */
function neverOfServices(key: string): boolean {
  return /^(aws:(multifactorauth.*|principalorgid|principalorgpaths|sourcevpc.*|viaawsservice)|sts:externalid)$/.test(
    key,
  );
}

/** Whether a value is demanded: by an Allow that tests for it, or by a Deny of all others. */
const isDemand = ({ test, holds }: Literal): boolean => holds !== test.operator.includes('Not');

function servicesWay(asker: Asker & { kind: 'service' }, asked: Asked): WayIn[] {
  const ways = may({ asker, lacks: neverOfServices }, 'sts:AssumeRole', asked);
  if (ways.length === 0) return [];
  const limited = (keys: RegExp) =>
    ways.every(({ literals }) =>
      literals.some((literal) => isDemand(literal) && keys.test(literal.test.key.toLowerCase())),
    );
  if (asker.name === 'rolesanywhere.amazonaws.com')
    return [
      way('roles-anywhere', '', asker, asked, {
        deputy: !limited(/^aws:(sourcearn|principaltag\/x509.*)$/),
      }),
    ];
  if (asker.name === 'pods.eks.amazonaws.com')
    return [
      way('pod-identity', '', asker, asked, {
        deputy: !limited(
          /^aws:(requesttag\/(eks-cluster|kubernetes)-.*|source(arn|account|orgid|orgpaths))$/,
        ),
      }),
    ];
  const isLimited = limited(/^aws:source(arn|account|orgid|orgpaths)$/);
  const deputy = !isLimited || actsForAnybody(asker, asked);
  const elsewhere = isLimited && !actsForAccount(asker, asked);
  return [way('service', asker.name, asker, asked, { deputy, ...(elsewhere && { elsewhere }) })];
}

/** Whether a service comes when it acts for the role's account, by something there or something whose ARN names no account. */
function actsForAccount(asker: Asker & { kind: 'service' }, asked: Asked): boolean {
  const { accountId } = arnParts(asked.role.arn);
  const known = { 'aws:SourceAccount': accountId };
  return [accountId, ''].some((account) => {
    const test = { key: 'aws:SourceArn', operator: 'ArnLike', values: [`arn:*:*:*:${account}:*`] };
    const possible: Literal[] = [{ test: { ...test, ifExists: false }, holds: true }];
    return may({ asker, lacks: neverOfServices, known, possible }, 'sts:AssumeRole', asked).length > 0;
  });
}

/** Whether a service comes when it acts for an account that nobody named. */
function actsForAnybody(asker: Asker & { kind: 'service' }, asked: Asked): boolean {
  const { accountId, organization } = strangerTo(asked.trust.source.text);
  const source = { ifExists: false, key: 'aws:SourceArn' };
  const known = {
    'aws:SourceAccount': accountId,
    'aws:SourceOrgID': organization,
    'aws:SourceOrgPaths': [`${organization}/r-out/`],
  };
  const possible: Literal[] = [
    { test: { ...source, operator: 'ArnLike', values: [`arn:*:*:*:${accountId}:*`] }, holds: true },
    // Names of resources have no colons in which a text operator could see an account.
    { test: { ...source, operator: 'StringLike', values: ['*:*:*:*:*:*:*'] }, holds: false },
  ];
  return may({ asker, lacks: neverOfServices, known, possible }, 'sts:AssumeRole', asked).length > 0;
}
