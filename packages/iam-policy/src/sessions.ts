/**
 * What each kind of session carries about its principal, and who sets it. What the caller of STS chooses is a variable
 * of a search; what nobody can choose is a constant.
 *
 * Source: IAM User Guide, "AWS global condition context keys" (properties of the principal), "Policy elements:
 * variables" (principal key values), "Pass session tags in AWS STS", "Monitor and control actions taken with assumed
 * roles"; STS API Reference, AssumeRole, AssumeRoleWithWebIdentity, AssumeRoleWithSAML, GetFederationToken.
 */
import { compilePlainTest } from './condition.ts';
import { contextValue } from './context.ts';
import type { FreeKey, Literal } from './solver/space.ts';
import { type CharSet, literal, matchesPattern, type PatternStep, type TextPattern } from './solver/texts.ts';
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

/** What varies over the sessions of a principal, as far as somebody asks for it. */
export interface SessionFreedom {
  /** Values that are the same in every session, or usual in those that vary. */
  readonly facts: RequestContext;
  /** Keys of the usual context (in lower case) that a normal session does not have, or not with that value. */
  readonly lacks: readonly string[];
  /** Keys in lower case that are not the same in every session, with the forms of their values; none: any value. */
  readonly free: ReadonlyMap<string, FreeKey>;
  /** A request can only happen if all literals of one of these hold; none: every combination can. */
  readonly possible: readonly (readonly Literal[])[];
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
  return ofSession.has(lower) || lower.startsWith('aws:principaltag/');
}

const tokenIssueTime = 'aws:TokenIssueTime';
const nameChars = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-';
const name: readonly PatternStep[] = [
  { chars: { only: nameChars }, repeat: false },
  { chars: { only: nameChars }, repeat: false },
  { chars: { only: nameChars }, repeat: true, atMost: 62 },
];
/** Letters, spaces, digits and `_.:/=+-@`; of what lies beyond ASCII nearly all are letters. */
const tagChars: CharSet = { not: '!"#$%&\'()*,;<>?[\\]^`{|}~\u007f\n\r' };

/** Forms of what can be chosen. */
export const sessionForms = {
  /** A role session name or a source identity: 2 to 64 of `\w+=,.@-`. */
  name: name as TextPattern,
  /** The value of a session tag: up to 256 characters, or none. */
  tagValue: [{ chars: tagChars, repeat: true, atMost: 256 }] as TextPattern,
  /** Text in front of a name: `AROA…:`, `arn:aws:sts::111122223333:federated-user/`. */
  namedAfter: (prefix: string): TextPattern => [...literal(prefix), ...name],
  exactly: (text: string): TextPattern => literal(text),
};

/**
 * Puts the sessions of a principal together, as far as `reads` (keys in lower case) asks for them. The first session
 * is the normal one; `usual` is the context of a normal request.
 */
export function sessionFreedom(
  of: readonly Session[],
  reads: (key: string) => boolean,
  usual: RequestContext = {},
): SessionFreedom {
  const sessions = reads(tokenIssueTime.toLowerCase()) ? of.map((session) => issued(session, usual)) : of;
  const names = new Map<string, string>();
  for (const { fixed, chosen } of sessions) {
    for (const key of [...Object.keys(fixed), ...chosen.map((one) => one.key)]) {
      if (reads(key.toLowerCase()) && !names.has(key.toLowerCase())) names.set(key.toLowerCase(), key);
    }
  }
  const [normal] = sessions;
  const facts: Record<string, string | readonly string[]> = {};
  const free = new Map<string, FreeKey>();
  for (const [lower, key] of names) {
    const value = normal && normalValue(normal, lower, usual);
    if (value !== undefined) facts[key] = value;
    if (isFree(sessions, lower)) free.set(lower, { key, ...formsOf(sessions, lower) });
  }
  const lacks = Object.keys(usual).filter(
    (key) => isSessionKey(key) && reads(key.toLowerCase()) && normal && !admits(normal, key, usual),
  );
  const possible = sessions.map((session) => literalsOf(session, free));
  const distinct = new Map(possible.map((literals) => [JSON.stringify(literals), literals]));
  return {
    facts,
    lacks: lacks.map((key) => key.toLowerCase()),
    free,
    possible: possible.some(({ length }) => length === 0) ? [] : [...distinct.values()],
  };
}

/** A session with the time at which its credentials were issued: as in a normal request, just when it is made. */
function issued(session: Session, usual: RequestContext): Session {
  const now = contextValue(usual, tokenIssueTime) ?? contextValue(usual, 'aws:CurrentTime');
  const always = sessionKinds[session.kind].temporary === 'always';
  const key: ChosenKey = {
    key: tokenIssueTime,
    optional: !always,
    ...(always && typeof now === 'string' && { usual: now }),
  };
  return { ...session, chosen: [...session.chosen, key] };
}

function chosenOf({ chosen }: Session, lower: string): ChosenKey | undefined {
  return chosen.find(({ key }) => key.toLowerCase() === lower);
}

/** Whether a key is not one constant, there or missing, in all sessions. */
function isFree(sessions: readonly Session[], lower: string): boolean {
  const values = sessions.map(({ fixed }) => String(contextValue(fixed, lower)));
  return new Set(values).size > 1 || sessions.some((session) => chosenOf(session, lower) !== undefined);
}

function formsOf(sessions: readonly Session[], lower: string): Pick<FreeKey, 'forms'> {
  const forms = new Map<string, TextPattern>();
  for (const session of sessions) {
    const fixed = contextValue(session.fixed, lower);
    const chosen = chosenOf(session, lower);
    if (typeof fixed !== 'string' && chosen !== undefined && chosen.form === undefined) return {};
    const form = typeof fixed === 'string' ? literal(fixed) : chosen?.form;
    if (form !== undefined) forms.set(JSON.stringify(form), form);
  }
  return { forms: [...forms.values()] };
}

/** What a session demands of the free keys. */
function literalsOf(session: Session, free: ReadonlyMap<string, FreeKey>): Literal[] {
  const own = [...free].flatMap(([lower, { key, forms }]): Literal[] => {
    const test = { ifExists: false, key };
    const fixed = contextValue(session.fixed, lower);
    if (typeof fixed === 'string')
      return [{ test: { ...test, operator: 'StringEquals', values: [fixed] }, holds: true }];
    const chosen = chosenOf(session, lower);
    const missing: Literal = {
      test: { ...test, operator: 'Null', values: ['true'] },
      holds: chosen === undefined,
    };
    const only = chosen?.form && (forms === undefined || forms.length > 1) ? likeOf(chosen, test) : [];
    return [...(chosen?.optional ? [] : [missing]), ...only];
  });
  const limits = session.limits.filter(({ test }) => free.has(test.key.toLowerCase()));
  return [...own, ...limits];
}

/** The constant start of a form, as a test: it tells the sessions apart that may have a key. */
function likeOf({ form = [], optional }: ChosenKey, test: { key: string; ifExists: boolean }): Literal[] {
  const end = form.findIndex(({ chars, repeat }) => repeat || !('only' in chars) || chars.only.length > 1);
  const prefix = form
    .slice(0, end === -1 ? undefined : end)
    .map(({ chars }) => ('only' in chars ? chars.only : ''))
    .join('');
  if (prefix === '' || /[*?$]/.test(prefix)) return [];
  const operator = end === -1 ? 'StringEquals' : 'StringLike';
  const values = [end === -1 ? prefix : `${prefix}*`];
  return [{ test: { ...test, ifExists: optional, operator, values }, holds: true }];
}

function meets(session: Session, key: string, value: string | undefined): boolean {
  const context = value === undefined ? {} : { [key]: value };
  return session.limits
    .filter(({ test }) => test.key.toLowerCase() === key.toLowerCase())
    .every(({ test, holds }) => compilePlainTest(test).matches(context) === holds);
}

/** Whether a session can have a key of the usual context with its value. */
function admits(session: Session, key: string, usual: RequestContext): boolean {
  const value = contextValue(usual, key);
  const chosen = chosenOf(session, key.toLowerCase());
  if (chosen === undefined || typeof value !== 'string') return false;
  return (chosen.form === undefined || matchesPattern(chosen.form, value)) && meets(session, key, value);
}

/** A value for a normal session that the session's limits let through; undefined where it can be as usual. */
function normalValue(
  session: Session,
  lower: string,
  usual: RequestContext,
): string | readonly string[] | undefined {
  const fixed = contextValue(session.fixed, lower);
  if (fixed !== undefined) return fixed;
  const chosen = chosenOf(session, lower);
  if (chosen === undefined || admits(session, chosen.key, usual)) return undefined;
  if (chosen.usual === undefined && chosen.optional && meets(session, chosen.key, undefined))
    return undefined;
  const fits = (value: string) =>
    (chosen.form === undefined || matchesPattern(chosen.form, value)) && meets(session, chosen.key, value);
  const written = session.limits.flatMap(({ test }) => (test.key.toLowerCase() === lower ? test.values : []));
  const made = ['permission-check', ''].flatMap((filling) =>
    written.map((text) => text.replaceAll('*', filling).replaceAll('?', 'x')),
  );
  return [...(chosen.usual === undefined ? [] : [chosen.usual]), ...made].find(fits) ?? chosen.usual;
}
