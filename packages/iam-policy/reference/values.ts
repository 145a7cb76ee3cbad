/** Values of conditions that are not just text, exactly. Undefined: not such a value. */

/** 0.digits × 10^magnitude, without zeros at either end; zero has no digits. */
interface Decimal {
  readonly sign: 1 | -1;
  readonly digits: string;
  readonly magnitude: bigint;
}

/** `1`, `+01`, `1.`, `.5`, `1e0`; not `NaN`, not `Infinity`. */
export function parseDecimal(text: string): Decimal | undefined {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts ?? [];
  if (whole + fraction === '') return undefined;
  const digits = (whole + fraction).replace(/^0+/, '');
  const magnitude = BigInt(digits.length - fraction.length) + BigInt(exponent);
  const isZero = digits === '';
  return {
    sign: sign === '-' && !isZero ? -1 : 1,
    digits: digits.replace(/0+$/, ''),
    magnitude: isZero ? 0n : magnitude,
  };
}

/** Below 0, 0 or above 0, as a is less than b, equal or greater. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.sign !== b.sign) return a.sign - b.sign;
  if (a.digits === '' || b.digits === '') return a.sign * (a.digits.length - b.digits.length);
  if (a.magnitude !== b.magnitude) return a.magnitude > b.magnitude ? a.sign : -a.sign;
  return a.digits === b.digits ? 0 : a.digits > b.digits ? a.sign : -a.sign;
}

const ISO_DATE =
  /^(\d{4}-\d\d)(-\d\d)?(?:(?<=-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)?(?:(?<=:\d\d:\d\d)(\.\d+))?(?:Z|([+-])(\d\d):?(\d\d))?)?$/;

/** Milliseconds since the epoch, from epoch seconds or a W3C form of ISO 8601; without a zone, UTC. */
export function parseMoment(text: string): bigint | undefined {
  if (/^[+-]?\d+$/.test(text)) return BigInt(text.replace('+', '')) * 1000n;
  const parts = ISO_DATE.exec(text);
  if (parts === null) return undefined;
  const [, month, day = '-01', time = '00:00', seconds = ':00', fraction = '.', sign, hours, minutes] = parts;
  const inUtc = `${month}${day}T${time}${seconds}${fraction.padEnd(4, '0').slice(0, 4)}Z`;
  const moment = Date.parse(inUtc);
  // The 30th of February would be read as the 2nd of March.
  if (Number.isNaN(moment) || new Date(moment).toISOString() !== inUtc) return undefined;
  const ahead = BigInt(hours ?? 0) * 60n + BigInt(minutes ?? 0);
  return BigInt(moment) - (sign === '-' ? -ahead : ahead) * 60_000n;
}

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** An IPv4 address, its parts with leading zeros or without, or an IPv6 address in hexadecimal groups. */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) {
    const parts = text.split('.');
    if (parts.length !== 4 || parts.some((part) => !/^\d+$/.test(part) || Number(part) > 255))
      return undefined;
    return { bits: 32, value: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n) };
  }
  const halves = text.split(/:::?/).map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - halves.flat().length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return undefined;
  if (!halves.flat().every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  const groups = [...(halves[0] ?? []), ...new Array<string>(missing).fill('0'), ...(halves[1] ?? [])];
  return { bits: 128, value: groups.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n) };
}

/**
 * Whether an address lies in a block, which is an address with or without a prefix; those of the other family never
 * do. The host bits of an IPv4 block do not count; an IPv6 block that has any holds nothing.
 */
export function isInBlock({ bits, value }: Address, block: string): boolean {
  const [, address = '', prefix = String(bits)] = /^([^/]*)(?:\/\+?(\d+))?$/.exec(block) ?? [];
  const network = parseAddress(address);
  if (network?.bits !== bits || Number(prefix) > bits) return false;
  const host = BigInt(bits - Number(prefix));
  const masked = (all: bigint): bigint => (all >> host) << host;
  return masked(value) === (bits === 32 ? masked(network.value) : network.value);
}
