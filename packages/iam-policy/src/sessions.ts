/**
 * What each kind of session carries about its principal, and who sets it. What the caller of STS chooses is a variable
 * of a search; what nobody can choose is a constant.
 *
 * Source: IAM User Guide, "AWS global condition context keys" (properties of the principal), "Policy elements:
 * variables" (principal key values), "Pass session tags in AWS STS", "Monitor and control actions taken with assumed
 * roles"; STS API Reference, AssumeRole, AssumeRoleWithWebIdentity, AssumeRoleWithSAML, GetFederationToken.
 */
import type { Literal } from './solver/space.ts';
import { type CharSet, literal, type PatternStep, type TextPattern } from './solver/text-patterns.ts';
import type { RequestContext } from './types.ts';

export type SessionKind = 'user' | 'federated-user' | 'assumed-role' | 'web-identity' | 'saml' | 'service';

/**
 * Who sets something of a session: IAM (nobody can choose it), whoever calls STS, the identity provider that signs
 * the token or assertion, or the AWS service that assumes the role. `nobody`: a session of the kind does not have it.
 */
export type SetBy = 'iam' | 'caller' | 'provider' | 'service' | 'nobody';

/** Who sets what in a session of one kind. */
export interface SessionCarries {
  /** aws:PrincipalType. */
  readonly principalType: 'User' | 'FederatedUser' | 'AssumedRole';
  /** aws:username. */
  readonly userName: SetBy;
  /** The part of aws:userid behind the colon; `iam` for users, who have an id alone. */
  readonly name: SetBy;
  /** aws:PrincipalTag values that are passed with the session, over those of the user or role. */
  readonly tags: SetBy;
  /** aws:SourceIdentity. */
  readonly sourceIdentity: SetBy;
  /** aws:MultiFactorAuthPresent of `true`: who can bring it about. */
  readonly mfa: SetBy;
  /** Temporary credentials, whose aws:TokenIssueTime is in every request; a user may have them or not. */
  readonly temporary: 'always' | 'sometimes';
}

/** One row for each kind of session. */
export const sessionKinds: Readonly<Record<SessionKind, SessionCarries>> = {
  // Long-term keys, the console and GetSessionToken; no policy can forbid the latter.
  user: {
    principalType: 'User',
    userName: 'iam',
    name: 'iam',
    tags: 'nobody',
    sourceIdentity: 'nobody',
    mfa: 'caller',
    temporary: 'sometimes',
  },
  'federated-user': {
    principalType: 'FederatedUser',
    userName: 'nobody',
    name: 'caller',
    tags: 'caller',
    sourceIdentity: 'nobody',
    mfa: 'nobody',
    temporary: 'always',
  },
  'assumed-role': {
    principalType: 'AssumedRole',
    userName: 'nobody',
    name: 'caller',
    tags: 'caller',
    sourceIdentity: 'caller',
    mfa: 'caller',
    temporary: 'always',
  },
  'web-identity': {
    principalType: 'AssumedRole',
    userName: 'nobody',
    name: 'caller',
    tags: 'provider',
    sourceIdentity: 'provider',
    mfa: 'nobody',
    temporary: 'always',
  },
  saml: {
    principalType: 'AssumedRole',
    userName: 'nobody',
    name: 'provider',
    tags: 'provider',
    sourceIdentity: 'provider',
    mfa: 'nobody',
    temporary: 'always',
  },
  service: {
    principalType: 'AssumedRole',
    userName: 'nobody',
    name: 'service',
    tags: 'service',
    sourceIdentity: 'service',
    mfa: 'nobody',
    temporary: 'always',
  },
};

/** A context key that somebody chooses. */
export interface ChosenKey {
  /** As policies write it. */
  readonly key: string;
  /** Absent: any value. */
  readonly form?: TextPattern;
  /** Whether it can be left out. */
  readonly optional: boolean;
  /** The value of a normal session; absent where a normal session lacks the key. */
  readonly usual?: string;
}

/** One way in which a principal can act. A key of the principal that is in neither list is missing. */
export interface Session {
  readonly kind: SessionKind;
  readonly fixed: RequestContext;
  readonly chosen: readonly ChosenKey[];
  /** What STS demands of the chosen values, all together. */
  readonly limits: readonly Literal[];
}

const ofSession = new Set([
  'aws:principalarn',
  'aws:principalaccount',
  'aws:principaltype',
  'aws:userid',
  'aws:username',
  'aws:sourceidentity',
  'aws:federatedprovider',
  'aws:multifactorauthpresent',
  'aws:multifactorauthage',
  'aws:tokenissuetime',
]);

/** Whether the session decides about a key. @param key in any case */
export function isSessionKey(key: string): boolean {
  const lower = key.toLowerCase();
  return ofSession.has(lower) || lower.startsWith('aws:principaltag/') || isClaimKey(lower);
}

/**
 * Whether a key is what an identity provider says of whom it signed in: a claim behind the provider's host, as in
 * `token.actions.githubusercontent.com:sub`, or of SAML. Only sessions that the provider gives can have it.
 *
 * Source: IAM User Guide, "IAM and AWS STS condition context keys" (keys for AWS OIDC federation, for SAML-based federation).
 *
 * @param key in any case
 */
export function isClaimKey(key: string): boolean {
  return /^(?:[^:]*\.[^:]*|saml):/i.test(key);
}

const nameChars = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-';
const nameUpTo = (longest: number): readonly PatternStep[] => [
  { chars: { only: nameChars }, repeat: false },
  { chars: { only: nameChars }, repeat: false },
  { chars: { only: nameChars }, repeat: true, atMost: longest - 2 },
];
/** Letters, spaces, digits and `_.:/=+-@`; of what lies beyond ASCII nearly all are letters. */
const tagChars: CharSet = { not: '!"#$%&\'()*,;<>?[\\]^`{|}~\u007f\n\r' };

/** Forms of what can be chosen. */
export const sessionForms = {
  /** A role session name or a source identity: 2 to 64 of `\w+=,.@-`. */
  name: nameUpTo(64) as TextPattern,
  /** The value of a session tag: up to 256 characters, or none. */
  tagValue: [{ chars: tagChars, repeat: true, atMost: 256 }] as TextPattern,
  /** Text in front of the name of a role session: `AROA…:`. */
  namedAfter: (prefix: string): TextPattern => [...literal(prefix), ...nameUpTo(64)],
  /** Text in front of the name of a federated user, 2 to 32 of the same: `arn:aws:sts::111122223333:federated-user/`. */
  federatedAfter: (prefix: string): TextPattern => [...literal(prefix), ...nameUpTo(32)],
  exactly: (text: string): TextPattern => literal(text),
};
