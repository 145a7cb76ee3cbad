import { asciiOnly, escapeForMail } from '#lib/words/escape.ts';
import { counted } from '#lib/words/labels.ts';
import { attributesOf, writeMail } from './mail.ts';
import { moment } from './mail-changes.ts';
import type { Mail, MailContext } from './mail-content.ts';
import { wrap } from './wrap.ts';

/** Who wrote an object, as S3's event says it: the account and the address, not the principal. */
export interface ObjectAuthor {
  readonly account: string;
  readonly sourceIp: string;
  /** CloudTrail's data event of the same id names the principal, where a trail logs data events of the bucket. */
  readonly requestId: string;
  /** ISO 8601. */
  readonly at: string;
}

/** What became of the expectations in the stack's bucket. */
export interface ExpectationsNotice {
  /** `adopted`: it holds. `refused`: it has errors, and what held before holds. `withdrawn`: the object is gone. */
  readonly kind: 'adopted' | 'refused' | 'withdrawn';
  /** ISO 8601. */
  readonly at: string;
  /** S3's version id; absent where there is no object. */
  readonly version?: string | undefined;
  /** It is an older version, which is the newest again since `author` removed what was newer. */
  readonly restored?: boolean | undefined;
  readonly author?: ObjectAuthor | undefined;
  /** Errors of a refused file, warnings of one that holds: `expectations.yaml:12: …`. */
  readonly problems: readonly string[];
  /** `-12: …`, `+12: …`. */
  readonly lines: readonly string[];
}

const SHOWN_PROBLEMS = 50;
const SHOWN_LINES = 60;

/** A notice short enough to be kept until it is told; what is cut is counted. */
export function shortNotice(notice: ExpectationsNotice): ExpectationsNotice {
  const cut = (lines: readonly string[], most: number) => [
    ...lines.slice(0, most).map((line) => (line.length > 400 ? `${line.slice(0, 400)}…` : line)),
    ...(lines.length > most ? [`and ${lines.length - most} more`] : []),
  ];
  return {
    ...notice,
    problems: cut(notice.problems, SHOWN_PROBLEMS),
    lines: cut(notice.lines, SHOWN_LINES),
  };
}

/**
 * Tells that the expectations in the stack's bucket were changed. Whoever writes them decides what is never told, so it has
 * the severity of the worst.
 *
 * @param holds what holds instead of a refused file: `version 3HL4k…`, `the file that was deployed`
 */
export function expectationsMail(
  notice: ExpectationsNotice,
  place: { readonly bucket: string; readonly holds: string },
  context: MailContext,
): Mail {
  const { kind, problems, lines } = notice;
  const { subject, lead } = words(notice, place);
  const section = (title: string, shown: readonly string[]): string[] =>
    shown.length === 0 ? [] : [title, ...shown.flatMap((line) => wrap(escapeForMail(line), '  '))];
  return writeMail(
    {
      subject: asciiOnly(`${kind === 'refused' ? '[REFUSED] ' : '[EXPECTATIONS] '}Rekognition: ${subject}`),
      lead,
      changes: [],
      items: [],
      after: [
        section(kind === 'refused' ? 'ERRORS' : 'WARNINGS', problems),
        section('WHAT CHANGED IN IT', lines),
        writer(notice),
      ].filter((block) => block.length > 0),
      data: { purpose: 'expectations', ...notice, bucket: place.bucket, holds: place.holds },
      attributes: {
        ...attributesOf([], context, 'expectations'),
        severity: { type: 'String', value: 'critical' },
      },
    },
    context,
  );
}

function words(
  { kind, problems, restored }: ExpectationsNotice,
  { bucket, holds }: { readonly bucket: string; readonly holds: string },
): { subject: string; lead: string[] } {
  const object = `expectations.yaml in the bucket ${bucket}`;
  if (kind === 'refused') {
    return {
      subject: `expectations.yaml has ${counted(problems.length, 'error')}, so it is not used`,
      lead: [
        `The ${restored ? 'older' : 'new'} ${object} has errors and is not used. ${holds} holds, as before.`,
        'Write a file without these errors; rekognition-permission-check validate says whether one has any.',
      ],
    };
  }
  if (kind === 'withdrawn') {
    return {
      subject: 'expectations.yaml was deleted from the bucket',
      lead: [`${object} is gone. ${holds} holds from now on, and everybody is checked against it.`],
    };
  }
  if (restored) {
    return {
      subject: 'an older expectations.yaml is back',
      lead: [
        `What was newer than this version of ${object} was deleted. It holds from now on, and everybody is checked against it.`,
      ],
    };
  }
  return {
    subject: 'expectations.yaml was changed',
    lead: [
      `The new ${object} holds from now on, and everybody is checked against it.`,
      'Whoever may write it decides what is told. If nobody of yours did this, take the version before it.',
    ],
  };
}

function writer({ author, version, restored }: ExpectationsNotice): readonly string[] {
  const wrote =
    version === undefined ? 'WHO DELETED IT' : restored ? 'WHO DELETED WHAT WAS NEWER' : 'WHO WROTE IT';
  const lines =
    author === undefined
      ? ["not known: it was found by a sweep, not by S3's event"]
      : [
          `by    account ${author.account}, from ${author.sourceIp}`,
          `when  ${moment(author.at)}`,
          `event request ${author.requestId}; CloudTrail names the principal where a trail logs data events of the bucket`,
        ];
  return [
    wrote,
    ...[...lines, ...(version === undefined ? [] : [`what  version ${version}`])].flatMap((line) =>
      wrap(escapeForMail(line), '  '),
    ),
  ];
}
