/** Values on either side of the numbers, dates and addresses that condition tests name: exact, however large. */
import type { CompiledTest } from '../condition.ts';
import {
  compareDecimals,
  type Decimal,
  type IpRange,
  parseDate,
  parseIpRange,
  parseNumber,
} from '../values.ts';

/** Values such that whatever answers tests of numbers or dates can get together, one of the values gets them. */
export interface Boundaries {
  readonly values: readonly string[];
  /** False where a value cannot be written down. */
  readonly complete: boolean;
}

/** For tests that no date satisfies: there still is one. */
const anyDay = BigInt(Date.UTC(2026, 0, 1));
const second = 1000n;

/** A whole number with more zeros at its end is written with an exponent. */
const manyZeros = 20;
/** More digits than these are not calculated with. */
const maxDigits = 2_000;

/** Numbers on either side of every number that the tests compare with, and between them; none below the least. */
export function numbersAround(tests: readonly CompiledTest[], least?: number): Boundaries {
  const lowest = least === undefined ? undefined : parseNumber(String(least));
  const numbers = distinct([...decimalsOf(tests), ...(lowest ? [lowest] : [])]);
  const scale = Math.max(0, ...numbers.map(({ digits, exponent }) => digits.length - exponent)) + 1;
  const size = Math.max(0, ...numbers.map(({ exponent }) => exponent)) + scale;
  if (size > maxDigits) return { values: numbers.map(written), complete: false };
  const one = 10n ** BigInt(scale);
  const scaled = numbers.map((number) => scaledBy(number, scale));
  const points = around(scaled.length > 0 ? scaled : [one], one, (a, b) => {
    const next = (floor(a, one) + 1n) * one;
    return next < b ? next : (a + b) / 2n;
  });
  const possible = lowest ? points.filter((point) => point >= scaledBy(lowest, scale)) : points;
  return { values: possible.map((value) => unscaled(value, scale)), complete: true };
}

/** Whether a text is a number that is not below another. */
export function isAtLeast(text: string, least: number): boolean {
  const [number, lowest] = [parseNumber(text), parseNumber(String(least))];
  return number !== undefined && lowest !== undefined && compareDecimals(number, lowest) >= 0;
}

function decimalsOf(tests: readonly CompiledTest[]): Decimal[] {
  const numeric = tests.filter(({ operator }) => operator.comparison === 'numeric');
  return numeric.flatMap(({ test }) => test.values.flatMap((value) => parseNumber(value) ?? []));
}

function distinct(numbers: readonly Decimal[]): Decimal[] {
  const sorted = [...numbers].sort(compareDecimals);
  return sorted.filter((number, i) => {
    const before = sorted[i - 1];
    return before === undefined || compareDecimals(before, number) !== 0;
  });
}

function written({ sign, digits, exponent }: Decimal): string {
  return sign === 0 ? '0' : `${sign < 0 ? '-' : ''}0.${digits}e${exponent}`;
}

function scaledBy({ sign, digits, exponent }: Decimal, scale: number): bigint {
  if (sign === 0) return 0n;
  return BigInt(sign) * BigInt(digits) * 10n ** BigInt(exponent - digits.length + scale);
}

function unscaled(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const fraction = digits.slice(-scale).replace(/0+$/, '');
  const whole = digits.slice(0, -scale);
  const sign = value < 0n ? '-' : '';
  const zeros = /0*$/.exec(whole)?.[0].length ?? 0;
  if (fraction === '' && zeros > manyZeros) return `${sign}${whole.slice(0, -zeros)}e${zeros}`;
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

function floor(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value < 0n && quotient * by !== value ? quotient - 1n : quotient;
}

/** Every point, one below and one above all, and one between any two neighbours that are not next to each other. */
function around(
  points: readonly bigint[],
  step: bigint,
  between: (a: bigint, b: bigint) => bigint,
): bigint[] {
  const sorted = [...new Set(points)].sort((a, b) => (a < b ? -1 : 1));
  const [first = 0n] = sorted;
  const all = sorted.flatMap((value, i) => {
    const next = sorted[i + 1];
    if (next === undefined) return [value, value + step];
    return next - value > 1n ? [value, between(value, next)] : [value];
  });
  return [first - step, ...all];
}

/**
 * Moments on either side of every one that the tests compare with, and between them. Tests of aws:EpochTime, whole
 * seconds that are compared as a date or as a number, may be among those of aws:CurrentTime: it is the same clock.
 *
 * @param key in lower case
 */
export function datesAround(tests: readonly CompiledTest[], key: string): Boundaries {
  const epochs = tests.filter(({ test }) => test.key.toLowerCase() === 'aws:epochtime');
  const dates = datesOf(tests.filter((test) => !epochs.includes(test)));
  const seconds = secondsAround(datesOf(epochs), decimalsOf(epochs));
  const points = [...dates, ...seconds.values.map((at) => at * second)];
  const moments = around(points.length > 0 ? points : [anyDay], second, (a, b) =>
    a + second < b ? (floor(a, second) + 1n) * second : (a + b) / 2n,
  );
  if (key === 'aws:epochtime') {
    const whole = [...new Set(moments.map((moment) => floor(moment, second)))];
    return { values: whole.map(String), complete: seconds.complete };
  }
  const values = moments.map((moment) => isoDate(moment) ?? epochSeconds(moment));
  const known = values.filter((value) => value !== undefined);
  return { values: known, complete: seconds.complete && known.length === values.length };
}

function datesOf(tests: readonly CompiledTest[]): bigint[] {
  const dated = tests.filter(({ operator }) => operator.comparison === 'date');
  return dated.flatMap(({ test }) => test.values.flatMap((value) => parseDate(value) ?? []));
}

/** Whole seconds on either side of dates and of numbers. */
function secondsAround(
  dates: readonly bigint[],
  numbers: readonly Decimal[],
): { readonly values: readonly bigint[]; readonly complete: boolean } {
  const near = numbers.filter(({ exponent }) => exponent <= 20);
  const scale = Math.max(0, ...near.map(({ digits, exponent }) => digits.length - exponent));
  if (scale > maxDigits) return { values: [], complete: false };
  const one = 10n ** BigInt(scale);
  const moments = [
    ...dates.map((date) => floor(date, second)),
    ...near.map((number) => floor(scaledBy(number, scale), one)),
  ];
  const values = moments.flatMap((at) => [at - 1n, at, at + 1n, at + 2n]);
  return { values, complete: near.length === numbers.length };
}

function epochSeconds(milliseconds: bigint): string | undefined {
  return milliseconds % second === 0n ? String(milliseconds / second) : undefined;
}

/** A moment as IAM writes it; undefined outside the years 0 to 9999. */
export function isoDate(milliseconds: bigint): string | undefined {
  const date = new Date(Number(milliseconds));
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
