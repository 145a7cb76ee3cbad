import type { JsonReport } from '../json.ts';
import { wayLabels } from './reach-filter.ts';

type Way = JsonReport['waysIn'][number][number];

const BOX = { height: 26, gap: 50, row: 36, letters: 46, letter: 6.8, padding: 18 } as const;

/** Pixels of a box in which the longest of these texts has room. */
const widthFor = (texts: readonly string[]): number =>
  Math.round(Math.min(BOX.letters, Math.max(...texts.map(({ length }) => length))) * BOX.letter) +
  BOX.padding;

/** Who can become a principal: each way a row, from the left, by the roles in between, to the principal. */
export function WaysGraph({ ways, subject }: { readonly ways: readonly Way[]; readonly subject: string }) {
  const steps = Math.max(...ways.map(({ through = [] }) => through.length)) + 2;
  const box = widthFor([subject, ...ways.flatMap((way) => [whoWords(way), ...(way.through ?? [])])]);
  const width = steps * box + (steps - 1) * BOX.gap;
  const height = ways.length * BOX.row;
  const target = { x: (steps - 1) * (box + BOX.gap), y: height / 2 - BOX.row / 2 };
  return (
    <figure>
      <figcaption>Ways in, the widest first</figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        class="graph"
        role="img"
        aria-label={ways.map(wayWords).join('; ')}
      >
        {ways.map((way, row) => (
          <Row key={wayWords(way)} way={way} row={row} box={box} target={target} />
        ))}
        <Box x={target.x} y={target.y} width={box} text={subject} kind="target" />
      </svg>
    </figure>
  );
}

const wayWords = (way: Way): string =>
  way.through === undefined ? whoWords(way) : `${whoWords(way)}, through ${way.through.join(', ')}`;

const whoWords = ({ who, passedBy }: Way): string =>
  passedBy === undefined ? who : `${who} (can be passed by ${passedBy})`;

function Row(props: {
  readonly way: Way;
  readonly row: number;
  /** Pixels. */
  readonly box: number;
  readonly target: { readonly x: number; readonly y: number };
}) {
  const { way, row, box, target } = props;
  const y = row * BOX.row;
  const names = [whoWords(way), ...(way.through ?? [])];
  return (
    <g>
      {names.map((name, at) => {
        const x = at * (box + BOX.gap);
        const last = at === names.length - 1;
        const to = last ? target : { x: x + box + BOX.gap, y };
        const middle = BOX.height / 2;
        return (
          <g key={name}>
            <path d={`M${x + box},${y + middle} L${to.x},${to.y + middle}`} class="arrow" />
            <Box x={x} y={y} width={box} text={name} kind={at === 0 ? wayLabels[way.kind].tone : 'role'} />
          </g>
        );
      })}
    </g>
  );
}

function Box(props: {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly text: string;
  readonly kind: string;
}) {
  const { x, y, width, text, kind } = props;
  const shown = text.length > BOX.letters ? `${text.slice(0, BOX.letters - 1)}…` : text;
  return (
    <g class={`box ${kind}`}>
      <rect x={x + 1} y={y + 1} width={width - 2} height={BOX.height - 2} rx="4" />
      <text x={x + 8} y={y + 17}>
        {shown}
      </text>
      <title>{text}</title>
    </g>
  );
}
