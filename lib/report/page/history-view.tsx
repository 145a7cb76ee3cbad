import { useEffect, useState } from 'preact/hooks';
import type { HistoryLine } from '../types.ts';
import type { Model } from './model.ts';

const minute = (iso: string): string => iso.replace('T', ' ').slice(0, 16);

interface Props {
  readonly place: number;
  readonly model: Model;
}

/** A history that was read, and whose it is. */
interface Read {
  readonly place: number;
  readonly history: readonly HistoryLine[] | undefined;
}

/** What happened to a principal, the last first; nothing where nobody could know. */
export function HistoryView({ place, model }: Props) {
  const [read, setRead] = useState<Read>();
  useEffect(() => {
    model.readHistory(place).then((history) => setRead({ place, history }));
  }, [place, model]);
  if (read?.place !== place) return null;
  const { history } = read;
  if (history === undefined) {
    const since = model.report.earlier?.runs[0]?.startedAt;
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
