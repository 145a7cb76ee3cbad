import { mergeChanges } from '#lib/change/merge.ts';
import { asciiOnly, escapeForMail } from '#lib/words/escape.ts';
import { counted } from '#lib/words/labels.ts';
import type { Alert, PrincipalAlerts } from './alert.ts';
import { attributesOf, writeMail } from './mail.ts';
import type { Mail, MailContext, MailItem } from './mail-content.ts';
import { itemsOfAlerts } from './mail-items.ts';
import { predicateOf, subjectOf, whoInShort } from './mail-subject.ts';
import { wrap } from './wrap.ts';

export interface DigestContext extends MailContext {
  /** What led to it; a sweep finds what no event shows. */
  readonly purpose: 'change' | 'sweep' | 'weekly-report' | 'probe';
  /** What the findings do not say, such as what could not be looked at: a line each, after the findings. */
  readonly notes?: readonly string[];
}

const stateWords: readonly (readonly [Alert['kind'] | 'covered', string])[] = [
  ['new', 'new'],
  ['worse', 'worse'],
  ['reminder', 'still open'],
  ['covered', 'covered by another rule'],
  ['resolved', 'resolved'],
];

const stateOf = ({ kind, covered, since }: Alert): Alert['kind'] | 'covered' =>
  kind === 'resolved' && covered !== undefined && since !== 'expectations' ? 'covered' : kind;

/** `role/analyst can now delete faces (+5).`, or for several things their number: `2 new findings, 1 resolved.` */
function leadOf(
  principals: readonly PrincipalAlerts[],
  items: readonly MailItem[],
  purpose: DigestContext['purpose'],
): string[] {
  const alerts = principals.flatMap((principal) => principal.alerts);
  const counts = stateWords
    .map(([kind, word]) => [alerts.filter((alert) => stateOf(alert) === kind).length, word] as const)
    .filter(([count]) => count > 0)
    .map(([count, word], i) => (i === 0 ? counted(count, `${word} finding`) : `${count} ${word}`));
  const who = whoInShort(principals.map(({ subject }) => subject));
  const [only] = items;
  return [
    items.length === 1 && only !== undefined
      ? `${who} ${predicateOf(only, 3)}.`
      : `${who}: ${counts.join(', ')}.`,
    ...(purpose === 'sweep' ? ['Found by the daily sweep, which sees what no event shows.'] : []),
    ...(purpose === 'probe' ? ['Found by live calls to Rekognition, made as the roles themselves.'] : []),
  ];
}

function nextMessageLines(principals: readonly PrincipalAlerts[]): string[] {
  const who = escapeForMail(whoInShort(principals.map(({ subject }) => subject)), 100);
  return wrap(`You are told once. Next message about ${who}: when this changes or is resolved.`);
}

const hasItems = (items: readonly MailItem[]): items is [MailItem, ...MailItem[]] => items.length > 0;

/**
 * What changed for some principals as one message: the changes of IAM that led to it with who made them, what is
 * new, worse, still open or resolved, worst first. What many principals share is told once.
 *
 * @throws {RangeError} when there is nothing to tell; a message about nothing is not sent
 */
export function digest(principals: readonly PrincipalAlerts[], context: DigestContext): Mail {
  const { purpose, notes = [], ...place } = context;
  const items = itemsOfAlerts(principals);
  if (!hasItems(items)) throw new RangeError('a digest needs at least one alert');
  const open = items.some(({ state }) => state !== 'resolved');
  return writeMail(
    {
      subject: asciiOnly(subjectOf(items)),
      lead: leadOf(principals, items, purpose),
      changes: principals.reduce<PrincipalAlerts['changes']>(
        (all, { changes }) => mergeChanges(all, changes),
        [],
      ),
      items,
      after: [
        ...(notes.length > 0 ? [notes.flatMap((note) => wrap(escapeForMail(note, 600)))] : []),
        ...(open ? [nextMessageLines(principals)] : []),
      ],
      data: { purpose, principals: principals.length },
      attributes: attributesOf(items, place, purpose),
    },
    place,
  );
}
