import { asciiOnly } from '#lib/words/escape.ts';
import { counted } from '#lib/words/labels.ts';
import { type Able, ableLines, sortAble } from './able.ts';
import { attributesOf, writeMail } from './mail.ts';
import type { Mail, MailContext } from './mail-content.ts';

/** Principals in the JSON form; the full list has all. */
const SHOWN_ABLE = 500;

/**
 * The first look at an account, told once: how many there are, and who can use Rekognition. From then on only changes
 * are told. Everybody is in the JSON form too, as far as a message holds them.
 *
 * @param watched principals that were looked at.
 */
export function baselineMail(watched: number, able: readonly Able[], context: MailContext): Mail {
  const sorted = sortAble(able);
  const numbers = `${counted(watched, 'principal')} watched, ${able.length === 0 ? 'nobody' : able.length} can use it`;
  const heading = able.length === 0 ? ['NOBODY CAN USE IT'] : ['CAN USE IT'];
  return writeMail(
    {
      subject: asciiOnly(`Rekognition: ${numbers}`),
      lead: ['This is where it stands. From now on you hear only of what changes.'],
      changes: [],
      items: [],
      after: [[...heading, ...sorted.flatMap(ableLines)]],
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
