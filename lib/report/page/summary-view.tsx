import { useState } from 'preact/hooks';
import { kindWords } from '#lib/words/kinds.ts';
import { actionName } from '#lib/words/labels.ts';
import { sentenceOf } from '../finding-line.ts';
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
  0: { words: 'Everything is as expected.', tone: 'clean' },
  1: { words: 'Not everything is as expected.', tone: 'findings' },
  2: { words: 'Not everything could be determined.', tone: 'inconclusive' },
} as const;

/** What is wrong, worst first; and what was not checked. */
export function SummaryView({ model }: { readonly model: Model }) {
  const { report } = model;
  const groups = findingGroups(report.findings);
  const [all, setAll] = useState(false);
  const verdict = verdicts[report.exitCode];
  const aside = notChecked(report);
  const notes = [...report.warnings, ...(report.notes ?? [])];
  return (
    <section aria-labelledby="summary">
      <h2 id="summary" class={`verdict ${verdict.tone}`}>
        {verdict.words}
      </h2>
      <Counts report={report} />
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

/** How many findings there are, and principals by what is known of them. */
function Counts({ report }: { readonly report: JsonReport }) {
  const { findings, suppressed, principals } = report.summary;
  const counts: readonly (readonly [number, string, string])[] = [
    [findings.critical, 'critical', 'critical'],
    [findings.high, 'high', 'high'],
    [findings.medium, 'medium', 'medium'],
    [findings.low, 'low', 'low'],
    [suppressed, 'suppressed', ''],
    [report.principals.length, 'principals', 'first-principal'],
    [principals['as-expected'], 'as expected', 'expected'],
    [principals.findings, 'with findings', ''],
    [principals.inconclusive, 'not determined', ''],
    [principals['not-judged'] + principals['not-checkable'], 'not judged', ''],
  ];
  return (
    <ul class="tiles" aria-label="Findings and principals">
      {counts.map(([count, words, tone]) => (
        <li key={words} class={`${tone} ${count === 0 ? 'none' : ''}`}>
          <b>{count}</b> {words}
        </li>
      ))}
    </ul>
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
  const { severity, kind, reachedBy } = finding;
  const place = model.rows.findIndex(({ principal }) => principal.arn === finding.principalArn);
  const who = shortList(subjects);
  return (
    <li>
      <span class={`severity ${severity}`}>{severity}</span>
      <div>
        <p>
          {place < 0 ? <b>{who}</b> : <a href={`#/principal/${place}`}>{who}</a>}: {kindWords[kind].title}
        </p>
        <p>{whatIsWrong(finding)}</p>
        {reachedBy !== undefined && <p class="faint">reached by {reachedBy}</p>}
      </div>
    </li>
  );
}

/** Its sentence, or the actions, where and when. */
function whatIsWrong(finding: FindingGroup['finding']): string {
  const sentence = sentenceOf(finding);
  if (sentence !== undefined) return sentence;
  const { actions, scope, when = '' } = finding;
  const where = scope === undefined ? '' : `on ${scope}`;
  return `${shortList(actions.map(({ action }) => actionName(action)))} ${where} ${when}`.trim();
}
