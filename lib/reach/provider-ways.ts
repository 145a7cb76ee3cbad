import type { Literal } from '@permission-check/iam-policy';
import type { Admission, Caller } from './admission.ts';
import type { Asker } from './asker.ts';
import { claimsIn, demandOf } from './claims.ts';
import { COGNITO, cognitoWays, identitiesOf } from './cognito-ways.ts';
import type { Entry } from './trust.ts';
import { type Asked, isKey, may, type WayIn, way } from './way-in.ts';

interface SharedProvider {
  /** The claim that tells its tenants apart. */
  readonly claim: string;
  /** How that begins. */
  readonly prefix?: string;
  /** The claim that is one person's, whatever tenant vouches for him. */
  readonly person?: string;
}

/**
 * Providers whose tokens anybody can get.
 *
 * Source: IAM User Guide, "IAM and AWS STS condition context keys", "Available keys for AWS web identity federation".
 */
const sharedProviders: Readonly<Record<string, SharedProvider>> = {
  'token.actions.githubusercontent.com': { claim: 'sub', prefix: 'repo:' },
  'gitlab.com': { claim: 'sub', prefix: 'project_path:' },
  'vstoken.actions.githubusercontent.com': { claim: 'sub' },
  'agent.buildkite.com': { claim: 'sub', prefix: 'organization:' },
  'app.terraform.io': { claim: 'sub', prefix: 'organization:' },
  'oidc.codefresh.io': { claim: 'sub', prefix: 'account:' },
  'studio.datachain.ai/api': { claim: 'sub' },
  'scalr.io': { claim: 'sub', prefix: 'account:' },
  'tokens.cloud.shisho.dev': { claim: 'sub' },
  'proidc.upbound.io': { claim: 'sub' },
  'api.pulumi.com/oidc': { claim: 'aud' },
  'sandboxes.cloud': { claim: 'aud' },
  'oidc.vercel.com': { claim: 'aud', prefix: 'https://vercel.com/' },
  'www.amazon.com': { claim: 'app_id', person: 'user_id' },
  'graph.facebook.com': { claim: 'app_id' },
  'accounts.google.com': { claim: 'aud', person: 'sub' },
};

/** The ways in of identities that a provider vouches for. */
export function federatedWays(asker: Asker & { kind: 'federated' }, asked: Asked): WayIn[] {
  if (asker.provider.includes(':saml-provider/')) return samlWay(asker, asked);
  const entry: Entry = 'sts:AssumeRoleWithWebIdentity';
  const ways = may({ asker }, entry, asked);
  if (ways.length === 0) return [];
  if (asker.provider === COGNITO) return cognitoWays(asker, asked, ways);
  const host = hostOf(asker.provider);
  const shared = Object.hasOwn(sharedProviders, host) ? sharedProviders[host] : undefined;
  // What one statement demands is not demanded by another one.
  const demanded = ways.map((one) => claimsIn(one, host));
  if (shared !== undefined && may(anotherTenant(asker, host, shared, ways), entry, asked).length > 0) {
    const claims = demanded.reduce((all, own) => all.filter((claim) => own.includes(claim)));
    return [way('shared-provider', host, asker, asked, { claims })];
  }
  return demanded.map((claims) => way('federated', host, asker, asked, { claims }));
}

/**
 * A tenant that no condition names: an owner whose name only a wildcard can reach; for a claim without owners, one
 * that is no value of a condition. A value that is to be equal has no wildcards: it names its owner.
 */
function anotherTenant(
  asker: Asker,
  host: string,
  { claim, prefix, person }: SharedProvider,
  ways: readonly Admission[],
): Caller {
  const key = `${host}:${claim}`;
  if (prefix === undefined)
    return {
      asker,
      known: { [key]: 'another-tenant' },
      ...(person !== undefined && { possible: anotherPerson(`${host}:${person}`, ways) }),
    };
  const test = { operator: 'StringLike', ifExists: false, key };
  const about = ways.flatMap(({ literals }) =>
    literals.filter((one) => isKey(one.test.key, key.toLowerCase())),
  );
  const exact = about.filter(({ test, holds }) => holds && test.operator.startsWith('StringEquals'));
  const named = about.flatMap((one) => one.test.values);
  // What stands before the first separator is the owner's whole name only where no wildcard is in it.
  const owners = named.flatMap((value) => {
    const owner = /^[^/:]*/.exec(value.slice(prefix.length))?.[0] ?? '';
    const whole = value.startsWith(prefix);
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
              values: owners.flatMap((owner) => ['', '/*', ':*'].map((rest) => `${prefix}${owner}${rest}`)),
            },
            holds: false,
          },
        ]),
    ...exact.map(({ test }): Literal => ({ test, holds: false })),
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

/** Somebody whom no condition names by his own claim. */
function anotherPerson(key: string, ways: readonly Admission[]): readonly Literal[] {
  const about = ways.flatMap(({ literals }) =>
    literals.filter(({ test }) => isKey(test.key, key.toLowerCase())),
  );
  const named = about.flatMap(({ test }) => test.values.filter((value) => !/[*?]/.test(value)));
  if (named.length === 0) return [];
  return [{ test: { operator: 'StringEquals', ifExists: false, key, values: named }, holds: false }];
}

function samlWay(asker: Asker & { kind: 'federated' }, asked: Asked): WayIn[] {
  if (may({ asker }, 'sts:AssumeRoleWithSAML', asked).length === 0) return [];
  const name = asker.provider.replace(/^.*:saml-provider\//, '');
  const center = asked.role.path.startsWith('/aws-reserved/sso.amazonaws.com/') || /^AWSSSO_/.test(name);
  return [center ? way('identity-center', '', asker, asked) : way('federated', name, asker, asked)];
}

/** Whether somebody with these claims of a provider is let in, whoever else is. */
export function letsInIdentity(
  host: string,
  claims: Readonly<Record<string, readonly string[]>>,
  asked: Asked,
): boolean {
  return asked.trust.askers.some((asker) => {
    if (asker.kind !== 'federated' || hostOf(asker.provider) !== host) return false;
    const callers =
      host === COGNITO ? identitiesOf(claims, asker, asked) : [{ asker, possible: demandOf(host, claims) }];
    return callers.some((caller) => may(caller, 'sts:AssumeRoleWithWebIdentity', asked).length > 0);
  });
}

const hostOf = (provider: string): string => provider.replace(/^.*:oidc-provider\//, '');
