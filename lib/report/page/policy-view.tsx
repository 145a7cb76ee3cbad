import { policyLabel } from '#lib/words/labels.ts';
import type { MatrixRow } from '../formats/matrix.ts';
import type { JsonReport } from '../json.ts';

/** Lines that are shown before and after a statement of a long document. */
const AROUND = 3;
const LONG = 80;

/** The documents that the findings and the access of a principal rest on, with their statements marked. */
export function PolicyDocuments({ row, report }: { readonly row: MatrixRow; readonly report: JsonReport }) {
  const own = row.principal.access === undefined ? undefined : report.access?.rows[row.principal.access];
  const wrong = row.findings.flatMap(({ by }) => by);
  const opening = (own?.observed ?? []).flatMap(({ by = [] }) => by);
  const places = [...new Set([...wrong, ...opening])];
  const policies = new Map<number, number[]>();
  for (const place of places) {
    const policy = report.statements[place]?.policy;
    if (policy !== undefined && report.policies[policy]?.text !== undefined)
      policies.set(policy, [...(policies.get(policy) ?? []), place]);
  }
  if (policies.size === 0) return null;
  return (
    <section aria-labelledby="documents">
      <h3 id="documents">Policy documents</h3>
      {[...policies].map(([policy, statements]) => (
        <Document key={policy} policy={policy} statements={statements} wrong={wrong} report={report} />
      ))}
    </section>
  );
}

interface Props {
  readonly policy: number;
  readonly statements: readonly number[];
  readonly wrong: readonly number[];
  readonly report: JsonReport;
}

function Document({ policy, statements, wrong, report }: Props) {
  const one = report.policies[policy];
  if (one?.text === undefined) return null;
  const lines = one.text.split('\n');
  const marks = new Map<number, 'wrong' | 'opens'>();
  for (const place of statements) {
    const { line = 0, endLine = 0 } = report.statements[place] ?? {};
    for (let at = line; at <= endLine; at += 1)
      if (marks.get(at) !== 'wrong') marks.set(at, wrong.includes(place) ? 'wrong' : 'opens');
  }
  const shown = lines.flatMap((text, at) => {
    const near = lines.length <= LONG || [...marks.keys()].some((mark) => Math.abs(mark - at - 1) <= AROUND);
    return near ? [{ text, line: at + 1 }] : [];
  });
  const version = one.version === undefined ? '' : ` ${one.version}`;
  return (
    <details open={statements.some((place) => wrong.includes(place))}>
      <summary>
        {policyLabel(one)}
        {version}
      </summary>
      <pre class="document">
        {shown.map(({ text, line }, at) => (
          <span key={line} class={`line ${marks.get(line) ?? ''}`}>
            {at > 0 && shown[at - 1]?.line !== line - 1 && <span class="cut">…{'\n'}</span>}
            <span class="number">{line}</span> {marks.has(line) ? <mark>{text}</mark> : text}
            {'\n'}
          </span>
        ))}
      </pre>
    </details>
  );
}
