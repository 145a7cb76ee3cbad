/**
 * The sessions in which a principal can act: what every one of them carries, and what whoever begins one chooses, as
 * far as trust policies and the callers' own policies let him.
 */
import { isClaimKey, type Session, type SessionFreedom, sessionFreedom } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { Admissions } from './admission.ts';
import type { Callers } from './callers.ts';
import type { Reads } from './entered.ts';
import { roleSessions } from './role-sessions.ts';
import { mayTakeTags } from './trust.ts';
import { userSessions } from './user-sessions.ts';

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
