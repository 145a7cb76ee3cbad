import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import type { Reading } from '#lib/outbox/types.ts';
import type { Access } from '#lib/past/access.ts';
import { type TrustOpeningSteps, trustOpenings } from '#lib/past/trust-was-open.ts';
import { type OpeningSteps, openings } from '#lib/past/was-open.ts';

type Steps = Omit<OpeningSteps, 'accountId' | 'principal' | 'expected'> &
  Pick<TrustOpeningSteps, 'waysInto' | 'accessOf' | 'behind'>;

/**
 * What was open of a principal between two looks, and to whom it was, beyond what a rule expects of it that it did not choose in
 * between.
 */
export function openingsOf(
  principal: Principal,
  expectation: Expectation,
  present: Access,
  steps: Steps,
): NonNullable<Reading['openingsSince']> {
  const isAny = expectation.kind === 'any' && !expectation.administrator;
  const expected = expectation.kind === 'sets' && !expectation.builtIn ? expectation.policies : undefined;
  const { accountId } = arnParts(principal.arn);
  return (past, changes, looks, readAt, hasMoved = false) => {
    const now = { at: readAt, access: present, trust: principal.trust?.text };
    const own = { ...steps, accountId, principal };
    const ofPolicies =
      isAny && !hasMoved
        ? []
        : openings(past.access, now, changes, { ...own, expected: hasMoved ? undefined : expected }, looks);
    // Who may assume it is looked at whatever it may do.
    const assumedBy = hasMoved ? undefined : expectation.assumedBy;
    return [...ofPolicies, ...trustOpenings(past, now, changes, { ...own, assumedBy }, looks)];
  };
}

/**
 * Somebody who does not exist any more, with what its ARN says of it: nobody knows its tags, nor which rules they made it
 * fall under.
 *
 * @param arn `arn:aws:iam::123456789012:role/team/analyst`
 */
export function formerPrincipal(arn: string): Principal {
  const [, kind = '', path = '/', name = ''] = /:(user|role)(\/(?:.*\/)?)([^/]+)$/.exec(arn) ?? [];
  return {
    kind: kind === 'user' ? 'user' : 'role',
    arn,
    name,
    path,
    id: '',
    tags: {},
    groups: [],
    policies: [],
    unreadable: [],
    serviceLinked: false,
  };
}
