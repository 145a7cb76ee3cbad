import type { Literal } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { Admissions } from './admission.ts';
import type { Asker } from './asker.ts';
import { enters } from './role-sessions.ts';
import { sessionLimits, sessionNameTest } from './session-limits.ts';
import { ENTRIES, wholeTrustOf } from './trust.ts';

/**
 * What the trust policy of a role makes of the names of the sessions that somebody begins: demands on aws:userid, one way
 * of beginning each. Undefined where he names a session as he likes, or that is not known.
 */
export function namesGivenBy(
  asker: Asker,
  role: Principal,
  admissions: Admissions,
): readonly (readonly Literal[])[] | undefined {
  const trust = wholeTrustOf(role);
  // A role that is not made yet has no id, by which its sessions go.
  if (trust === undefined || role.id === '' || !/rolesessionname/i.test(trust.source.text)) return undefined;
  const call = { passed: [], read: [], asName: (test: Literal['test']) => sessionNameTest(test, role.id) };
  const names = ENTRIES.filter((entry) => enters(asker, entry))
    .flatMap((entry) => admissions.toRole(role, trust, { asker }, entry))
    .flatMap(({ literals }) => {
      const limits = sessionLimits(
        literals.filter(({ test }) => test.key.toLowerCase() === 'sts:rolesessionname'),
        call,
      );
      return limits === undefined ? [] : [limits];
    });
  return names.length === 0 || names.some(({ length }) => length === 0) ? undefined : names;
}
