import { mergeChanges } from '#lib/change/merge.ts';
import { isJudgement, isWorse, ruleOf, withoutThoseIn } from './alerts.ts';
import { rememberAccess } from './remember-access.ts';
import { rememberOpenings } from './remember-openings.ts';
import { rememberOutside, rememberTrust } from './remember-outside.ts';
import { namesOf } from './renamed.ts';
import type { AnnouncedFinding, KnownFinding, PrincipalRecord, Reading } from './types.ts';
import { withoutTexts } from './without-texts.ts';

/** A finding that got better is not news, but it is what the next change for the worse is measured against. */
function lowered(
  announced: readonly AnnouncedFinding[],
  known: readonly KnownFinding[],
  about: Pick<PrincipalRecord, 'access' | 'changed'>,
): readonly AnnouncedFinding[] {
  const now = new Map(known.map((entry) => [entry.finding.id, entry]));
  return announced.map((entry) => {
    const current = now.get(entry.finding.id);
    const confirmed =
      current !== undefined && !current.unconfirmed && current.finding.suppressed === undefined;
    return confirmed && !isWorse(entry.finding, current.finding, about)
      ? { ...entry, finding: current.finding }
      : entry;
  });
}

/**
 * What was announced and is now covered by a suppression: somebody has decided, so its end is not announced, and it is announced anew
 * when the suppression is gone.
 */
function unsuppressed(
  announced: readonly AnnouncedFinding[],
  known: readonly KnownFinding[],
): readonly AnnouncedFinding[] {
  const findings = known.map(({ finding }) => finding);
  const suppressed = findings.filter((finding) => finding.suppressed !== undefined);
  if (suppressed.length === 0) return announced;
  return announced.filter(
    ({ finding }) =>
      findings.some((one) => one.suppressed === undefined && one.id === finding.id) ||
      (withoutThoseIn(finding, suppressed) !== undefined && !suppressed.some(({ id }) => id === finding.id)),
  );
}

/**
 * Where nobody wrote what is expected, nothing is judged: an earlier version announced what differs from the attached
 * managed policies, and its end is no news; that a rule was taken away is.
 */
function withoutUnjudged(
  before: PrincipalRecord | undefined,
  announced: readonly AnnouncedFinding[],
  { covering, moved }: Pick<PrincipalRecord, 'covering' | 'moved'>,
): readonly AnnouncedFinding[] {
  if (!covering?.builtIn || moved !== undefined) return announced;
  // An earlier version did not say which rule covered the principal.
  const isOld = before?.covering === undefined;
  return announced.filter(
    ({ finding }) => !isJudgement(finding) || (!isOld && ruleOf(finding) !== covering.rule),
  );
}

/**
 * What is known of a principal after a check, given what was known before. Findings that an inconclusive check did
 * not see are kept as unconfirmed; a conclusive one drops them. A reading older than what is known adds its changes
 * and nothing else: queues deliver late and twice.
 */
export function remember(before: PrincipalRecord | undefined, reading: Reading): PrincipalRecord {
  if (before !== undefined && reading.readAt < before.readAt) {
    return { ...before, changes: mergeChanges(before.changes, reading.changes) };
  }
  const known = knownAfter(before, reading);
  const about = rememberAccess(before, reading);
  return {
    ...about,
    ...rememberOpenings(before, reading).record,
    ...rememberOutside(before, reading),
    ...rememberTrust(before, reading),
    subject: reading.subject,
    arn: reading.arn,
    readAt: reading.readAt,
    status: reading.status,
    fingerprint: reading.fingerprint,
    ...(reading.access === undefined ? { unread: true } : {}),
    ...(before?.accessSince === undefined ? {} : { accessSince: before.accessSince }),
    known,
    announced: withoutUnjudged(
      before,
      unsuppressed(lowered(before?.announced ?? [], known, about), known),
      about,
    ),
    changes: mergeChanges(before?.changes ?? [], reading.causes ?? reading.changes),
    ...(before?.changesTold === undefined ? {} : { changesTold: before.changesTold }),
    ...namesOf(before, reading),
    ...(before?.claim === undefined ? {} : { claim: before.claim }),
  };
}

/** What a reading found, and what it could not say the end of. */
function knownAfter(before: PrincipalRecord | undefined, reading: Reading): readonly KnownFinding[] {
  const earlier = new Map((before?.known ?? []).map((known) => [known.finding.id, known]));
  const found = reading.findings.map((finding) => ({
    finding: withoutTexts(finding),
    firstSeen: earlier.get(finding.id)?.firstSeen ?? reading.readAt,
    lastSeen: reading.readAt,
  }));
  const inconclusive =
    reading.status === 'inconclusive' || reading.findings.some(({ kind }) => kind === 'inconclusive');
  if (!inconclusive) return found;
  const seen = new Set(reading.findings.map(({ id }) => id));
  const unseen = [...earlier.values()].filter(
    ({ finding }) => !seen.has(finding.id) && finding.kind !== 'inconclusive',
  );
  return [...found, ...unseen.map((old) => ({ ...old, unconfirmed: true }))];
}
