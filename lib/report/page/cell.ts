import { kindWords } from '#lib/words/kinds.ts';
import type { Cell, MatrixRow } from '../formats/matrix.ts';

/** A sign beside the colour, so that nobody needs to see colours. */
const signs: Readonly<Record<Cell['state'], string>> = {
  excess: '+',
  unguarded: '!',
  missing: '−',
  contradiction: '≠',
  inconclusive: '?',
  suppressed: 's',
  'not judged': '·',
  ok: '',
};

export const legend: readonly (readonly [Cell, string])[] = [
  [{ state: 'ok', observed: 'full' }, 'as expected: allowed'],
  [{ state: 'ok', observed: 'conditional' }, 'as expected: allowed on some resources or under conditions'],
  [{ state: 'ok', observed: 'none' }, 'as expected: not allowed'],
  ...(['excess', 'unguarded', 'missing', 'contradiction', 'inconclusive'] as const).map(
    (state) => [{ state }, kindWords[state].title] as const,
  ),
  [{ state: 'suppressed' }, 'suppressed'],
  [{ state: 'not judged' }, 'nobody judges it'],
];

export function signOf({ state, observed }: Cell): string {
  if (state !== 'ok') return signs[state];
  return observed === 'full' ? '●' : observed === 'conditional' ? '◐' : observed === 'unknown' ? '?' : '';
}

/** `excess half`: the classes of a cell. */
export function classOf({ state, observed }: Cell): string {
  const half = observed === 'conditional' ? ' half' : '';
  const granted = observed === 'full' || observed === 'conditional' ? ' granted' : '';
  return `cell ${state.replace(' ', '-')}${granted}${half}`;
}

/** A cell for those who hear it. */
export function wordsOf({ state, expected, observed }: Cell): string {
  const sides = [
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(observed === undefined ? [] : [`observed ${observed}`]),
  ];
  return sides.length === 0 ? state : `${state}: ${sides.join(', ')}`;
}

/** Kinds of findings that no cell shows: who can become a principal, or what it can give itself. */
export function kindsBesideCells({ findings }: MatrixRow): readonly string[] {
  const open = findings.filter(({ suppressed }) => suppressed === undefined);
  return [...new Set(open.map(({ kind }) => kind))].filter((kind) => !Object.hasOwn(signs, kind));
}
