import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { actionName } from '#lib/words/labels.ts';
import type { Cell, MatrixRow } from '../formats/matrix.ts';
import { classOf, kindsBesideCells, legend, signOf, wordsOf } from './cell.ts';
import { FilterBar } from './filter-bar.tsx';
import { type Filters, filtered, grouped, type Model, noFilters, type RowGroup } from './model.ts';

/** Height of a row in pixels, as style/matrix.css has it. */
const ROW = 26;
/** Width of an action's column in pixels. */
const COLUMN = 20;
/** Rows that are drawn above and below what is seen. */
const MARGIN = 8;
/** Rows that come and go together while somebody scrolls. */
const STEP = 4;
const PRINTED = 2000;

interface Line {
  readonly row: MatrixRow;
  readonly cells: readonly Cell[];
  /** A group that can be opened: how many others are like it. */
  readonly group?: RowGroup;
  readonly member?: boolean;
}

/** Principals by actions; only what is seen is drawn. */
export function MatrixView({ model }: { readonly model: Model }) {
  const [filters, setFilters] = useState<Filters>(noFilters);
  const [open, setOpen] = useState<ReadonlySet<RowGroup>>(new Set());
  const groups = useMemo(() => grouped(filtered(model, filters)), [model, filters]);
  const lines = useMemo(() => groups.flatMap((group) => linesOf(group, open)), [groups, open]);
  const places = useMemo(() => new Map(model.rows.map((row, place) => [row, place])), [model]);
  const count = groups.reduce((sum, { members }) => sum + members.length, 0);
  const { first, last, onScroll, box } = useWindow(lines.length);
  const toggle = (group: RowGroup) => {
    const next = new Set(open);
    if (!next.delete(group)) next.add(group);
    setOpen(next);
  };
  return (
    <section aria-labelledby="matrix">
      <h2 id="matrix">Who can do what</h2>
      <FilterBar model={model} filters={filters} onChange={setFilters} />
      <p role="status">
        {count} of {model.rows.length} principals, {groups.length} different
        {model.report.access === undefined && '; only actions that findings name'}
      </p>
      <ul class="legend" aria-label="Signs">
        {legend.map(([cell, words]) => (
          <li key={words}>
            <span class={classOf(cell)}>{signOf(cell)}</span> {words}
          </li>
        ))}
      </ul>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Principals by actions" onScroll={onScroll} ref={box}>
        {/* Columns of known width: otherwise every cell that comes is measured for all of them. */}
        <table
          aria-rowcount={lines.length + 2}
          style={{ width: `calc(22rem + ${model.actions.length * COLUMN}px)` }}
        >
          <colgroup>
            <col class="who" />
            <col span={model.actions.length} style={{ width: `${COLUMN}px` }} />
          </colgroup>
          <Head model={model} />
          {/* biome-ignore lint/a11y/useKeyWithMouseEvents: whoever has no mouse hears the same words from the cell */}
          <tbody onMouseOver={(event) => nameCell(event.target, model)}>
            <Space rows={first} />
            {lines.slice(first, last).map((line, at) => (
              <RowView
                key={places.get(line.row) ?? at}
                line={line}
                index={first + at}
                place={places.get(line.row) ?? 0}
                isOpen={line.group !== undefined && open.has(line.group)}
                onToggle={toggle}
              />
            ))}
            <Space rows={lines.length - last} />
          </tbody>
        </table>
      </section>
      <p class="print-only">
        {lines.length > PRINTED ? `The first ${PRINTED} of ${lines.length} rows are printed.` : ''}
      </p>
    </section>
  );
}

/** A cell says what it is about once somebody points at it: thousands that nobody points at need no such text. */
function nameCell(target: EventTarget | null, { actions }: Model): void {
  if (!(target instanceof HTMLTableCellElement) || !target.classList.contains('cell')) return;
  target.title = `${actionName(actions[target.cellIndex - 1]?.action ?? '')}: ${target.ariaLabel}`;
}

function linesOf(group: RowGroup, open: ReadonlySet<RowGroup>): Line[] {
  const { cells, members } = group;
  const [row, ...others] = members;
  if (others.length === 0) return [{ row, cells }];
  const head: Line = { row, cells, group };
  return open.has(group) ? [head, ...others.map((one) => ({ row: one, cells, member: true }))] : [head];
}

/** The lines that are seen, and some around them; for printing the first thousands. */
function useWindow(count: number) {
  const box = useRef<HTMLElement>(null);
  const [seen, setSeen] = useState(0);
  const [height, setHeight] = useState(600);
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const measure = () => setHeight(box.current?.clientHeight ?? 600);
    const before = () => setPrinting(true);
    const after = () => setPrinting(false);
    measure();
    addEventListener('resize', measure);
    addEventListener('beforeprint', before);
    addEventListener('afterprint', after);
    return () => {
      removeEventListener('resize', measure);
      removeEventListener('beforeprint', before);
      removeEventListener('afterprint', after);
    };
  }, []);
  const first = printing ? 0 : Math.max(0, Math.min(seen, count - 1) - MARGIN);
  const last = printing
    ? Math.min(count, PRINTED)
    : Math.min(count, first + Math.ceil(height / ROW) + 2 * MARGIN + STEP);
  // The same number draws nothing anew.
  const onScroll = () => setSeen(STEP * Math.floor((box.current?.scrollTop ?? 0) / ROW / STEP));
  return { first, last, onScroll, box };
}

function Head({ model: { actions } }: { readonly model: Model }) {
  const families: { name: string; span: number }[] = [];
  for (const { family } of actions) {
    const last = families.at(-1);
    if (last?.name === family) last.span += 1;
    else families.push({ name: family, span: 1 });
  }
  return (
    <thead>
      <tr aria-rowindex={1} class="families">
        <td />
        {families.map(({ name, span }) => (
          <th key={name} colSpan={span} scope="colgroup" title={name}>
            {name === '' ? 'actions' : name}
          </th>
        ))}
      </tr>
      <tr aria-rowindex={2}>
        <th scope="col">principal</th>
        {actions.map(({ action, severity }) => (
          <th key={action} scope="col" class="action" title={`${action}, ${severity}`}>
            <span>{actionName(action)}</span>
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Space({ rows }: { readonly rows: number }) {
  if (rows <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a table row is nothing that takes the focus
    <tr aria-hidden="true">
      <td style={{ height: `${rows * ROW}px`, padding: 0 }} />
    </tr>
  );
}

interface RowProps {
  readonly line: Line;
  readonly index: number;
  readonly place: number;
  readonly isOpen: boolean;
  readonly onToggle: (group: RowGroup) => void;
}

/** A row that stays while others come and go is the same to Preact, which then does not look at its cells. */
function RowView({ line, index, place, isOpen, onToggle }: RowProps) {
  const toggle = useRef(onToggle);
  toggle.current = onToggle;
  const own = useRef<HTMLTableRowElement>(null);
  useLayoutEffect(() => {
    if (own.current !== null) showCells(own.current, line.cells);
  }, [line.cells]);
  return useMemo(
    () => rowOf({ line, index, place, isOpen, own, onToggle: (group) => toggle.current(group) }),
    [line.row, line.cells, line.group, line.member, index, place, isOpen],
  );
}

/** Puts cells beside the name of a row, in place of those that are there; they leave the page with the row. */
function showCells(row: HTMLTableRowElement, cells: readonly Cell[]): void {
  while (row.cells.length > 1) row.deleteCell(-1);
  row.append(cellsOf(cells));
}

/** The cells of rows alike, made once. */
const templates = new WeakMap<readonly Cell[], DocumentFragment>();

/** Cells as they are in the page: copies of those of another row with the same, which is cheaper than making each of them. */
function cellsOf(cells: readonly Cell[]): Node {
  let template = templates.get(cells);
  if (template === undefined) {
    template = document.createDocumentFragment();
    for (const cell of cells) {
      const td = document.createElement('td');
      td.className = classOf(cell);
      td.setAttribute('aria-label', wordsOf(cell));
      td.textContent = signOf(cell);
      template.append(td);
    }
    templates.set(cells, template);
  }
  return template.cloneNode(true);
}

function rowOf({
  line,
  index,
  place,
  isOpen,
  own,
  onToggle,
}: RowProps & { readonly own: RefObject<HTMLTableRowElement | null> }) {
  const { row, group, member } = line;
  const others = (group?.members.length ?? 1) - 1;
  return (
    <tr ref={own} aria-rowindex={index + 3} class={member === true ? 'member' : undefined}>
      <th scope="row" title={row.principal.arn}>
        <div class="name">
          <a href={`#/principal/${place}`}>{row.principal.subject}</a>
          {kindsBesideCells(row).map((kind) => (
            <span key={kind} class="kind">
              {kind}
            </span>
          ))}
          {group !== undefined && (
            <button type="button" aria-expanded={isOpen} onClick={() => onToggle(group)}>
              and {others} alike
            </button>
          )}
        </div>
      </th>
    </tr>
  );
}
