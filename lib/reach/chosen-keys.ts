/** The context keys of a session that whoever begins it has a say in. */
import {
  type ChosenKey,
  type Literal,
  type RequestContext,
  type SessionKind,
  sessionForms,
  sessionKinds,
} from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';

/** The tags of the principal that are read, in the letter case of the principal's own where it has them. */
export function tagsIn(reads: ReadonlySet<string>, facts: RequestContext): string[] {
  const own = new Map(Object.keys(facts).map((key) => [key.toLowerCase(), key]));
  return [...reads].flatMap((key) =>
    key.startsWith('aws:principaltag/') ? [own.get(key) ?? asWritten(key)] : [],
  );
}

function asWritten(lower: string): string {
  return `aws:PrincipalTag/${lower.slice('aws:principaltag/'.length)}`;
}

/** A tag that is passed with the call that begins a session. */
export function passedTag(key: string): ChosenKey {
  return { key, form: sessionForms.tagValue, optional: false };
}

const federatedProvider = 'aws:FederatedProvider';

/**
 * The provider of a federated session, as its trust policy names it in a normal one. IAM's guide has the key in sessions
 * of OIDC only; whether those of SAML have it was not recorded, so that they may lack it.
 *
 * Source: IAM User Guide, "AWS global condition context keys", aws:FederatedProvider.
 */
export function providerOf(kind: SessionKind, provider: string): ChosenKey {
  const form = kind === 'saml' && provider.startsWith('arn:') ? sessionForms.exactly(provider) : undefined;
  return { key: federatedProvider, ...(form && { form }), optional: kind === 'saml', usual: provider };
}

/**
 * Of a session of OIDC, what the provider can be called: as the trust policy does, by its ARN or its name, which the guide
 * says; or as the issuer of the token, which was seen.
 */
export function providerLimits(kind: SessionKind, provider: string): Literal[] {
  if (kind !== 'web-identity') return [];
  const issuer = provider.replace(/^.*:oidc-provider\//, '');
  const values = [...new Set([provider, issuer, `https://${issuer}`])];
  const test = { operator: 'StringEquals', ifExists: false, key: federatedProvider, values };
  return [{ test, holds: true }];
}

/** What the provider of a session says in it, of the keys that are read; IAM does not pass on every claim. */
export function claimsOf(kind: SessionKind, provider: string, reads: ReadonlySet<string>): ChosenKey[] {
  const prefix = kind === 'saml' ? 'saml:' : `${provider.replace(/^.*:oidc-provider\//, '').toLowerCase()}:`;
  return [...reads].filter((key) => key.startsWith(prefix)).map((key) => ({ key, optional: true }));
}

/**
 * Claims that no token of a provider has together, each as what is missing then: an identity of Cognito has signed in or
 * has not.
 *
 * Source: Amazon Cognito Developer Guide, "Role trust and permissions" (amr is authenticated or unauthenticated).
 */
export function exclusiveClaims(provider: string): readonly Literal[] {
  if (provider !== 'cognito-identity.amazonaws.com') return [];
  return ['unauthenticated', 'authenticated'].map((value) => ({
    test: {
      operator: 'StringEquals',
      quantifier: 'ForAnyValue',
      ifExists: false,
      key: `${provider}:amr`,
      values: [value],
    },
    holds: false,
  }));
}

/** Set once, by whoever begins the first session. */
export const sourceIdentity: ChosenKey = {
  key: 'aws:SourceIdentity',
  form: sessionForms.name,
  optional: false,
};

/** A role's id with the name of the session. */
export function userIdOf({ id }: Principal): ChosenKey {
  const form = sessionForms.namedAfter(`${id}:`);
  return { key: 'aws:userid', form, optional: false, usual: `${id}:permission-check` };
}

/** Who cannot have MFA has no age of it either; temporary credentials say that it is not there. */
export function mfaOf(kind: SessionKind): ChosenKey[] {
  const present: ChosenKey = { key: 'aws:MultiFactorAuthPresent', optional: true };
  if (sessionKinds[kind].mfa === 'nobody')
    return [{ ...present, form: sessionForms.exactly('false'), usual: 'false' }];
  return [present, { key: 'aws:MultiFactorAuthAge', optional: true }];
}
