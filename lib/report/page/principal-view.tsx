import { useEffect, useRef } from 'preact/hooks';
import { actionName } from '#lib/words/labels.ts';
import { statementWords } from '../formats/finding-words.ts';
import { kinds } from '../formats/kinds.ts';
import type { MatrixRow } from '../formats/matrix.ts';
import type { JsonFinding, JsonReport } from '../json.ts';
import type { JsonAccessGroup } from '../json-tables.ts';
import { classOf, signOf } from './cell.ts';
import { CopyBlock } from './copy-block.tsx';
import type { Model } from './model.ts';

/** All there is to know of one principal. */
export function PrincipalView({ model, row }: { readonly model: Model; readonly row: MatrixRow }) {
  const { principal, findings } = row;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    scrollTo(0, 0);
    heading.current?.focus();
  }, [principal]);
  return (
    <article aria-labelledby="principal">
      <nav>
        <a href="#/">All principals</a>
      </nav>
      <h2 id="principal" tabIndex={-1} ref={heading}>
        {principal.subject}
      </h2>
      <dl>
        <dt>ARN</dt>
        <dd>
          <code>{principal.arn}</code>
        </dd>
        <dt>Status</dt>
        <dd>
          {principal.status.replace('-', ' ')}
          {principal.note !== undefined && `: ${principal.note}`}
        </dd>
        <dt>Expected</dt>
        <dd>{principal.expected}</dd>
        {principal.reachedBy !== undefined && (
          <>
            <dt>Reached by</dt>
            <dd>{principal.reachedBy}</dd>
          </>
        )}
      </dl>
      {findings.map((finding) => (
        <FindingView key={finding.id} finding={finding} report={model.report} />
      ))}
      <AccessTable model={model} row={row} />
    </article>
  );
}

function FindingView({ finding, report }: { readonly finding: JsonFinding; readonly report: JsonReport }) {
  const { severity, kind, summary, actions, by, expectedBy, remedies, accept, suppressed } = finding;
  return (
    <section class="finding">
      <h3>
        <span class={`severity ${severity}`}>{severity}</span> {kinds[kind].title}
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
function Witness({ finding, report }: { readonly finding: JsonFinding; readonly report: JsonReport }) {
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
      <ul aria-label="Answers">
        {witness.answers.map((at) => {
          const answer = report.answers[at];
          return (
            <li key={at}>
              {answer?.kind}: {answer?.decision}
              {answer?.blockedBy !== undefined && ` by ${answer.blockedBy}`}
              {answer?.reason !== undefined && `: ${answer.reason}`}
              {(answer?.statements ?? []).map((one) => `; ${statementWords(report, one)}`).join('')}
            </li>
          );
        })}
      </ul>
    </details>
  );
}

/** `collection/shop-* with MFA`: the access to one action, in words. */
function accessWords(groups: readonly JsonAccessGroup[] | undefined, place: number): string {
  if (groups === undefined) return 'not judged';
  const group = groups.find(({ actions }) => actions.includes(place));
  if (group === undefined) return 'none';
  const where = group.where === undefined ? '' : `: ${group.where.join('; ')}`;
  return `${group.access}${where}${group.doubt === undefined ? '' : ` (${group.doubt})`}`;
}

/** Expected and observed side by side; actions that are neither are left out. */
function AccessTable({ model, row }: { readonly model: Model; readonly row: MatrixRow }) {
  const { access } = model.report;
  const own = row.principal.access === undefined ? undefined : access?.rows[row.principal.access];
  if (access === undefined || own === undefined) return null;
  const places = new Map(access.actions.map(({ action }, place) => [action, place]));
  const shown = model.actions.flatMap(({ action }, at) => {
    const place = places.get(action) ?? -1;
    const cell = row.cells[at];
    const [expected, observed] = [accessWords(own.expected, place), accessWords(own.observed, place)];
    const silent = observed === 'none' && (expected === 'none' || expected === 'not judged');
    return cell === undefined || (silent && cell.state !== 'inconclusive')
      ? []
      : [{ action, cell, expected, observed }];
  });
  if (shown.length === 0) return <p>Nothing of Rekognition is expected, and nothing is allowed.</p>;
  return (
    <table class="access">
      <caption>Expected and observed</caption>
      <thead>
        <tr>
          <th scope="col">action</th>
          <th scope="col">expected</th>
          <th scope="col">observed</th>
          <th scope="col">result</th>
        </tr>
      </thead>
      <tbody>
        {shown.map(({ action, cell, expected, observed }) => (
          <tr key={action}>
            <th scope="row">{actionName(action)}</th>
            <td>{expected}</td>
            <td>{observed}</td>
            <td>
              <span class={classOf(cell)}>{signOf(cell)}</span> {cell.state}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
