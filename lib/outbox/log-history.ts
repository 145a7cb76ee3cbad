import type { Change } from '#lib/change/types.ts';
import { type Access, allowedActions } from '#lib/past/access.ts';
import { withHistory } from '#lib/report/history.ts';
import { actorWords } from '#lib/report/mail-changes.ts';
import type { CheckReport, HistoryLine } from '#lib/report/types.ts';
import { actionName, counted, listed } from '#lib/words/labels.ts';
import type { AccessEntry } from './access-history.ts';
import { readAccessLog } from './access-log.ts';
import type { RecordTable } from './table.ts';

/** Names of actions in a line, and changes that a line names. */
const NAMES = 5;
const CAUSES = 3;

/** Up to so many principals the log is asked for each of them, else it is read as a whole. */
const ASKED = 20;

/** The report with what the log of access tells of its principals. */
export async function withLoggedHistory(report: CheckReport, table: RecordTable): Promise<CheckReport> {
  const { principals } = report;
  const entries = principals.length > ASKED ? readAccessLog(table) : logsOf(table, principals);
  return { ...report, principals: withHistory(principals, await historiesIn(entries)) };
}

async function* logsOf(
  table: RecordTable,
  principals: CheckReport['principals'],
): AsyncIterable<AccessEntry> {
  for (const { subject } of principals) yield* readAccessLog(table, subject);
}

/** By subject; `entries` come by subject and time, so that those of one principal at a time are held. */
export async function historiesIn(
  entries: AsyncIterable<AccessEntry>,
): Promise<ReadonlyMap<string, readonly HistoryLine[]>> {
  const histories = new Map<string, readonly HistoryLine[]>();
  const allowed = namesAllowed();
  let own: AccessEntry[] = [];
  const close = () => {
    const [first] = own;
    // Of whom one look alone tells, nothing is known to have happened.
    if (first !== undefined && (own.length > 1 || first.after !== undefined))
      histories.set(
        first.subject,
        own.map((entry, at) => lineOf(entry, own.slice(0, at), allowed)),
      );
  };
  for await (const entry of entries) {
    if (own[0] !== undefined && own[0].subject !== entry.subject) {
      close();
      own = [];
    }
    own.push(entry);
  }
  close();
  return histories;
}

type Names = (access: Access | undefined) => readonly string[];

/** Compiles alike accesses once: a change of a policy is a line of everybody who has it. */
function namesAllowed(): Names {
  const known = new Map<string, readonly string[]>();
  return (access) => {
    if (access === undefined) return [];
    const key = JSON.stringify(access);
    const names = known.get(key) ?? allowedActions(access).map(({ action }) => actionName(action));
    known.set(key, names);
    return names;
  };
}

function lineOf(entry: AccessEntry, earlier: readonly AccessEntry[], allowed: Names): HistoryLine {
  const { since, after, changes } = entry;
  const causes = changes.slice(-CAUSES).map(causeOf);
  return {
    at: since,
    ...(after === undefined ? {} : { after }),
    event: 'access',
    what: whatOf(entry, earlier.filter(({ kind }) => kind !== 'open').at(-1), allowed),
    ...(causes.length === 0 ? {} : { causes }),
  };
}

const causeOf = ({ what, actor }: Change): string => `${what}, by ${actorWords(actor)}`;

/** What a line of the log says beside the one before it. */
function whatOf(entry: AccessEntry, before: AccessEntry | undefined, allowed: Names): string {
  const { kind, after } = entry;
  if (kind === 'ended') return 'does not exist any more';
  if (kind === 'unknown') return 'what it can do could not be read';
  const now = allowed(entry.access);
  if (before === undefined || before.kind === 'ended') {
    const first = after === undefined ? 'was looked at for the first time' : 'was created';
    return `${first}, and can do ${now.length === 0 ? 'nothing' : counted(now.length, 'action')} of Rekognition`;
  }
  if (before.kind === 'unknown')
    return `could be read again: ${counted(now.length, 'action')} of Rekognition`;
  return differenceOf(entry, now, allowed(before.access));
}

/** What somebody can do by now, beside what it could. */
function differenceOf({ kind, until }: AccessEntry, now: readonly string[], past: readonly string[]): string {
  const gained = now.filter((name) => !past.includes(name));
  const lost = past.filter((name) => !now.includes(name));
  if (kind === 'open')
    return gained.length === 0
      ? `could do more for a while, until ${until ?? 'the next look'}`
      : `could do for a while, until ${until ?? 'the next look'}: ${listed(gained, NAMES)}`;
  if (gained.length + lost.length === 0)
    return 'its policies changed; it can do the same actions, maybe on other resources or under other conditions';
  return [
    ...(gained.length === 0 ? [] : [`can also do ${listed(gained, NAMES)}`]),
    ...(lost.length === 0 ? [] : [`can no longer do ${listed(lost, NAMES)}`]),
  ].join('; ');
}
