/** The context keys of a session that whoever begins it has a say in. */
import {
  type ChosenKey,
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

/**
 * The provider of a federated session. Of OIDC, its spelling differs from provider to provider; of SAML, it can only be
 * the ARN, if it is there at all.
 */
export function providerOf(kind: SessionKind, provider: string): ChosenKey {
  const key = 'aws:FederatedProvider';
  return kind === 'saml' && provider.startsWith('arn:')
    ? { key, form: sessionForms.exactly(provider), optional: true }
    : { key, optional: false };
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
