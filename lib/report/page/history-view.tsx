import type { JsonReport } from '../json.ts';
import type { HistoryLine } from '../types.ts';

const minute = (iso: string): string => iso.replace('T', ' ').slice(0, 16);

interface Props {
  readonly history: readonly HistoryLine[] | undefined;
  readonly report: JsonReport;
}

/** What happened to a principal, the last first; nothing where nobody could know. */
export function HistoryView({ history, report }: Props) {
  if (history === undefined) {
    const since = report.earlier?.runs[0]?.startedAt;
    return since === undefined ? null : <p>No change is known since {minute(since)} UTC.</p>;
  }
  return (
    <table class="history">
      <caption>History</caption>
      <thead>
        <tr>
          <th scope="col">seen (UTC)</th>
          <th scope="col">event</th>
          <th scope="col">what</th>
        </tr>
      </thead>
      <tbody>
        {history.toReversed().map(({ at, after, event, what, causes = [] }) => (
          <tr key={`${at} ${event} ${what}`}>
            <th scope="row">
              {minute(at)}
              {after !== undefined && <small> (not yet {minute(after)})</small>}
            </th>
            <td>{event}</td>
            <td>
              {what}
              {causes.map((cause) => (
                <div key={cause}>{cause}</div>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
