import { useState } from 'preact/hooks';
import { kindWords } from '#lib/words/kinds.ts';
import { actionName } from '#lib/words/labels.ts';
import type { JsonReport } from '../json.ts';
import { type FindingGroup, findingGroups, type Model, notChecked } from './model.ts';
import { outsideReachOfFaces } from './reach-filter.ts';

const FIRST = 20;
const NAMES = 5;
/** Earlier runs that are shown. */
const LAST = 10;

const shortList = (names: readonly string[], limit = NAMES): string =>
  names.length > limit
    ? `${names.slice(0, limit).join(', ')} and ${names.length - limit} more`
    : names.join(', ');

const verdicts = {
  0: 'Everything is as expected.',
  1: 'Not everything is as expected.',
  2: 'Not everything could be determined.',
} as const;

/** What is wrong, worst first; and what was not checked. */
export function SummaryView({ model }: { readonly model: Model }) {
  const { report } = model;
  const groups = findingGroups(report.findings);
  const [all, setAll] = useState(false);
  const { findings, suppressed, principals } = report.summary;
  const aside = notChecked(report);
  const notes = [...report.warnings, ...(report.notes ?? [])];
  return (
    <section aria-labelledby="summary">
      <h2 id="summary">{verdicts[report.exitCode]}</h2>
      <p>
        {report.principals.length} principals: {principals['as-expected']} as expected, {principals.findings}{' '}
        with findings, {principals.inconclusive} not determined,{' '}
        {principals['not-judged'] + principals['not-checkable']} not judged. Findings: {findings.critical}{' '}
        critical, {findings.high} high, {findings.medium} medium, {findings.low} low; {suppressed} suppressed.
      </p>
      <Trend report={report} />
      <ol class="findings">
        {(all ? groups : groups.slice(0, FIRST)).map((group) => (
          <FindingItem key={group.finding.id} group={group} model={model} />
        ))}
      </ol>
      {!all && groups.length > FIRST && (
        <button type="button" onClick={() => setAll(true)}>
          Show {groups.length - FIRST} more
        </button>
      )}
      <OutsideReach report={report} />
      {(aside.length > 0 || notes.length > 0) && (
        <>
          <h3>What was not checked, and notes</h3>
          <ul>
            {aside.map(([reason, subjects]) => (
              <li key={reason}>
                {shortList(subjects)}: {reason}
              </li>
            ))}
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** Who from outside can reach face data; nothing where the report does not tell who can do what. */
function OutsideReach({ report }: { readonly report: JsonReport }) {
  if (report.access === undefined) return null;
  const reach = [...outsideReachOfFaces(report)];
  return (
    <>
      <h3>Who from outside can reach stored faces</h3>
      {reach.length === 0 ? (
        <p>No way in from outside of the account was found to anybody who can.</p>
      ) : (
        <ul>
          {reach.map(([who, subjects]) => (
            <li key={who}>
              {who}: {shortList(subjects)}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** What has changed since earlier runs, where they are known. */
function Trend({ report }: { readonly report: JsonReport }) {
  const { earlier, run } = report;
  if (earlier === undefined) return null;
  const { runs, now, added, gone } = earlier;
  const rows = [...runs.slice(-LAST), { startedAt: run.startedAt, findings: now }];
  const severities = ['critical', 'high', 'medium', 'low'] as const;
  return (
    <>
      <p>
        Since {runs.at(-1)?.startedAt.slice(0, 10)}: {added.length} new findings, {gone.length} gone
        {gone.length > 0 && ` (${shortList([...new Set(gone.map(({ subject }) => subject))])})`}.
      </p>
      <table class="trend">
        <caption>Open findings</caption>
        <thead>
          <tr>
            <th scope="col">run</th>
            {severities.map((severity) => (
              <th key={severity} scope="col">
                {severity}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ startedAt, findings }) => (
            <tr key={startedAt}>
              <th scope="row">{startedAt.replace('T', ' ').slice(0, 16)}</th>
              {severities.map((severity) => (
                <td key={severity}>{findings[severity]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function FindingItem({ group, model }: { readonly group: FindingGroup; readonly model: Model }) {
  const { finding, subjects } = group;
  const place = model.rows.findIndex(({ principal }) => principal.arn === finding.principalArn);
  const who = shortList(subjects);
  const actions = finding.actions.map(({ action }) => actionName(action));
  return (
    <li>
      <span class={`severity ${finding.severity}`}>{finding.severity}</span>{' '}
      {place < 0 ? <b>{who}</b> : <a href={`#/principal/${place}`}>{who}</a>}: {kindWords[finding.kind].title}
      {actions.length > 0 && `: ${shortList(actions)}`}
      {finding.scope !== undefined && ` on ${finding.scope}`}
      {finding.when !== undefined && ` ${finding.when}`}
      {finding.reachedBy !== undefined && `; reached by ${finding.reachedBy}`}
      {(actions.length === 0 || finding.kind === 'inconclusive') && `. ${finding.summary}`}
    </li>
  );
}
