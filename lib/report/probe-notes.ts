import { actionName, listed } from '#lib/compare/labels.ts';
import type { RoleProbe } from '#lib/observe/types.ts';

/** Notes that are written out; the others are counted. */
const SHOWN = 12;

/** Requests, times and random names differ from role to role; the reason is the same. */
const alike = (reason: string): string => reason.replaceAll(/[0-9a-f]{32,}|[0-9a-f-]{36}/gi, '…');

/**
 * What live calls have not proven, and why: a line for each reason, with the actions and the roles. Never left out,
 * because silence would read as proof.
 */
export function probeNotes(probes: readonly RoleProbe[]): string[] {
  const refused = probes.flatMap(({ subject, notProbed }) =>
    notProbed === undefined ? [] : [`${subject}: ${notProbed}`],
  );
  const bySilence = new Map<string, { reason: string; actions: string[]; subjects: string[] }>();
  for (const { subject, answers } of probes) {
    const byReason = new Map<string, string[]>();
    for (const { action, decision, reason } of answers) {
      if (decision !== 'inconclusive') continue;
      const why = alike(reason ?? 'no reason was given').replace(/^not probed: /, '');
      // The same sentence for every action but for the code that it begins with or the action that it names.
      const key = why.replaceAll(action, 'it');
      byReason.set(key, [...(byReason.get(key) ?? []), actionName(action)]);
    }
    for (const [reason, names] of byReason) {
      const key = JSON.stringify([reason, names]);
      const known = bySilence.get(key) ?? { reason, actions: names, subjects: [] };
      known.subjects.push(subject);
      bySilence.set(key, known);
    }
  }
  const silent = [...bySilence.values()].map(
    ({ reason, actions, subjects }) =>
      `${listed(subjects, 3)}, not proven live: ${listed(actions, 6)} (${reason})`,
  );
  const all = [...refused, ...silent];
  return all.length <= SHOWN ? all : [...all.slice(0, SHOWN), `and ${all.length - SHOWN} notes more`];
}
