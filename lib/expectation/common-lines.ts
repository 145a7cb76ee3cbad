/** Fields of the table below; where it would be larger, only what is alike at both ends counts as kept. */
const largestTable = 16_000_000;

/** Pairs of indices of the longest row of lines that both have in this order. */
export function longestCommon(old: readonly string[], young: readonly string[]): [number, number][] {
  const { start, end } = alikeAtEnds(old, young);
  const rows = old.length - start - end;
  const columns = young.length - start - end;
  const pairs: [number, number][] = [
    ...Array.from({ length: start }, (_, index): [number, number] => [index, index]),
    ...Array.from({ length: end }, (_, index): [number, number] => [
      old.length - 1 - index,
      young.length - 1 - index,
    ]),
  ];
  if (rows * columns > largestTable) return pairs;
  const [a, b] = [old.slice(start, old.length - end), young.slice(start, young.length - end)];
  const common = commonTable(a, b);
  for (let row = 0, column = 0; row < rows && column < columns; ) {
    if (a[row] === b[column]) {
      pairs.push([start + row, start + column]);
      row += 1;
      column += 1;
    } else if (common(row + 1, column) >= common(row, column + 1)) row += 1;
    else column += 1;
  }
  return pairs;
}

/** How many lines are alike at the beginning, and of the rest at the end. */
function alikeAtEnds(old: readonly string[], young: readonly string[]): { start: number; end: number } {
  const most = Math.min(old.length, young.length);
  let start = 0;
  while (start < most && old[start] === young[start]) start += 1;
  let end = 0;
  while (end < most - start && old.at(-1 - end) === young.at(-1 - end)) end += 1;
  return { start, end };
}

/** How many lines two texts have in common from a line of the one and a line of the other on. */
function commonTable(a: readonly string[], b: readonly string[]): (row: number, column: number) => number {
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  const at = (row: number, column: number): number => table[row * width + column] ?? 0;
  for (let row = a.length - 1; row >= 0; row -= 1) {
    for (let column = b.length - 1; column >= 0; column -= 1) {
      table[row * width + column] =
        a[row] === b[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  return at;
}
