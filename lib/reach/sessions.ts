/**
 * The sessions in which a principal can act: what every one of them carries, and what whoever begins one chooses, as
 * far as trust policies and the callers' own policies let him.
 */
import {
  type ChosenKey,
  conditionHolds,
  contextValue,
  isClaimKey,
  type Literal,
  type Session,
  type SessionFreedom,
  type SessionKind,
  sessionForms,
  sessionFreedom,
} from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Admission, Admissions, Caller } from './admission.ts';
import type { Asker } from './asker.ts';
import type { Callers } from './callers.ts';
import {
  claimsOf,
  exclusiveClaims,
  mfaOf,
  passedTag,
  providerLimits,
  providerOf,
  sourceIdentity,
  tagsIn,
  userIdOf,
} from './chosen-keys.ts';
import { entered, without } from './entered.ts';
import { namesTags, sessionLimits, sessionNameTest } from './session-limits.ts';
import { ENTRIES, type Entry, mayTakeTags, type Trust, wholeTrustOf } from './trust.ts';

/** What is asked about sessions: context keys that policies read, in lower case. */
export type Reads = ReadonlySet<string>;

/** More sessions than these are not told apart: the widest then stands for all. */
const maxSessions = 48;
/**
 * The sessions of a principal, the normal one first.
 *
 * @param callers who there is in the account; absent: its principals are not known, so any of them may ask.
 */
export function sessionsOf(
  principal: Principal,
  reads: Reads,
  admissions: Admissions,
  callers?: Callers,
): readonly Session[] {
  return principal.kind === 'user'
    ? userSessions(principal, reads, admissions)
    : roleSessions(principal, reads, admissions, callers);
}

/**
 * What whoever begins a session of a role chooses of what is read, MFA and time aside; undefined where that is nothing.
 */
export function freedomOfRole(
  role: Principal,
  reads: Reads,
  admissions: Admissions,
  callers: Callers,
): SessionFreedom | undefined {
  if (role.kind === 'user') return undefined;
  const isChosen = (key: string) =>
    key.startsWith('aws:principaltag/')
      ? mayTakeTags(role)
      : /^aws:(userid|sourceidentity|federatedprovider)$/.test(key) || isClaimKey(key);
  if (![...reads].some(isChosen)) return undefined;
  const sessions = sessionsOf(role, reads, admissions, callers);
  return sessionFreedom(sessions, (key) => reads.has(key) && key !== 'aws:tokenissuetime');
}

/** Whether sessions of a principal can differ in anything that is read. */
export function sessionsMatter(principal: Principal, reads: Reads): boolean {
  const constant = /^aws:(principalarn|principalaccount|principaltype|username)$/;
  for (const key of reads) {
    if (
      /^aws:(userid|sourceidentity|federatedprovider|multifactorauth(present|age)|tokenissuetime|principaltag\/.*)$/.test(
        key,
      ) ||
      isClaimKey(key)
    )
      return true;
    if (principal.kind === 'user' && constant.test(key)) return true;
  }
  return false;
}

function userSessions(user: Principal, reads: Reads, admissions: Admissions): Session[] {
  const facts = principalContext(user);
  const plain: Session = { kind: 'user', fixed: facts, chosen: mfaOf('user'), limits: [] };
  const { accountId, partition } = arnParts(user.arn);
  const prefix = `arn:${partition}:sts::${accountId}:federated-user/`;
  const form = sessionForms.federatedAfter(prefix);
  const resource = [{ pattern: form, hints: [] }];
  const federating = admissions.toFederatedUser(user, 'sts:GetFederationToken', resource);
  if (federating.length === 0) return [plain];
  const tagging = admissions.toFederatedUser(user, 'sts:TagSession', resource);
  const tags = tagsIn(reads, facts);
  const fixed = Object.fromEntries(
    Object.entries(facts).filter(([key]) => !/^aws:(PrincipalArn|PrincipalType|userid|username)$/.test(key)),
  );
  const named: readonly ChosenKey[] = [
    { key: 'aws:PrincipalArn', form, optional: false, usual: `${prefix}permission-check` },
    {
      key: 'aws:userid',
      form: sessionForms.federatedAfter(`${accountId}:`),
      optional: false,
      usual: `${accountId}:permission-check`,
    },
    ...mfaOf('federated-user'),
  ];
  const sessions = [
    plain,
    ...entered(federating, tagging, tags, (passed, literals, ways): Session | undefined => {
      const limits = sessionLimits(literals, { passed, read: tags, asName: () => undefined });
      if (limits === undefined) return undefined;
      return {
        kind: 'federated-user',
        fixed: { ...without(fixed, passed), 'aws:PrincipalType': 'FederatedUser' },
        chosen: [...named, ...passed.map(passedTag)],
        limits: [...limits, ...ways.flatMap((way) => nameLimits(way, prefix, accountId))],
      };
    }),
  ];
  return distinct(sessions);
}

/** What the resource of GetFederationToken, the ARN of the federated user, demands of the name. */
function nameLimits({ like, notLike }: Admission, prefix: string, accountId: string): Literal[] {
  const literals = (pattern: string, holds: boolean): Literal[] => {
    if (/^\*+$/.test(pattern) || pattern.includes('${')) return [];
    const test = { operator: 'StringLike', ifExists: false };
    const name = pattern.startsWith(prefix) ? pattern.slice(prefix.length) : undefined;
    return [
      { test: { ...test, key: 'aws:PrincipalArn', values: [pattern] }, holds },
      ...(name === undefined
        ? []
        : [{ test: { ...test, key: 'aws:userid', values: [`${accountId}:${name}`] }, holds }]),
    ];
  };
  return [...like.flatMap((one) => literals(one, true)), ...notLike.flatMap((one) => literals(one, false))];
}

const entryKinds: Readonly<Record<Entry, SessionKind>> = {
  'sts:AssumeRole': 'assumed-role',
  'sts:AssumeRoleWithSAML': 'saml',
  'sts:AssumeRoleWithWebIdentity': 'web-identity',
};

const inOrder: readonly SessionKind[] = ['assumed-role', 'saml', 'web-identity', 'service'];

function roleSessions(
  role: Principal,
  reads: Reads,
  admissions: Admissions,
  callers: Callers | undefined,
): readonly Session[] {
  const trust = wholeTrustOf(role);
  if (trust === undefined) return [widest(role, reads)];
  const sessions: Session[] = [];
  for (const caller of callersOf(role, trust, callers)) {
    sessions.push(...begunBy(caller, role, { trust, admissions, reads }));
    if (sessions.length > maxSessions * 20) return [widest(role, reads)];
  }
  const all = distinct(sessions).sort((a, b) => inOrder.indexOf(a.kind) - inOrder.indexOf(b.kind));
  if (all.length > maxSessions) return [widest(role, reads)];
  // Whom nobody can become acts in no session; what it could do is told by a normal one.
  return all.length > 0
    ? all
    : [{ kind: 'assumed-role', fixed: principalContext(role), chosen: [], limits: [] }];
}

/** Who can begin a session by which call: providers sign tokens, all others call AssumeRole. */
export function enters(asker: Asker, entry: Entry): boolean {
  if (asker.kind === 'anyone') return true;
  return (asker.kind === 'federated') === (entry !== 'sts:AssumeRole');
}

function callersOf(role: Principal, trust: Trust, callers: Callers | undefined): Caller[] {
  return trust.askers.flatMap((asker): Caller[] => {
    if (asker.kind === 'deleted') return [];
    const session = asker.kind === 'principal' ? callers?.roleOfSession(asker.arn) : undefined;
    if (session !== undefined) return [{ asker, principal: session }];
    const known = callers?.of(asker, arnParts(role.arn).accountId) ?? 'unknown';
    if (known === 'unknown') return [{ asker }];
    return known.map((principal) => ({ asker: { kind: 'principal', arn: principal.arn }, principal }));
  });
}

interface Beginning {
  readonly trust: Trust;
  readonly admissions: Admissions;
  readonly reads: Reads;
}

/** The sessions that one caller can begin. */
function begunBy(caller: Caller, role: Principal, beginning: Beginning): Session[] {
  return ENTRIES.filter((entry) => enters(caller.asker, entry)).flatMap((entry) =>
    begun(caller, entry, role, beginning),
  );
}

/** The sessions that one caller can begin by one call. */
function begun(
  caller: Caller,
  entry: Entry,
  role: Principal,
  { trust, admissions, reads }: Beginning,
): Session[] {
  const kind = caller.asker.kind === 'service' ? 'service' : entryKinds[entry];
  const may = (action: string) => admissions.toRole(role, trust, caller, action);
  const entering = may(entry);
  if (entering.length === 0) return [];
  const facts = principalContext(role);
  const tags = tagsIn(reads, facts);
  const tagging = tags.length > 0 || namesTags(entering) ? may('sts:TagSession') : [];
  const naming = reads.has('aws:sourceidentity') ? may('sts:SetSourceIdentity') : [];
  const base = without(facts, ['aws:userid']);
  const chosen = [userIdOf(role), ...mfaOf(kind)];
  const asName = (test: Literal['test']) => sessionNameTest(test, role.id);
  const limitsOf = (literals: readonly Literal[], passed: readonly string[], read: readonly string[]) =>
    sessionLimits(literals, { passed, read, asName });
  return entered(entering, tagging, tags, (passed, literals): Session | undefined => {
    const limits = limitsOf(literals, passed, tags);
    if (limits === undefined) return undefined;
    const { asker } = caller;
    const provider = asker.kind === 'federated' ? asker.provider : undefined;
    return {
      kind,
      fixed: without(base, passed),
      chosen: [
        ...chosen,
        ...passed.map(passedTag),
        ...(provider === undefined ? [] : [providerOf(kind, provider), ...claimsOf(kind, provider, reads)]),
      ],
      limits: [...limits, ...(provider === undefined ? [] : providerLimits(kind, provider))],
    };
  })
    .flatMap((session) => alternatives(session, caller.asker))
    .flatMap((session) => {
      const identified = naming.map((way): Session => {
        const limits = limitsOf(way.literals, [], []) ?? [];
        return {
          ...session,
          chosen: [...session.chosen, sourceIdentity],
          limits: [...session.limits, ...limits],
        };
      });
      return lacksIdentity(session) || !reads.has('aws:sourceidentity')
        ? [session, ...identified]
        : identified;
    });
}

/** A session for each of the claims of its provider that exclude one another. */
function alternatives(session: Session, asker: Asker): readonly Session[] {
  const claims = asker.kind === 'federated' ? exclusiveClaims(asker.provider) : [];
  return claims.length === 0
    ? [session]
    : claims.map((limit) => ({ ...session, limits: [...session.limits, limit] }));
}

/** Whether a session can be without a source identity: a trust policy may let nobody in who sets none. */
function lacksIdentity({ limits }: Session): boolean {
  return limits.every(
    ({ test, holds }) => test.key !== sourceIdentity.key || conditionHolds(test, '2008-10-17', {}) === holds,
  );
}

/** Of a role that is trusted in a way that is not known: whatever anybody could choose. */
function widest(role: Principal, reads: Reads): Session {
  const facts = principalContext(role);
  const tags = tagsIn(reads, facts);
  const optional = (key: ChosenKey): ChosenKey => {
    const usual = contextValue(facts, key.key);
    return { ...key, optional: true, ...(typeof usual === 'string' ? { usual } : {}) };
  };
  return {
    kind: 'assumed-role',
    fixed: without(facts, ['aws:userid', ...tags]),
    chosen: [
      userIdOf(role),
      ...mfaOf('assumed-role'),
      optional(sourceIdentity),
      ...tags.map((tag) => optional(passedTag(tag))),
      ...[...reads].filter(isClaimKey).map((key): ChosenKey => ({ key, optional: true })),
    ],
    limits: [],
  };
}

function distinct(sessions: readonly Session[]): Session[] {
  return [...new Map(sessions.map((session) => [JSON.stringify(session), session])).values()];
}
