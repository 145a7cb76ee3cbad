import type { RoleProbe } from '#lib/observe/types.ts';
import { actionName, counted, listed } from '#lib/words/labels.ts';

/** Notes that are written out; the others are counted. */
const SHOWN = 12;
const SHOWN_ACTIONS = 6;
const SHOWN_ROLES = 2;

/** Begins the reason of what is never called, for nobody. */
const never = 'not probed: ';

/** Requests, times and random names differ from role to role; the reason is the same. */
const alike = (reason: string): string => reason.replaceAll(/[0-9a-f]{32,}|[0-9a-f-]{36}/gi, '…');

interface Silence {
  readonly reason: string;
  readonly actions: Set<string>;
  readonly subjects: Set<string>;
}

/**
 * What live calls have not proven, and why: a line for each role that was not probed, and one for each reason with its
 * actions and roles. Never left out, because silence would read as proof.
 */
export function probeNotes(probes: readonly RoleProbe[]): string[] {
  const refused = probes.flatMap(({ subject, notProbed }) =>
    notProbed === undefined ? [] : [`${subject}: ${notProbed}`],
  );
  const neverCalled = new Set<string>();
  const silences = new Map<string, Silence>();
  for (const { subject, answers } of probes) {
    for (const { action, decision, reason = 'no reason was given' } of answers) {
      if (decision !== 'inconclusive') continue;
      if (reason.startsWith(never)) {
        neverCalled.add(actionName(action));
        continue;
      }
      const why = alike(reason).replaceAll(action, 'it');
      const silence = silences.get(why) ?? { reason: why, actions: new Set(), subjects: new Set() };
      silence.actions.add(actionName(action));
      silence.subjects.add(subject);
      silences.set(why, silence);
    }
  }
  const all = [
    ...refused,
    ...[...silences.values()].map(({ reason, actions, subjects }) => {
      const who = subjects.size > SHOWN_ROLES ? counted(subjects.size, 'role') : listed([...subjects]);
      return `not proven live for ${who}: ${listed([...actions].sort(), SHOWN_ACTIONS)}: ${reason}`;
    }),
    ...(neverCalled.size === 0
      ? []
      : [
          `never called live, since no call would be both harmless and telling: ${listed([...neverCalled].sort(), 12)}`,
        ]),
  ];
  return all.length <= SHOWN ? all : [...all.slice(0, SHOWN), `and ${all.length - SHOWN} notes more`];
}
