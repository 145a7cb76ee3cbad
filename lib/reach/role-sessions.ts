import {
  type ChosenKey,
  conditionHolds,
  contextValue,
  isClaimKey,
  type Literal,
  type Session,
  type SessionKind,
} from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Admissions, Caller } from './admission.ts';
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
import { distinctSessions, entered, type Reads, without } from './entered.ts';
import { namesTags, sessionLimits, sessionNameTest } from './session-limits.ts';
import { ENTRIES, type Entry, type Trust, wholeTrustOf } from './trust.ts';

/** More sessions than these are not told apart: the widest then stands for all. */
const maxSessions = 48;

const entryKinds: Readonly<Record<Entry, SessionKind>> = {
  'sts:AssumeRole': 'assumed-role',
  'sts:AssumeRoleWithSAML': 'saml',
  'sts:AssumeRoleWithWebIdentity': 'web-identity',
};

const inOrder: readonly SessionKind[] = ['assumed-role', 'saml', 'web-identity', 'service'];

/** The sessions that whoever may become a role can begin of it. */
export function roleSessions(
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
  const all = distinctSessions(sessions).sort((a, b) => inOrder.indexOf(a.kind) - inOrder.indexOf(b.kind));
  if (all.length > maxSessions) return [widest(role, reads)];
  if (all.length > 0) return all;
  // Whom nobody can become acts in no session; what it could do is told by a normal one of those whom it trusts.
  const chosen = trust.askers.some(mayHaveMfa) ? mfaOf('assumed-role') : [];
  return [{ kind: 'assumed-role', fixed: principalContext(role), chosen, limits: [] }];
}

/** Whether somebody whom a trust policy names may have MFA: services and providers begin sessions without. */
function mayHaveMfa({ kind }: Asker): boolean {
  return kind !== 'service' && kind !== 'federated' && kind !== 'deleted';
}

/**
 * Whether a caller is a role that acts without MFA in every session: a role has no device of its own that it could name when
 * it assumes the next one.
 *
 * Source: STS API Reference, AssumeRole (SerialNumber: the device of the user who calls).
 */
function isRoleWithoutMfa({ principal }: Caller): boolean {
  if (principal?.kind !== 'role') return false;
  const trust = wholeTrustOf(principal);
  return trust !== undefined && trust.askers.length > 0 && !trust.askers.some(mayHaveMfa);
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
export function begunBy(caller: Caller, role: Principal, beginning: Beginning): Session[] {
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
  const chosen = [userIdOf(role), ...mfaOf(isRoleWithoutMfa(caller) ? 'service' : kind)];
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
