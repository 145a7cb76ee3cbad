import { compareSeverity, worst } from '#lib/catalog/severity.ts';
import type { CatalogAction, Severity } from '#lib/catalog/types.ts';
import { asciiOnly, escapeForMail } from '#lib/words/escape.ts';
import { counted, listed } from '#lib/words/labels.ts';
import { spokenActions } from '#lib/words/verbs.ts';
import { attributesOf, writeMail } from './mail.ts';
import type { Mail, MailContext } from './mail-content.ts';
import { wrap } from './wrap.ts';

/** Somebody who can use Rekognition, at the first look at an account. */
export interface Able {
  readonly subject: string;
  readonly actions: readonly CatalogAction[];
  /** Names of the policies that allow it. */
  readonly policies: readonly string[];
  /** The expectations say `expect: any`: nothing that it does is told. */
  readonly notJudged?: boolean;
}

/** Names of actions for each principal. */
const SHOWN_ACTIONS = 3;
/** Principals in the JSON form; the full list has all. */
const SHOWN_ABLE = 500;

/**
 * The first look at an account, told once: how many there are, and who can use Rekognition. From then on only changes
 * are told. Everybody is in the JSON form too, as far as a message holds them.
 *
 * @param watched principals that were looked at.
 */
export function baselineMail(watched: number, able: readonly Able[], context: MailContext): Mail {
  const sorted = able
    .map((one) => ({ ...one, severity: worst(one.actions.map(({ severity }) => severity)) }))
    .sort((a, b) => compareSeverity(a.severity, b.severity) || a.subject.localeCompare(b.subject));
  const numbers = `${counted(watched, 'principal')} watched, ${able.length === 0 ? 'nobody' : able.length} can use it`;
  const heading = able.length === 0 ? ['NOBODY CAN USE IT'] : ['CAN USE IT'];
  return writeMail(
    {
      subject: asciiOnly(`Rekognition: ${numbers}`),
      lead: ['This is where it stands. From now on you hear only of what changes.'],
      changes: [],
      items: [],
      after: [[...heading, ...sorted.flatMap(lineOf)]],
      data: {
        purpose: 'baseline',
        principals: watched,
        able: sorted.slice(0, SHOWN_ABLE).map(({ subject, severity, actions }) => ({
          subject,
          severity,
          actions: actions.length,
        })),
        ableNotShown: Math.max(0, sorted.length - SHOWN_ABLE),
      },
      shortened: sorted.length > SHOWN_ABLE,
      attributes: attributesOf([], context, 'baseline'),
    },
    context,
  );
}

function lineOf({
  subject,
  severity,
  actions,
  policies,
  notJudged,
}: Able & { readonly severity: Severity }): string[] {
  const worstFirst = [...actions].sort((a, b) => compareSeverity(a.severity, b.severity));
  const spoken = spokenActions(worstFirst.slice(0, SHOWN_ACTIONS).map(({ action }) => action));
  const more = actions.length > SHOWN_ACTIONS ? ` (+${actions.length - SHOWN_ACTIONS})` : '';
  const text = escapeForMail(
    `${subject}: ${spoken}${more}, by ${listed(policies, 4)}${notJudged ? '; not judged, as "any" is expected' : ''}`,
    500,
  );
  return wrap(text, `  ${severity.padEnd(9)} `);
}
