/** Values of conditions that are not just text: numbers, dates and IP addresses. Undefined: not such a value. */

/** A decimal number, exactly: `0.DIGITS × 10^exponent`, the digits without zeros at either end; zero has none. */
export interface Decimal {
  readonly sign: -1 | 0 | 1;
  readonly digits: string;
  readonly exponent: number;
}

const zero: Decimal = { sign: 0, digits: '', exponent: 0 };
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,10}))?$/;
/** Beyond, what AWS would read is not known. */
const largestExponent = 2 ** 31 - 1;

/** A decimal number: `1`, `01`, `+1`, `1.`, `.5`, `1e0`; however large. */
export function parseNumber(text: string): Decimal | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  if (Math.abs(Number(power)) > largestExponent) return undefined;
  return decimal(sign === '-' ? -1 : 1, whole + fraction, whole.length + Number(power));
}

function decimal(sign: -1 | 1, written: string, exponent: number): Decimal {
  const digits = written.replace(/^0+/, '');
  if (digits === '') return zero;
  return {
    sign,
    digits: digits.replace(/0+$/, ''),
    exponent: exponent - (written.length - digits.length),
  };
}

/** Less than zero, zero or more, as the first is less than, equal to or greater than the second. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.sign !== b.sign) return a.sign - b.sign;
  if (a.exponent !== b.exponent) return (a.exponent - b.exponent) * a.sign;
  if (a.digits === b.digits) return 0;
  // Without zeros at the end, digits behind a common beginning make a number greater.
  return (a.digits < b.digits ? -1 : 1) * a.sign;
}

const ISO_DATE =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?$/;

/**
 * Milliseconds since the epoch, from one of the W3C forms of ISO 8601 or from epoch seconds, with a sign or without.
 * A time without a zone is UTC; fractions of a millisecond do not count. Four digits are epoch seconds, not a year.
 *
 * Source: IAM User Guide, "Date condition operators"; signs and fractions as AWS was seen to answer.
 */
export function parseDate(text: string): bigint | undefined {
  if (/^[+-]?\d+$/.test(text)) return BigInt(text.replace('+', '')) * 1000n;
  const match = ISO_DATE.exec(text);
  if (match === null) return undefined;
  const [
    ,
    year,
    month = '01',
    day = '01',
    hour = '00',
    minute = '00',
    second = '00',
    fraction = '',
    zone = 'Z',
  ] = match;
  const offset = zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  // JavaScript takes the 30th of February for the 2nd of March.
  if (new Date(`${year}-${month}-${day}`).getUTCDate() !== Number(day)) return undefined;
  const time = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction.slice(0, 4)}${offset}`,
  );
  return Number.isNaN(time) ? undefined : BigInt(time);
}

/** An address and how many of its leading bits count. */
export interface IpRange {
  readonly bytes: readonly number[];
  readonly prefix: number;
}

/**
 * An IPv4 or IPv6 address, alone or as a CIDR block; leading zeros do not count, nor a `+` before the prefix. An IPv6
 * block whose address has bits beyond its prefix contains nothing, an IPv4 block does not mind.
 *
 * Source: as AWS was seen to answer.
 */
export function parseIpRange(text: string): IpRange | undefined {
  const slash = text.indexOf('/');
  const bytes = parseIp(slash === -1 ? text : text.slice(0, slash));
  if (bytes === undefined) return undefined;
  const bits = bytes.length * 8;
  if (slash === -1) return { bytes, prefix: bits };
  const prefixText = text.slice(slash + 1);
  if (!/^\+?\d+$/.test(prefixText) || Number(prefixText) > bits) return undefined;
  return { bytes, prefix: Number(prefixText) };
}

/** The bytes of an address: 4 or 16. An IPv6 address that ends as an IPv4 one is none. */
export function parseIp(text: string): readonly number[] | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d+$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseIpv6(text: string): readonly number[] | undefined {
  // AWS takes three colons for two.
  const halves = text.split(/:::?/);
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(parseGroups);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (tail === undefined) return head.length === 16 ? head : undefined;
  const missing = 16 - head.length - tail.length;
  return missing >= 2 ? [...head, ...new Array<number>(missing).fill(0), ...tail] : undefined;
}

/** Colon-separated groups of hex digits. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  for (const group of text.split(':')) {
    if (!/^[0-9A-Fa-f]{1,4}$/.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes.push(value >> 8, value & 0xff);
  }
  return bytes;
}

/** Whether an address lies in a range; addresses of the other family never do. */
export function isInRange(address: readonly number[], range: IpRange): boolean {
  if (address.length !== range.bytes.length) return false;
  const ipv6 = address.length === 16;
  for (const [index, byte] of address.entries()) {
    const bits = Math.min(8, Math.max(0, range.prefix - index * 8));
    const mask = (0xff << (8 - bits)) & 0xff;
    const wanted = range.bytes[index] ?? 0;
    if ((byte & mask) !== (ipv6 ? wanted : wanted & mask)) return false;
  }
  return true;
}
