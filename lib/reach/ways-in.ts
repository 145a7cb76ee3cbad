/**
 * Who can become a role, from its trust policy. A way in is what the trust policy decides about somebody who asks STS;
 * who an outsider is, is tried out with one: an account, a repository, a pool that nobody named.
 *
 * Source: IAM User Guide, "AWS JSON policy elements: Principal", "Secure by default: OIDC providers"; Amazon Cognito
 * Developer Guide, "IAM roles"; Amazon EKS User Guide, "Pod Identity"; IAM Roles Anywhere User Guide, "Trust model".
 */
import type { Literal, MatchedStatement, RequestContext } from '@permission-check/iam-policy';
import { PolicyError } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Admission, Admissions, Caller } from './admission.ts';
import { type Asker, covers } from './asker.ts';
import { type Entry, readTrust, type Trust } from './trust.ts';

/** Widest first. */
export const wayKinds = [
  /** Anyone with an AWS account, or with a Cognito identity pool of his own. */
  'anyone',
  /** Anybody on the internet, as a guest of a Cognito identity pool. */
  'guests',
  /** Any tenant of a provider that many share: every repository on GitHub. */
  'shared-provider',
  /** Not known: no trust policy was given, or it cannot be read. */
  'unknown',
  'organization',
  /** Any AWS principal, from some networks. */
  'network',
  'account',
  'account-principal',
  'federated',
  'identity-center',
  'roles-anywhere',
  'pod-identity',
  'service',
  /** Principals of this account. */
  'own',
] as const;

export type WayKind = (typeof wayKinds)[number];

/** One way in. */
export interface WayIn {
  readonly kind: WayKind;
  /** An account, a service, a provider, a pool, an organization, the ARN of a principal; empty where there is no more to say. */
  readonly who: string;
  /** What of a federated identity is demanded: `sub repo:acme/shop:*`. */
  readonly claims: readonly string[];
  /** The statement of the trust policy. */
  readonly by: readonly MatchedStatement[];
  /** Of a service: nothing demands for whom it acts, so that it may be another account (a confused deputy). */
  readonly deputy?: boolean;
  /** Of another account: nothing demands an external id. */
  readonly withoutExternalId?: boolean;
}

/** Providers whose tokens anybody can get, and the claim that tells their tenants apart, with its form. */
const sharedProviders: Readonly<Record<string, { claim: string; prefix?: string }>> = {
  'token.actions.githubusercontent.com': { claim: 'sub', prefix: 'repo:' },
  'gitlab.com': { claim: 'sub', prefix: 'project_path:' },
  'vstoken.actions.githubusercontent.com': { claim: 'sub' },
  'agent.buildkite.com': { claim: 'sub', prefix: 'organization:' },
  'app.terraform.io': { claim: 'sub', prefix: 'organization:' },
  'oidc.codefresh.io': { claim: 'sub' },
  'studio.datachain.ai/api': { claim: 'sub' },
  'scalr.io': { claim: 'sub' },
  'tokens.cloud.shisho.dev': { claim: 'sub' },
  'proidc.upbound.io': { claim: 'sub' },
  'api.pulumi.com/oidc': { claim: 'aud' },
  'sandboxes.cloud': { claim: 'aud' },
  'oidc.vercel.com': { claim: 'aud' },
  'www.amazon.com': { claim: 'app_id' },
  'graph.facebook.com': { claim: 'app_id' },
  'accounts.google.com': { claim: 'aud' },
};

const cognito = 'cognito-identity.amazonaws.com';

/** The ways into a role from outside its account, and from services; widest first. */
export function waysIn(role: Principal, admissions: Admissions): readonly WayIn[] {
  const trust = role.trust && readTrust(role.trust);
  if (trust === undefined || trust instanceof PolicyError)
    return [{ kind: 'unknown', who: '', claims: [], by: [] }];
  const asked: Asked = { role, trust, admissions };
  const ways = trust.askers.flatMap((asker) => waysOf(asker, asked));
  const distinct = new Map(ways.map((way) => [`${way.kind} ${way.who} ${way.claims.join()}`, way]));
  return [...distinct.values()].sort((a, b) => wayKinds.indexOf(a.kind) - wayKinds.indexOf(b.kind));
}

interface Asked {
  readonly role: Principal;
  readonly trust: Trust;
  readonly admissions: Admissions;
}

function waysOf(asker: Asker, asked: Asked): WayIn[] {
  const own = arnParts(asked.role.arn).accountId;
  switch (asker.kind) {
    case 'deleted':
      return [];
    case 'anyone':
      return anyonesWays(asked);
    case 'account':
      return asker.accountId === own ? [] : namedWay('account', asker.accountId, { asker }, asked);
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

function way(kind: WayKind, who: string, asker: Asker, { trust }: Asked, more: Partial<WayIn> = {}): WayIn {
  const by = trust.statements
    .filter((statement) => statement.effect === 'Allow' && covers(statement, asker))
    .map((statement): MatchedStatement => ({ policy: trust.source, layer: 'resource', statement }));
  return { kind, who, claims: [], by, ...more };
}

function may(caller: Caller, action: Entry, { role, trust, admissions }: Asked): readonly Admission[] {
  return admissions.toRole(role, trust, caller, action);
}

function namedWay(kind: WayKind, who: string, caller: Caller, asked: Asked): WayIn[] {
  const ways = may(caller, 'sts:AssumeRole', asked);
  if (ways.length === 0) return [];
  const demanded = ways.every(({ literals }) =>
    literals.some(({ test }) => isKey(test.key, 'sts:externalid')),
  );
  return [way(kind, who, caller.asker, asked, { withoutExternalId: !demanded })];
}

/** Somebody of an account, a network, an organization that nobody named. */
function outsider(trust: Trust): Caller {
  const text = trust.source.text;
  const accountId = ['999999999999', '888888888888', '777777777777'].find((id) => !text.includes(id)) ?? '';
  const known: RequestContext = {
    'aws:PrincipalAccount': accountId,
    'aws:PrincipalArn': `arn:aws:iam::${accountId}:role/outsider`,
    'aws:PrincipalType': 'AssumedRole',
    'aws:userid': 'AROAOUTSIDER:outsider',
    'aws:SourceIp': '192.0.2.77',
  };
  const lacks = (key: string) =>
    /^aws:(principalorgid|principalorgpaths|sourcevpc|sourcevpce|vpcsourceip|username|sourcearn|sourceaccount|vpce.*)$/.test(
      key,
    );
  return { asker: { kind: 'anyone' }, known, lacks };
}

function anyonesWays(asked: Asked): WayIn[] {
  const asker: Asker = { kind: 'anyone' };
  const { trust, role } = asked;
  const stranger = outsider(trust);
  const inOrganization: Caller = {
    ...stranger,
    known: { ...stranger.known, 'aws:PrincipalOrgID': 'o-outsider000' },
  };
  const entries: readonly Entry[] = ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'];
  if (
    [stranger, inOrganization].some((caller) => entries.some((entry) => may(caller, entry, asked).length > 0))
  )
    return [way('anyone', '', asker, asked)];
  const own = arnParts(role.arn).accountId;
  const found = new Map<string, WayIn>();
  const add = (one: WayIn) => found.set(`${one.kind} ${one.who}`, one);
  for (const { literals } of may({ asker }, 'sts:AssumeRole', asked)) {
    const said = (name: string) =>
      literals.filter(({ test, holds }) => holds && isKey(test.key, name)).flatMap(({ test }) => test.values);
    const accounts = [
      ...said('aws:principalaccount'),
      ...said('aws:principalarn').map((arn) => arn.split(':')[4] ?? ''),
    ].filter((id) => /^\d{12}$/.test(id));
    const organizations = [...said('aws:principalorgid'), ...said('aws:principalorgpaths')];
    if (accounts.length > 0) {
      for (const id of accounts) if (id !== own) add(way('account', id, asker, asked));
    } else if (organizations.length > 0) {
      for (const id of organizations) add(way('organization', id, asker, asked));
    } else {
      const from = [...said('aws:sourceip'), ...said('aws:sourcevpc'), ...said('aws:sourcevpce')];
      add(way('network', from.join(', '), asker, asked));
    }
  }
  return [...found.values()];
}

function isKey(key: string, wanted: string): boolean {
  return key.toLowerCase() === wanted;
}

/** What no service's own call has. */
function neverOfServices(key: string): boolean {
  return /^(aws:(multifactorauth.*|principalorgid|principalorgpaths|sourcevpc.*|viaawsservice)|sts:externalid)$/.test(
    key,
  );
}

function servicesWay(asker: Asker & { kind: 'service' }, asked: Asked): WayIn[] {
  const ways = may({ asker, lacks: neverOfServices }, 'sts:AssumeRole', asked);
  if (ways.length === 0) return [];
  const limited = (keys: RegExp) =>
    ways.every(({ literals }) =>
      literals.some(({ test, holds }) => holds && keys.test(test.key.toLowerCase())),
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
  const deputy = !limited(/^aws:source(arn|account|orgid|orgpaths)$/);
  return [way('service', asker.name, asker, asked, { deputy })];
}

function federatedWays(asker: Asker & { kind: 'federated' }, asked: Asked): WayIn[] {
  if (asker.provider.includes(':saml-provider/')) return samlWay(asker, asked);
  const entry: Entry = 'sts:AssumeRoleWithWebIdentity';
  const ways = may({ asker }, entry, asked);
  if (ways.length === 0) return [];
  if (asker.provider === cognito) return cognitoWays(asker, asked, ways);
  const host = asker.provider.replace(/^.*:oidc-provider\//, '');
  const shared = sharedProviders[host];
  const claims = claimsOf(ways, host);
  if (shared !== undefined && may(anotherTenant(asker, host, shared, ways), entry, asked).length > 0)
    return [way('shared-provider', host, asker, asked, { claims })];
  return [way('federated', host, asker, asked, { claims })];
}

/**
 * A tenant that no condition names: an owner whose name only a wildcard can reach; for a claim without owners, one
 * that is no value of a condition.
 */
function anotherTenant(
  asker: Asker,
  host: string,
  { claim, prefix }: { claim: string; prefix?: string },
  ways: readonly Admission[],
): Caller {
  const key = `${host}:${claim}`;
  if (prefix === undefined) return { asker, known: { [key]: 'another-tenant' } };
  const test = { operator: 'StringLike', ifExists: false, key };
  const named = ways.flatMap(({ literals }) =>
    literals.filter((one) => isKey(one.test.key, key.toLowerCase())).flatMap((one) => one.test.values),
  );
  // What stands before the first separator is the owner's whole name only where no wildcard is in it.
  const owners = named.flatMap((value) => {
    const owner = /^[^/:]*/.exec(value.slice(prefix.length))?.[0] ?? '';
    const whole = value.startsWith(prefix) && value.length > prefix.length + owner.length;
    return whole && owner !== '' && !/[*?]/.test(owner) ? [owner] : [];
  });
  const possible: Literal[] = [
    { test: { ...test, values: [`${prefix}?*`] }, holds: true },
    ...(owners.length === 0
      ? []
      : [
          {
            test: {
              ...test,
              values: owners.flatMap((owner) => [`${prefix}${owner}/*`, `${prefix}${owner}:*`]),
            },
            holds: false,
          },
        ]),
  ];
  // Claims that repeat the owner are another's as well.
  const others =
    /:(repository|repository_owner|repository_id|repository_owner_id|namespace_path|namespace_id|project_path|project_id|actor|actor_id|enterprise|enterprise_id|job_workflow_ref|organization_slug)$/;
  const known: Record<string, string> = {};
  for (const { literals } of ways)
    for (const literal of literals)
      if (others.test(literal.test.key.toLowerCase())) known[literal.test.key] = 'another-tenant';
  return { asker, possible, known };
}

function claimsOf(ways: readonly Admission[], host: string): string[] {
  const claims = ways.flatMap(({ literals }) =>
    literals
      .filter(({ test, holds }) => holds && test.key.toLowerCase().startsWith(`${host.toLowerCase()}:`))
      .map(({ test }) => `${test.key.slice(host.length + 1)} ${test.values.join(' or ')}`),
  );
  return [...new Set(claims)];
}

function samlWay(asker: Asker & { kind: 'federated' }, asked: Asked): WayIn[] {
  if (may({ asker }, 'sts:AssumeRoleWithSAML', asked).length === 0) return [];
  const name = asker.provider.replace(/^.*:saml-provider\//, '');
  const center = asked.role.path.startsWith('/aws-reserved/sso.amazonaws.com/') || /^AWSSSO_/.test(name);
  return [center ? way('identity-center', '', asker, asked) : way('federated', name, asker, asked)];
}

function cognitoWays(
  asker: Asker & { kind: 'federated' },
  asked: Asked,
  ways: readonly Admission[],
): WayIn[] {
  const entry: Entry = 'sts:AssumeRoleWithWebIdentity';
  const ofAnyPool: Caller = { asker, known: { [`${cognito}:aud`]: 'us-east-1:of-anybody' } };
  if (may(ofAnyPool, entry, asked).length > 0) return [way('anyone', cognito, asker, asked)];
  const pools = claimsOf(ways, cognito)
    .filter((claim) => claim.startsWith('aud '))
    .map((claim) => claim.slice('aud '.length));
  const who = pools.join(' or ');
  const guest: Caller = { asker, known: { [`${cognito}:amr`]: ['unauthenticated'] } };
  const found = may(guest, entry, asked).length > 0 ? [way('guests', who, asker, asked)] : [];
  const user: Caller = { asker, known: { [`${cognito}:amr`]: ['authenticated'] } };
  if (may(user, entry, asked).length > 0)
    found.push(way('federated', cognito, asker, asked, { claims: [`pool ${who}`] }));
  return found;
}
