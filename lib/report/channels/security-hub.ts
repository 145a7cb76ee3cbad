import { kindWords } from '#lib/words/kinds.ts';
import { asff } from '../formats/asff.ts';
import { kinds } from '../formats/kinds.ts';
import type { Announcement } from './announcement.ts';

/** Where findings are imported: the Region of Security Hub, and the product of one's own there. */
export interface HubPlace {
  readonly partition: string;
  readonly region: string;
}

/**
 * An announcement as a finding of Security Hub; the same Id each time, so that it is updated. One that is resolved is
 * archived: as passed where the access is as expected or its principal is gone, otherwise without saying so.
 */
export function hubFinding(announcement: Announcement, place: HubPlace) {
  const { account, region, at, firstSeen, state, resolvedBecause, finding } = announcement;
  const { kind, subject, principalArn, scope, when, expected, reachedBy } = finding;
  const facts = [
    finding.summary,
    ...(scope === undefined ? [] : [`on ${scope}`]),
    ...(when === undefined ? [] : [`when: ${when}`]),
    ...(expected === undefined ? [] : [`expected: ${expected}`]),
    ...finding.because.map((words) => `because ${words}`),
    ...(reachedBy === undefined ? [] : [`reached by ${reachedBy}`]),
  ];
  const resolved = state === 'resolved';
  return asff({
    ...place,
    account,
    id: finding.id,
    kind,
    severity: finding.severity,
    createdAt: firstSeen,
    updatedAt: at,
    title: `${finding.title} (${kindWords[kind].title})`,
    description: facts.join(' · '),
    remedy: finding.nextSteps[0],
    actions: finding.actions.map(({ action }) => action),
    resource: { id: principalArn ?? subject, region },
    compliance: resolved ? resolvedStatus(resolvedBecause) : kinds[kind].compliance,
    recordState: resolved ? 'ARCHIVED' : 'ACTIVE',
  });
}

/** Whether the access that was found is known to be gone. */
export const isMended = ({ state, resolvedBecause }: Announcement): boolean =>
  state === 'resolved' && resolvedStatus(resolvedBecause) === 'PASSED';

function resolvedStatus(because: Announcement['resolvedBecause']): 'PASSED' | 'WARNING' | 'NOT_AVAILABLE' {
  if (because === 'covered') return 'WARNING';
  return because === 'not-judged' ? 'NOT_AVAILABLE' : 'PASSED';
}
