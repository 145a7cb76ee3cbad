import { asciiOnly, escapeForMail } from '#lib/words/escape.ts';
import { attributesOf, writeMail } from './mail.ts';
import { moment } from './mail-changes.ts';
import type { Mail, MailContext } from './mail-content.ts';
import { wrap } from './wrap.ts';

const SUBJECT_LENGTH = 100;

/** An alarm of the stack that began or ended. */
export interface Alarm {
  readonly name: string;
  readonly state: 'ALARM' | 'OK';
  /** The template's sentence for it. */
  readonly description: string;
  /** CloudWatch's own words: which datapoints, and the threshold. */
  readonly reason: string;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * Tells that the check itself fails, or does no longer. CloudWatch's own messages have no attributes, so that every filter
 * policy drops them; this one has those of the worst finding, at its end as well, so that who heard of it hears of both.
 *
 * @param context where the alarm is, and a link to it as `page`
 */
export function alarmMail({ name, state, description, reason, at }: Alarm, context: MailContext): Mail {
  const over = state === 'OK';
  const lead = over
    ? `This is over: ${description}.`
    : `${description}. Until it is over, changes of access may not be told.`;
  return writeMail(
    {
      subject: subjectOf(`${over ? '[OK]' : '[ALARM]'} ${description}`),
      lead: [escapeForMail(lead)],
      changes: [],
      items: [],
      after: [
        [
          'ALARM',
          ...[`name   ${name}`, `since  ${moment(at)}`, `why    ${reason}`].flatMap((line) =>
            wrap(escapeForMail(line), '  '),
          ),
        ],
        ...(over
          ? []
          : [
              [
                'WHAT TO DO',
                ...wrap('docs/operation.md says what each alarm means and what to look at first.', '  '),
              ],
            ]),
      ],
      data: { purpose: 'alarm', alarm: { name, state, description, reason, at } },
      attributes: {
        ...attributesOf([], context, 'alarm'),
        severity: { type: 'String', value: 'critical' },
      },
    },
    context,
  );
}

/** ASCII, and as many whole words as SNS takes. */
function subjectOf(text: string): string {
  const ascii = asciiOnly(text);
  return ascii.length < SUBJECT_LENGTH
    ? ascii
    : `${ascii.slice(0, SUBJECT_LENGTH - 4).replace(/ \S*$/, '')} ...`;
}
