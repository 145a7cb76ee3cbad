import type { JsonReport } from '../json.ts';
import { wayLabels } from './reach-filter.ts';

type Way = JsonReport['waysIn'][number][number];

const BOX = { width: 210, height: 26, gap: 60, row: 36, letters: 28 } as const;

/** Who can become a principal: each way a row, from the left, by the roles in between, to the principal. */
export function WaysGraph({ ways, subject }: { readonly ways: readonly Way[]; readonly subject: string }) {
  const steps = Math.max(...ways.map(({ through = [] }) => through.length)) + 2;
  const width = steps * BOX.width + (steps - 1) * BOX.gap;
  const height = ways.length * BOX.row;
  const target = { x: (steps - 1) * (BOX.width + BOX.gap), y: height / 2 - BOX.row / 2 };
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
          <Row key={wayWords(way)} way={way} row={row} target={target} />
        ))}
        <Box x={target.x} y={target.y} text={subject} kind="target" />
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
  readonly target: { readonly x: number; readonly y: number };
}) {
  const { way, row, target } = props;
  const y = row * BOX.row;
  const names = [whoWords(way), ...(way.through ?? [])];
  return (
    <g>
      {names.map((name, at) => {
        const x = at * (BOX.width + BOX.gap);
        const last = at === names.length - 1;
        const to = last ? target : { x: x + BOX.width + BOX.gap, y };
        const middle = BOX.height / 2;
        return (
          <g key={name}>
            <path d={`M${x + BOX.width},${y + middle} L${to.x},${to.y + middle}`} class="arrow" />
            <Box x={x} y={y} text={name} kind={at === 0 ? wayLabels[way.kind].tone : 'role'} />
          </g>
        );
      })}
    </g>
  );
}

function Box(props: {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly kind: string;
}) {
  const { x, y, text, kind } = props;
  const shown = text.length > BOX.letters ? `${text.slice(0, BOX.letters - 1)}…` : text;
  return (
    <g class={`box ${kind}`}>
      <rect x={x + 1} y={y + 1} width={BOX.width - 2} height={BOX.height - 2} rx="4" />
      <text x={x + 8} y={y + 17}>
        {shown}
      </text>
      <title>{text}</title>
    </g>
  );
}
