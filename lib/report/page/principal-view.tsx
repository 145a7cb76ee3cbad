import { useEffect, useRef } from 'preact/hooks';
import type { MatrixRow } from '../formats/matrix.ts';
import { AccessTable } from './access-table.tsx';
import { FindingView } from './finding-view.tsx';
import { HistoryView } from './history-view.tsx';
import type { Model } from './model.ts';
import { PolicyDocuments } from './policy-view.tsx';
import { WaysGraph } from './ways-graph.tsx';

interface Props {
  readonly model: Model;
  readonly row: MatrixRow;
  /** In the report. */
  readonly place: number;
}

/** All there is to know of one principal. */
export function PrincipalView({ model, row, place }: Props) {
  const { principal, findings } = row;
  const ways = model.report.waysIn[principal.reachedBy ?? -1];
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
      <dl class="facts">
        <dt>ARN</dt>
        <dd>
          <code>{principal.arn}</code>
        </dd>
        <dt>Status</dt>
        <dd>
          {principal.status.replace('-', ' ')}
          {principal.proved === true && ', proved'}
          {principal.note !== undefined && `: ${principal.note}`}
        </dd>
        <dt>Expected</dt>
        <dd>{principal.expected}</dd>
        {principal.reachedBy !== undefined && (
          <>
            <dt>Reached by</dt>
            <dd>{model.report.reach[principal.reachedBy]}</dd>
          </>
        )}
      </dl>
      {ways !== undefined && <WaysGraph ways={ways} subject={principal.subject} />}
      {findings.map((finding) => (
        <FindingView key={finding.id} finding={finding} report={model.report} />
      ))}
      <HistoryView place={place} model={model} />
      <AccessTable model={model} row={row} />
      <PolicyDocuments row={row} report={model.report} />
    </article>
  );
}
