import { kindWords } from '#lib/words/kinds.ts';
import { actionName } from '#lib/words/labels.ts';
import { statementWords } from '../formats/finding-words.ts';
import type { JsonFinding, JsonReport } from '../json.ts';
import { CopyBlock } from './copy-block.tsx';

interface Props {
  readonly finding: JsonFinding;
  readonly report: JsonReport;
}

/** One disagreement: what is wrong, which statements do it, what shows it, and what to do. */
export function FindingView({ finding, report }: Props) {
  const { severity, kind, summary, actions, by, expectedBy, remedies, accept, suppressed } = finding;
  return (
    <section class={`finding ${severity}`}>
      <h3>
        <span class={`severity ${severity}`}>{severity}</span> {kindWords[kind].title}
        {report.earlier?.added.includes(finding.id) && <span class="new"> new</span>}
      </h3>
      <p>{summary}</p>
      {suppressed !== undefined && (
        <p>
          Suppressed until {suppressed.until} by {suppressed.owner}: {suppressed.reason}
        </p>
      )}
      {actions.length > 0 && <p>{actions.map(({ action }) => actionName(action)).join(', ')}</p>}
      {by.length > 0 && (
        <ul aria-label="Statements that do it">
          {by.map((place) => (
            <li key={place}>because {statementWords(report, place)}</li>
          ))}
        </ul>
      )}
      {expectedBy !== undefined && (
        <p>
          Expected by {expectedBy.file}:{expectedBy.line}
        </p>
      )}
      <Witness finding={finding} report={report} />
      {remedies.length > 0 && <CopyBlock label="What to do" text={remedies.join('\n')} />}
      {accept !== undefined && <CopyBlock label="If it is meant to be so" text={accept} />}
    </section>
  );
}

/** The request that shows it, and what each source answered. */
function Witness({ finding, report }: Props) {
  const place = finding.actions.find(({ witness }) => witness !== undefined)?.witness;
  const witness = place === undefined ? undefined : report.witnesses[place];
  if (witness === undefined) return null;
  return (
    <details>
      <summary>Shown by {actionName(witness.action)}</summary>
      <p>
        on <code>{witness.resource}</code>
      </p>
      <ul aria-label="Context">
        {Object.entries(witness.context).map(([key, value]) => (
          <li key={key}>
            <code>
              {key} = {[value].flat().join(', ')}
            </code>
          </li>
        ))}
      </ul>
      {witness.answers.length > 0 && (
        <table class="evidence">
          <caption>Evidence by source</caption>
          <thead>
            <tr>
              <th scope="col">source</th>
              <th scope="col">decision</th>
              <th scope="col">why</th>
            </tr>
          </thead>
          <tbody>
            {witness.answers.map((at) => (
              <AnswerRow key={at} answer={report.answers[at]} report={report} />
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}

function AnswerRow(props: {
  readonly answer: JsonReport['answers'][number] | undefined;
  readonly report: JsonReport;
}) {
  const { answer, report } = props;
  if (answer === undefined) return null;
  const { kind, decision, blockedBy, reason, doubt, statements = [], pointers = [] } = answer;
  const why = [
    ...(blockedBy === undefined ? [] : [`by ${blockedBy}`]),
    ...(reason === undefined ? [] : [reason]),
    ...(doubt === undefined ? [] : [doubt]),
    ...statements.map((one) => statementWords(report, one)),
    ...pointers.map(({ sourcePolicyId, start }) =>
      start === undefined ? sourcePolicyId : `${sourcePolicyId} (line ${start.line})`,
    ),
  ];
  return (
    <tr>
      <th scope="row">{kind}</th>
      <td>{decision}</td>
      <td>{why.join('; ')}</td>
    </tr>
  );
}
