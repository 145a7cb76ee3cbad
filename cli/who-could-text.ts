import type { Holder, NotKnown, WhoCould } from '#lib/outbox/access-history.ts';
import { actorWords } from '#lib/report/mail-changes.ts';
import { escapeText, safeJson } from '#lib/words/escape.ts';
import { actionName, counted, listed } from '#lib/words/labels.ts';

/** Who could do some of several actions on a day. */
export interface WhoCouldAny {
  readonly day: string;
  /** `rekognition:SearchFaces` */
  readonly actions: readonly string[];
  readonly could: readonly (Omit<Holder, 'access'> & { readonly actions: readonly string[] })[];
  readonly notKnown: readonly NotKnown[];
}

/** The answers for single actions as one: each stretch of somebody's access once, with all that it allowed. */
export function together(
  day: string,
  answers: readonly { readonly action: string; readonly answer: WhoCould }[],
): WhoCouldAny {
  const could = new Map<string, Omit<Holder, 'access'> & { actions: string[] }>();
  const notKnown = new Map<string, NotKnown>();
  for (const { action, answer } of answers) {
    for (const { access: _, ...holder } of answer.could) {
      const key = `${holder.subject} ${holder.from}`;
      const one = could.get(key) ?? { ...holder, actions: [] };
      one.actions.push(action);
      could.set(key, one);
    }
    for (const one of answer.notKnown) notKnown.set(`${one.subject} ${one.reason}`, one);
  }
  return {
    day,
    actions: answers.map(({ action }) => action),
    could: [...could.values()].sort((a, b) => (a.subject < b.subject ? -1 : 1)),
    notKnown: [...notKnown.values()],
  };
}

/** For machines, in the form of answers.schema.json. */
export const whoCouldJson = (answer: WhoCouldAny): string =>
  `${safeJson({ command: 'who-could', ...answer }, 2)}\n`;

const moment = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

/** The answer for a person who reads a terminal. */
export function renderWhoCould({ day, actions, could, notKnown }: WhoCouldAny): string {
  const who = new Set(could.map(({ subject }) => subject)).size;
  const what = listed(actions.map(actionName), 3);
  const lines = [
    `${counted(who, 'principal')} could do ${what} on ${day} (UTC)`,
    ...could.flatMap((one) => [
      '',
      escapeText(one.subject),
      `  from   ${moment(one.from)}${one.until === undefined ? ', and still can' : ` until ${moment(one.until)}`}`,
      `  could  ${listed(one.actions.map(actionName), 10)}`,
      ...one.changes
        .slice(-3)
        .map(({ what: did, actor, time }) =>
          escapeText(`  after  ${did}, by ${actorWords(actor)}, ${moment(time)}`),
        ),
    ]),
    ...(notKnown.length === 0 ? [] : ['', 'Not known:']),
    ...notKnown.map(({ subject, reason }) => escapeText(`  ${subject}: ${reason}`)),
  ];
  return `${lines.join('\n')}\n`;
}
