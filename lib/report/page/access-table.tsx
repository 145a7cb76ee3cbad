import { actionName } from '#lib/words/labels.ts';
import type { Cell, MatrixRow } from '../formats/matrix.ts';
import type { JsonAccessGroup } from '../json-tables.ts';
import { classOf, signOf } from './cell.ts';
import type { Model } from './model.ts';

/** `collection/shop-* with MFA`: the access to one action, in words. */
function accessWords(groups: readonly JsonAccessGroup[] | undefined, place: number): string {
  if (groups === undefined) return 'not judged';
  const group = groups.find(({ actions }) => actions.includes(place));
  if (group === undefined) return 'none';
  const where = group.where === undefined ? '' : `: ${group.where.join('; ')}`;
  return `${group.access}${where}${group.doubt === undefined ? '' : ` (${group.doubt})`}`;
}

interface Access {
  readonly action: string;
  readonly cell: Cell;
  readonly expected: string;
  readonly observed: string;
}

/** Expected and observed side by side, by families of actions; actions that are neither are left out. */
export function AccessTable({ model, row }: { readonly model: Model; readonly row: MatrixRow }) {
  const { access } = model.report;
  const own = row.principal.access === undefined ? undefined : access?.rows[row.principal.access];
  if (access === undefined || own === undefined) return null;
  const places = new Map(access.actions.map(({ action }, place) => [action, place]));
  const families = new Map<string, Access[]>();
  for (const [at, { action, family }] of model.actions.entries()) {
    const place = places.get(action) ?? -1;
    const cell = row.cells[at];
    const [expected, observed] = [accessWords(own.expected, place), accessWords(own.observed, place)];
    const silent = observed === 'none' && (expected === 'none' || expected === 'not judged');
    if (cell === undefined || (silent && cell.state !== 'inconclusive')) continue;
    families.set(family, [...(families.get(family) ?? []), { action, cell, expected, observed }]);
  }
  if (families.size === 0) return <p>Nothing of Rekognition is expected, and nothing is allowed.</p>;
  return (
    <section aria-labelledby="access">
      <h3 id="access">Expected and observed</h3>
      <div class="families-of-access">
        {[...families].map(([family, actions]) => (
          <FamilyTable key={family} family={family} actions={actions} />
        ))}
      </div>
    </section>
  );
}

function FamilyTable({ family, actions }: { readonly family: string; readonly actions: readonly Access[] }) {
  return (
    <table class="access">
      <caption>{family === '' ? 'actions' : family}</caption>
      <thead>
        <tr>
          <th scope="col">action</th>
          <th scope="col">expected</th>
          <th scope="col">observed</th>
          <th scope="col">result</th>
        </tr>
      </thead>
      <tbody>
        {actions.map(({ action, cell, expected, observed }) => (
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
