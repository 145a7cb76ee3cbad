import { escapeForMail } from '#lib/words/escape.ts';
import { listed, statementLabel } from '#lib/words/labels.ts';
import { changeLines, moment } from './mail-changes.ts';
import type { MailContent, MailContext, MailItem } from './mail-content.ts';
import { predicateOf } from './mail-subject.ts';

/** Actions by name in one line; a policy of everything has 76. */
const SHOWN_ACTIONS = 80;

/**
 * Everything that a message is about, without a limit: a line for each principal of each finding, in the order of the
 * message (worst first, new before what was told before, resolved last), then its sections and every change.
 */
export function fullList(content: MailContent, { accountId, region, at }: MailContext): string {
  const blocks = [
    [
      content.subject,
      ...content.lead.map((line) => escapeForMail(line)),
      `account ${accountId} · ${region} · ${moment(at)}`,
    ],
    content.items.flatMap(itemLines),
    ...(content.fullSections ?? content.after),
    changeLines(content.changes, content.changes.length),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

/** `critical  new       role/analyst  can now delete faces (because of inline policy app, statement 1)` */
function itemLines(item: MailItem): string[] {
  const { finding, state, subjects } = item;
  const severity = finding.kind === 'inconclusive' ? 'unclear' : finding.severity;
  const because = finding.by.map((matched) => statementLabel(matched));
  const cause = because.length === 0 ? '' : ` (${listed(because, 5)})`;
  const what = escapeForMail(`${predicateOf(item, SHOWN_ACTIONS, 'one')}${cause}`);
  return subjects.map(
    (subject) => `${severity.padEnd(9)} ${state.padEnd(9)} ${escapeForMail(subject)}  ${what}`,
  );
}
