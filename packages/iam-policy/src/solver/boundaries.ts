/** Values on either side of the numbers, dates and addresses that condition tests name. */
import type { CompiledTest } from '../condition.ts';
import { type IpRange, parseDate, parseIpRange, parseNumber } from '../values.ts';

/** For tests that no date satisfies: there still is one. */
const anyDay = Date.UTC(2026, 0, 1);

/** Numbers on either side of every number that the tests compare with, and between them. */
export function numbersAround(tests: readonly CompiledTest[]): string[] {
  const numbers = numbersOf(tests);
  return around(numbers.length > 0 ? numbers : [1], 1, decimal);
}

/** Moments on either side of every one that the tests compare with, and between them. */
export function datesAround(tests: readonly CompiledTest[]): string[] {
  const dates = datesOf(tests);
  return around(dates.length > 0 ? dates : [anyDay], 1000, isEpoch(tests) ? epochSeconds : isoDate);
}

function numbersOf(tests: readonly CompiledTest[]): number[] {
  const numeric = tests.filter(({ operator }) => operator.comparison === 'numeric');
  return numeric.flatMap(({ test }) => test.values.flatMap((value) => parseNumber(value) ?? []));
}

/** aws:EpochTime is compared as a date and as a number of seconds. */
function isEpoch(tests: readonly CompiledTest[]): boolean {
  return tests.some(({ test }) => test.key.toLowerCase() === 'aws:epochtime');
}

function epochSeconds(milliseconds: number): string | undefined {
  return Number.isInteger(milliseconds / 1000) ? String(milliseconds / 1000) : undefined;
}

function datesOf(tests: readonly CompiledTest[]): number[] {
  const dated = tests.filter(({ operator }) => operator.comparison === 'date');
  const epochs = isEpoch(tests) ? numbersOf(tests) : [];
  return [
    ...dated.flatMap(({ test }) => test.values.flatMap((value) => parseDate(value) ?? [])),
    ...epochs.map((seconds) => seconds * 1000),
  ];
}

/** The numbers, one below and above all, and one between any two neighbours. */
function around(
  numbers: readonly number[],
  step: number,
  write: (value: number) => string | undefined,
): string[] {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const [first] = sorted;
  if (first === undefined) return [];
  const points = sorted.flatMap((value, i) => {
    const next = sorted[i + 1];
    if (next === undefined) return [value, value + step];
    return [value, value + step < next ? value + step : (value + next) / 2];
  });
  return [first - step, ...points].flatMap((value) => write(value) ?? []);
}

function decimal(value: number): string {
  const text = String(value);
  return parseNumber(text) === undefined ? value.toFixed(10) : text;
}

function isoDate(milliseconds: number): string | undefined {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return undefined;
  const text = date.toISOString().replace('.000Z', 'Z');
  return parseDate(text) === milliseconds ? text : undefined;
}

function rangesOf(tests: readonly CompiledTest[]): IpRange[] {
  const addressed = tests.filter(({ operator }) => operator.comparison === 'ip');
  return addressed.flatMap(({ test }) => test.values.flatMap((value) => parseIpRange(value) ?? []));
}

/** Addresses on either side of every range, ordinary ones first. CIDR blocks are nested or disjoint. */
export function addressesAround(tests: readonly CompiledTest[]): string[] {
  const inside: string[] = [];
  const edges: string[] = [];
  for (const { bytes, prefix } of rangesOf(tests)) {
    const size = bytes.length * 8;
    const host = BigInt(size - prefix);
    const all = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    const first = (all >> host) << host;
    const last = first + (1n << host) - 1n;
    if (host > 1n) inside.push(...address(first + 1n, size));
    inside.push(...address(first, size), ...address(last, size));
    edges.push(...address(last + 1n, size), ...address(first - 1n, size));
  }
  return [...inside, '203.0.113.10', '198.51.100.10', '192.0.2.10', ...edges, '2001:db8::1'];
}

function address(value: bigint, size: number): string[] {
  if (value < 0n || value >= 1n << BigInt(size)) return [];
  const width = size === 32 ? 8 : 16;
  const parts: bigint[] = [];
  for (let shift = size - width; shift >= 0; shift -= width) {
    parts.push((value >> BigInt(shift)) & ((1n << BigInt(width)) - 1n));
  }
  return [size === 32 ? parts.join('.') : parts.map((part) => part.toString(16)).join(':')];
}
