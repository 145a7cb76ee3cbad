import type { Actor, Change } from '#lib/change/types.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import { escapeForMail } from '#lib/words/escape.ts';
import { counted, listed } from '#lib/words/labels.ts';
import { wrap } from './wrap.ts';

/** Changes that a mail tells one by one. */
const SHOWN = 20;
/** Actors that are named of the others. */
const SHOWN_ACTORS = 50;

/** `alice@example.com (AWSReservedSSO_Admin)`. */
export function actorWords({ name, through, invokedBy }: Actor): string {
  const behind = invokedBy !== undefined && invokedBy !== name ? `, made by ${invokedBy}` : '';
  return `${name}${through === undefined ? '' : ` (${through})`}${behind}`;
}

const consoles: readonly (readonly [string, string])[] = [
  ['cn-', 'console.amazonaws.cn'],
  ['us-gov-', 'console.amazonaws-us-gov.com'],
  ['', 'console.aws.amazon.com'],
];

/** The host of the console in a Region's partition. */
export const consoleOf = (region: string): string =>
  consoles.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'console.aws.amazon.com';

/** The event in CloudTrail's console; `undefined` where Region or id are not what they should be. */
export function eventLink({ region, eventId }: Pick<Change, 'region' | 'eventId'>): string | undefined {
  if (
    !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region) ||
    !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(eventId)
  ) {
    return undefined;
  }
  return `https://${region}.${consoleOf(region)}/cloudtrailv2/home?region=${region}#/events/${eventId}`;
}

/** `2026-11-24 12:03:29 UTC`. */
export function moment(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Changes of one kind by one actor: `created 30 roles`. */
interface Cause {
  readonly what: string;
  readonly changes: readonly [Change, ...Change[]];
}

const kinds = ['user', 'role', 'group'] as const;
const named = /\b(user|role|group)\/[\w+=,.@-]+/;

/** The same act on many as one: `wrote inline policy "app" of 30 roles`. */
function causesOf(changes: readonly Change[]): Cause[] {
  const groups = groupBy(changes, ({ what, eventName, actor, sourceIp }) =>
    JSON.stringify([eventName, what.replace(named, '$1/'), actor, sourceIp]),
  );
  return [...groups.values()].sort(inOrder).map((group): Cause => {
    const [{ what }] = group;
    const [, kind] = named.exec(what) ?? [];
    const names = new Set(group.map((change) => named.exec(change.what)?.[0]));
    const isKind = kinds.some((one) => one === kind);
    const spoken = isKind && names.size > 1 ? what.replace(named, counted(names.size, kind ?? '')) : what;
    return { what: spoken, changes: group };
  });
}

/** By their first event; events tell the time in seconds, and what is created is created first and deleted last. */
function inOrder(a: Cause['changes'], b: Cause['changes']): number {
  const firstOf = (changes: Cause['changes']) => changes.map(({ time }) => time).sort()[0] ?? '';
  const rank = ([{ eventName }]: Cause['changes']) =>
    eventName.startsWith('Create') ? 0 : /^Delete(Role|User|Group|Policy)$/.test(eventName) ? 2 : 1;
  return firstOf(a).localeCompare(firstOf(b)) || rank(a) - rank(b);
}

/** `when  2026-11-24 12:03:29 UTC, from 192.0.2.10, CreateRole`; of many, from the first to the last. */
function whenLine([first, ...others]: Cause['changes']): string {
  const times = [first, ...others].map(({ time }) => time).sort();
  const [from = first.time] = times;
  const until = times.at(-1) ?? from;
  const span = from === until ? moment(from) : `${moment(from)} to ${moment(until)}`;
  return `when  ${span}, from ${escapeForMail(first.sourceIp, 60)}, ${escapeForMail(first.eventName, 60)}`;
}

/**
 * Who did what, when and from where, with the event in CloudTrail; what somebody did to many is told once, with the first
 * event.
 */
export function changeLines(changes: readonly Change[], most = SHOWN): string[] {
  if (changes.length === 0) return [];
  const causes = causesOf(changes);
  const shown = causes.slice(-most);
  const lines = shown.flatMap(({ what, changes: group }, i) => {
    const [change] = group;
    const link = eventLink(change);
    return [
      ...(i > 0 ? [''] : []),
      ...wrap(escapeForMail(what), '  '),
      ...wrap(`by    ${escapeForMail(actorWords(change.actor), 300)}`, '  '),
      ...wrap(whenLine(group), '  '),
      link === undefined
        ? `  event ${escapeForMail(change.eventId, 60)} in ${escapeForMail(change.region, 30)}`
        : `  ${link}`,
    ];
  });
  return ['WHAT CHANGED', ...lines, ...earlierLines(causes.slice(0, -most))];
}

/** Who made the changes that are not told one by one: whoever hides something among many is named all the same. */
function earlierLines(causes: readonly Cause[]): string[] {
  if (causes.length === 0) return [];
  const actors = [
    ...new Set(causes.map(({ changes: [{ actor }] }) => escapeForMail(actorWords(actor), 100))),
  ];
  const count = `and ${counted(causes.length, 'earlier change')}, by`;
  return ['', ...wrap(`${count} ${listed(actors, SHOWN_ACTORS)}`, '  ')];
}

/** What was done, without who and when: `created 30 roles; wrote inline policy "app" of 30 roles`. */
export function causesInShort(changes: readonly Change[]): string {
  const alike = groupBy(causesOf(changes), ({ what }) => what);
  return [...alike]
    .map(([what, causes]) => {
      const actors = new Set(causes.map(({ changes: [{ actor }] }) => actorWords(actor))).size;
      return actors === 1 ? what : `${what} (${counted(actors, 'actor')})`;
    })
    .join('; ');
}
