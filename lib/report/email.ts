import { asciiOnly, escapeForMail } from '#lib/words/escape.ts';
import { counted, listed } from '#lib/words/labels.ts';
import { type Able, ableLines, sortAble } from './able.ts';
import { anythingChecked, exitCode, openFindings } from './exit.ts';
import { attributesOf, writeMail } from './mail.ts';
import type { Mail, MailContext, MailItem } from './mail-content.ts';
import { itemsOfFindings } from './mail-items.ts';
import { subjectOf } from './mail-subject.ts';
import { severityCounts } from './severity-counts.ts';
import type { CheckReport, PrincipalResult } from './types.ts';
import { wrap } from './wrap.ts';

export interface EmailOptions {
  /** Where the page of the whole report is. */
  readonly page?: string | undefined;
  /** Where the full list is. */
  readonly fullReport?: string;
  /** Whom the team expects anything of, and can use Rekognition: a weekly report names all of them. */
  readonly anyExpected?: readonly Able[];
  /** For subscriptions to filter by. Default `check`. */
  readonly purpose?: string;
}

const SHOWN_NAMES = 12;

function namesOf(
  principals: readonly PrincipalResult[],
  status: PrincipalResult['status'],
): readonly string[] {
  return principals.filter((principal) => principal.status === status).map(({ subject }) => subject);
}

/** Who is not judged; by name as far as `most`. The weekly report names everybody of whom anything is expected. */
function unjudged({ principals }: CheckReport, most: number): string[] {
  const line = (status: PrincipalResult['status'], label: string): string[] => {
    const names = namesOf(principals, status);
    return names.length === 0
      ? []
      : wrap(escapeForMail(`${names.length} ${label}: ${listed(names, most)}.`, Number.POSITIVE_INFINITY));
  };
  return [...line('not-judged', 'not judged'), ...line('not-checkable', 'not checkable')];
}

function leadOf(report: CheckReport, open: ReturnType<typeof openFindings>): string[] {
  if (!anythingChecked(report) && open.length === 0) {
    return ['Nothing was checked, so nothing is known.'];
  }
  const expected = namesOf(report.principals, 'as-expected').length;
  const found =
    open.length === 0 ? 'No findings' : `${counted(open.length, 'finding')} (${severityCounts(open)})`;
  const suppressed = report.findings.length - open.length;
  return [
    `${found} in ${counted(report.principals.length, 'principal')}; ${expected} as expected${
      suppressed > 0 ? `; ${counted(suppressed, 'finding')} suppressed` : ''
    }.`,
    ...report.warnings.map((warning) => `Warning: ${warning}`),
  ];
}

function quietSubject(report: CheckReport): string {
  const code = exitCode(report);
  return code === 0
    ? `[OK] Rekognition: ${counted(report.principals.length, 'principal')} checked, no findings`
    : `[INCONCLUSIVE] Rekognition: ${anythingChecked(report) ? 'not everything could be checked' : 'nothing was checked'}`;
}

/** A weekly report leaves nothing out: what is no finding and should be known is said, too. */
function notesOf({ notes = [] }: CheckReport): string[][] {
  return notes.length === 0 ? [] : [notes.flatMap((note) => wrap(escapeForMail(note, 600)))];
}

const hasItems = (items: readonly MailItem[]): items is [MailItem, ...MailItem[]] => items.length > 0;

/**
 * A whole report as one message: subject with the worst finding first, text for people, JSON for machines, and
 * attributes to filter by. Always within SNS's limits, whatever the number and length of findings; what does not fit
 * is counted. Everything that others wrote is escaped, and their links are made unclickable.
 */
export function email(report: CheckReport, options: EmailOptions = {}): Mail {
  const { fullReport, page, purpose = 'check', anyExpected = [] } = options;
  const open = openFindings(report.findings);
  const items = itemsOfFindings(open);
  const context: MailContext = {
    accountId: report.accountId,
    region: report.region,
    at: report.startedAt,
    ...(page === undefined ? {} : { page }),
    ...(fullReport === undefined ? {} : { fullReport }),
  };
  const isWeekly = purpose === 'weekly-report';
  const everybody = unjudged(report, report.principals.length);
  const rest = isWeekly ? everybody : unjudged(report, SHOWN_NAMES);
  const able =
    anyExpected.length === 0
      ? []
      : [['ANYTHING IS EXPECTED OF THEM, AND THEY CAN', ...sortAble(anyExpected).flatMap(ableLines)]];
  return writeMail(
    {
      subject: asciiOnly(hasItems(items) ? subjectOf(items) : quietSubject(report)),
      lead: leadOf(report, open),
      changes: [],
      items,
      after: [...(rest.length > 0 ? [rest] : []), ...able, ...(isWeekly ? notesOf(report) : [])],
      fullSections: [everybody, ...able],
      data: {
        purpose,
        exitCode: exitCode(report),
        principals: report.principals.length,
        suppressed: report.findings.length - open.length,
        evidence: report.evidence,
        expectations: report.expectations,
      },
      attributes: attributesOf(items, context, purpose),
    },
    context,
  );
}
