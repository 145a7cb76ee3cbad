import type { Actor, Change } from '#lib/change/types.ts';
import { escapeForMail } from '#lib/words/escape.ts';
import { wrap } from './wrap.ts';

/** Changes that a mail tells one by one. */
const SHOWN = 20;

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

/** The event in CloudTrail's console; `undefined` where Region or id are not what they should be. */
export function eventLink({ region, eventId }: Pick<Change, 'region' | 'eventId'>): string | undefined {
  if (
    !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region) ||
    !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(eventId)
  ) {
    return undefined;
  }
  const host = consoles.find(([prefix]) => region.startsWith(prefix))?.[1];
  return `https://${region}.${host}/cloudtrailv2/home?region=${region}#/events/${eventId}`;
}

/** `2026-11-24 12:03:29 UTC`. */
export function moment(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Who did what, when and from where, each change with its event. */
export function changeLines(changes: readonly Change[]): string[] {
  if (changes.length === 0) return [];
  const shown = changes.slice(-SHOWN);
  const lines = shown.flatMap((change, i) => {
    const link = eventLink(change);
    return [
      ...(i > 0 ? [''] : []),
      ...wrap(escapeForMail(change.what), '  '),
      ...wrap(`by    ${escapeForMail(actorWords(change.actor), 300)}`, '  '),
      ...wrap(
        `when  ${moment(change.time)}, from ${escapeForMail(change.sourceIp, 60)}, ${escapeForMail(change.eventName, 60)}`,
        '  ',
      ),
      link === undefined
        ? `  event ${escapeForMail(change.eventId, 60)} in ${escapeForMail(change.region, 30)}`
        : `  ${link}`,
    ];
  });
  const earlier = changes.length - shown.length;
  return ['WHAT CHANGED', ...lines, ...(earlier > 0 ? ['', `  and ${earlier} earlier changes`] : [])];
}
