import type { Finding } from '#lib/compare/types.ts';
import { asciiOnly } from '#lib/words/escape.ts';
import { kindWords } from '#lib/words/kinds.ts';
import { counted, listed } from '#lib/words/labels.ts';
import { spokenActions } from '#lib/words/verbs.ts';
import type { MailItem } from './mail-content.ts';
import { pluralOf } from './plural.ts';

/** SNS: fewer than 100 characters. */
const LONGEST = 99;

/** `role/analyst`, `500 roles`, `2 roles and 1 user`. */
export function whoInShort(subjects: readonly string[]): string {
  const [only] = subjects;
  if (subjects.length === 1 && only !== undefined) return only;
  const count = (kind: string): number => subjects.filter((subject) => subject.startsWith(`${kind}/`)).length;
  const roles = count('role');
  const users = count('user');
  const policies = subjects.filter((subject) => subject.startsWith('policy/')).length;
  // The account, its expectations, its projects: one of each.
  const others = subjects.filter((subject) => !subject.includes('/')).map((subject) => `the ${subject}`);
  return listed([
    ...(roles > 0 ? [counted(roles, 'role')] : []),
    ...(users > 0 ? [counted(users, 'user')] : []),
    ...(policies > 0 ? [policies === 1 ? '1 policy' : `${policies} policies`] : []),
    ...others,
  ]);
}

/**
 * What a finding is about, as a sentence's end, with its first actions in words.
 *
 * @param about of whom it is said: everybody of the item, or one of them
 */
export function predicateOf(item: MailItem, named: number, about: 'one' | 'all' = 'all'): string {
  const { finding } = item;
  const changed = item.added?.length
    ? finding.actions.filter(({ action }) => item.added?.includes(action))
    : finding.actions;
  const words = spokenActions(changed.slice(0, named).map(({ action }) => action));
  const more = changed.length > named ? ` (+${changed.length - named})` : '';
  const predicate =
    item.state === 'resolved' ? resolved(item, `${words}${more}`) : open(item, `${words}${more}`);
  return about === 'all' && item.subjects.length > 1 ? pluralOf(predicate) : predicate;
}

/** With what the table of kinds leaves open. */
function filled(sentence: string, { finding, state, since }: MailItem, what: string): string {
  const still = state === 'reminder' ? ' still' : '';
  const isNow = (state === 'new' && since === undefined) || state === 'worse';
  const values: Readonly<Record<string, string>> = {
    now: isNow ? ' now' : still,
    still,
    what,
    count: counted(finding.actions.length, 'action'),
    when: finding.when ? ` ${finding.when}` : '',
    edited: since === 'expectations' ? ', because expectations.yaml changed' : '',
    used: how(finding),
    whom: whomInShort(finding),
  };
  return sentence.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

function open(item: MailItem, what: string): string {
  const { finding, deleted } = item;
  const words = kindWords[finding.kind];
  if (deleted && words.deleted !== undefined) return words.deleted;
  const isBare = finding.actions.length === 0 && words.bare !== undefined;
  const reached = finding.reachedBy === undefined ? undefined : words.reached;
  return filled(isBare ? words.bare : (reached ?? words.sentence), item, what);
}

/** Roles are assumed; the models of a project, and content, are used. */
export const how = ({ subject }: Finding): string => (/^(user|role)\//.test(subject) ? 'assumed' : 'used');

/** The widest who can act as it, without the details that a subject has no room for. */
function whomInShort({ reachedBy = 'others than expected' }: Finding): string {
  const [widest = ''] = reachedBy.split(';');
  return /^anyone (with an AWS account|on the internet)/.test(widest) ? 'anyone' : widest;
}

/** Not what is possible now: that the access ended, and that it is expected by now, both resolve a finding. */
function resolved(item: MailItem, what: string): string {
  const { finding, deleted, notJudged, covered } = item;
  if (deleted) return 'was deleted';
  if (notJudged) return 'is not judged any more, and may still have access';
  if (covered !== undefined) return covered;
  return filled(kindWords[finding.kind].ended, item, what);
}

function tag({ state, finding, notJudged, covered, since }: MailItem): string {
  if (state === 'resolved' && covered !== undefined && since !== 'expectations') return 'COVERED';
  if (state === 'resolved') return notJudged ? 'NOT JUDGED' : 'RESOLVED';
  return finding.kind === 'inconclusive' ? 'INCONCLUSIVE' : finding.severity.toUpperCase();
}

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, Math.max(0, length - 3))}...`;

/**
 * `[CRITICAL] Rekognition: role/analyst can delete collections and faces (+39)`: ASCII, fewer than 100 characters,
 * the worst finding first. The name gives way before the rest of the sentence does.
 */
export function subjectOf(items: readonly [MailItem, ...MailItem[]]): string {
  const [first] = items;
  const others = items.length - 1;
  const noun = items.every(({ state }) => state === 'resolved')
    ? 'more'
    : `other finding${others === 1 ? '' : 's'}`;
  const begin = `[${tag(first)}] Rekognition: `;
  const who = asciiOnly(whoInShort(first.subjects));
  const ends = [
    ...(others > 0
      ? [
          `${predicateOf(first, 2)}, ${others} ${noun}`,
          `${predicateOf(first, 1)}, ${others} ${noun}`,
          `${predicateOf(first, 1)}, +${others}`,
        ]
      : []),
    ...(others > 0 ? [] : [predicateOf(first, 2), predicateOf(first, 1)]),
  ].map(asciiOnly);
  const whole = ends.find((end) => begin.length + who.length + 1 + end.length <= LONGEST);
  if (whole !== undefined) return `${begin}${who} ${whole}`;
  const end = cut(ends.at(-1) ?? '', LONGEST - begin.length - 24);
  return `${begin}${cut(who, LONGEST - begin.length - end.length - 1)} ${end}`;
}
