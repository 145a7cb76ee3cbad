import { compareSeverity } from '#lib/catalog/severity.ts';
import { statementKey } from '#lib/compare/finding-id.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Alert, PrincipalAlerts } from './alert.ts';
import type { MailItem, MailState } from './mail-content.ts';

interface Reported {
  readonly state: MailState;
  readonly finding: Finding;
  readonly firstSeen?: string;
  readonly before?: Finding;
  readonly deleted?: boolean;
  readonly notJudged?: boolean;
  readonly covered?: string;
  readonly since?: 'before' | 'expectations';
}

const states: readonly MailState[] = ['new', 'worse', 'open', 'reminder', 'resolved'];

/** What makes two principals' findings the same to a reader: everything but the principal itself. */
function sameness({ state, finding, before, deleted, notJudged, covered, since }: Reported): string {
  return JSON.stringify([
    state,
    deleted ?? false,
    notJudged ?? false,
    covered ?? '',
    since ?? '',
    finding.kind,
    finding.severity,
    finding.actions.map(({ action, severity }) => [action, severity]),
    before?.actions.map(({ action }) => action) ?? [],
    finding.scope ?? '',
    finding.when ?? '',
    finding.expected ?? '',
    finding.by.map(statementKey),
    textsOf(state, finding).map((text) => withoutName(text, finding.subject)),
  ]);
}

/** Statements of one name need not say the same: what is told of them must be true of all. Nothing undoes what is over. */
function textsOf(state: MailState, { summary, remedies, by }: Finding): readonly string[] {
  if (state !== 'resolved') return [summary, ...remedies];
  return by.length > 0 ? [] : [summary];
}

/** A text without the principal that it is about: `role/a`, and `a` where it stands alone, or before a comma or full stop. */
function withoutName(text: string, subject: string): string {
  const name = subject.slice(subject.indexOf('/') + 1).replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replaceAll(new RegExp(`(?<![\\w+=,.@-])${name}(?![\\w+=@-]|[.,]+[\\w+=@-])`, 'g'), '');
}

function grouped(reported: readonly Reported[]): MailItem[] {
  const items = [...groupBy(reported, sameness).values()].map((group): MailItem => {
    const [{ state, finding, firstSeen, before, deleted, notJudged, covered, since }] = group;
    const had = new Set(before?.actions.map(({ action }) => action));
    return {
      state,
      finding,
      subjects: [...new Set(group.map((one) => one.finding.subject))].sort((a, b) =>
        a.localeCompare(b, 'en', { numeric: true }),
      ),
      ...(firstSeen === undefined ? {} : { firstSeen }),
      ...(before === undefined
        ? {}
        : { added: finding.actions.map(({ action }) => action).filter((action) => !had.has(action)) }),
      ...(deleted ? { deleted } : {}),
      ...(notJudged ? { notJudged } : {}),
      ...(covered === undefined ? {} : { covered }),
      ...(since === undefined ? {} : { since }),
    };
  });
  return items.sort(
    (a, b) =>
      Number(a.state === 'resolved') - Number(b.state === 'resolved') ||
      compareSeverity(a.finding.severity, b.finding.severity) ||
      Number(a.finding.kind === 'inconclusive') - Number(b.finding.kind === 'inconclusive') ||
      states.indexOf(a.state) - states.indexOf(b.state) ||
      b.subjects.length - a.subjects.length,
  );
}

/** A report's open findings, worst first; a finding that many principals share is one item. */
export function itemsOfFindings(findings: readonly Finding[]): MailItem[] {
  return grouped(sortFindings(findings).map((finding) => ({ state: 'open', finding })));
}

/** What there is to tell, worst first and resolved last; what many principals share as one. */
export function itemsOfAlerts(principals: readonly PrincipalAlerts[]): MailItem[] {
  return grouped(
    principals.flatMap(({ alerts }) =>
      alerts.map(({ kind, ...alert }: Alert): Reported => ({ state: kind, ...alert })),
    ),
  );
}
