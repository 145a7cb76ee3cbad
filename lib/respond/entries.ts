import type { Principal } from '#lib/account/types.ts';
import type { Checker } from '#lib/check/principal.ts';
import type { TrustOpeningSteps } from '#lib/past/trust-was-open.ts';
import type { Reach } from '#lib/reach/reach.ts';
import type { WayIn } from '#lib/reach/way-in.ts';
import { subjectName } from '#lib/words/labels.ts';

/** Roles that are looked at again because of a change of another one; the sweep looks at all. */
const MOST_BEHIND = 100;

/** Who comes into a role, what it can do, and to which roles with access it leads, or a way into it. */
export function entriesOf(reach: Reach, { accessOf }: Checker) {
  return {
    accessOf,
    waysInto: (role: Principal) => reach.waysInto(role),
    behind: (role: Principal, way?: WayIn) =>
      [...reach.behind(role, MOST_BEHIND, way)].filter((one) => accessOf(one).length > 0),
  };
}

/** `role/face-admin`, of those with access that a role leads to. */
export function rolesBehind(
  role: Principal | undefined,
  which: 'all' | 'from outside',
  reach: Reach,
  behind: TrustOpeningSteps['behind'],
): readonly string[] {
  if (role?.kind !== 'role' || (which === 'from outside' && reach.roadTo(role) === undefined)) return [];
  return behind(role)
    .filter((one) => which === 'all' || reach.roadTo(one)?.through.includes(role))
    .map(subjectName);
}
