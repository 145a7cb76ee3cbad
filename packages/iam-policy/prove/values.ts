import { isInBlock, parseAddress, parseDecimal, parseMoment } from '../reference/values.ts';
import type { ConditionTest } from '../src/types.ts';
import { all, any, atom, constant, type Formula, not } from './formula.ts';
import { Unencodable, type Value } from './keys.ts';
import { type Expression, integerOf } from './z3.ts';

/** A test on a number, a date or an address that varies: the values of the policy as bounds. */
export function orderedHolds({ operator, values }: ConditionTest, value: Value): Formula {
  const isNegated = operator.includes('Not');
  const matches = any(...values.map((wanted) => matchesOne(operator, value, wanted)));
  const holds = isNegated ? not(matches) : matches;
  // Text that is no address satisfies neither the operator nor its negation; no number and no date, the negation.
  return value.kind === 'ip' ? all(value.valid, holds) : holds;
}

function matchesOne(operator: string, value: Value, wanted: string): Formula {
  if (value.kind === 'number') {
    const bound = scaled(wanted, value.scale);
    return bound === undefined ? constant(false) : all(value.valid, compared(operator, value.term, bound));
  }
  if (value.kind === 'date') {
    const bound = parseMoment(wanted);
    return bound === undefined ? constant(false) : all(value.valid, compared(operator, value.term, bound));
  }
  if (value.kind === 'ip') return all(value.valid, inBlock(value, wanted));
  throw new Error(`not ordered: ${value.kind}`);
}

function scaled(text: string, scale: bigint): bigint | undefined {
  const decimal = parseDecimal(text);
  if (decimal === undefined) return undefined;
  if (decimal.digits === '') return 0n;
  const zeros = decimal.magnitude - BigInt(decimal.digits.length) + scale;
  if (zeros > 1500n) throw new Unencodable('a number too large to write out');
  return BigInt(decimal.sign) * BigInt(decimal.digits) * 10n ** zeros;
}

const integer = (value: bigint): string => (value < 0n ? `(- ${-value})` : String(value));

function compared(operator: string, term: string, bound: bigint): Formula {
  const [, sign] =
    Object.entries({ GreaterThanEquals: '>=', GreaterThan: '>', LessThanEquals: '<=', LessThan: '<' }).find(
      ([suffix]) => operator.endsWith(suffix),
    ) ?? [];
  return atom(`(${sign ?? '='} ${term} ${integer(bound)})`);
}

function inBlock({ term, isIpv4 }: Extract<Value, { kind: 'ip' }>, block: string): Formula {
  const [address = '', prefix] = block.split('/');
  const network = parseAddress(address);
  // A block that does not hold its own address holds none, whatever the reason.
  if (network === undefined || !isInBlock(network, block)) return constant(false);
  const { bits, value } = network;
  const length = prefix === undefined ? bits : Number(prefix);
  const isFamily = bits === 32 ? isIpv4 : not(isIpv4);
  if (length === 0) return isFamily;
  const leading = `((_ extract ${bits - 1} ${bits - length}) ${bits === 32 ? 'ipv4' : 'ipv6'}_${term})`;
  const wanted = `(_ bv${value >> BigInt(bits - length)} ${length})`;
  return all(isFamily, atom(`(= ${leading} ${wanted})`));
}

/** Reads the value of a term in a model. */
export type Model = (term: string) => Expression;

/** Whether a formula without texts holds in a model: it is a flag of the skeleton, a constant, or their combination. */
export function isTrueIn(formula: Formula, model: Model): boolean {
  switch (formula.kind) {
    case 'constant':
      return formula.value;
    case 'atom':
      return model(formula.atom.smt) === 'true';
    case 'not':
      return !isTrueIn(formula.of, model);
    case 'all':
      return formula.of.every((part) => isTrueIn(part, model));
    case 'any':
      return formula.of.some((part) => isTrueIn(part, model));
  }
}

/** A value as a request has it. @param texts what was found for the text variables */
export function written(value: Value, model: Model, texts: ReadonlyMap<string, string>): string {
  switch (value.kind) {
    case 'literal':
      return value.text;
    case 'text':
      return texts.get(value.variable) ?? 'x';
    case 'finite':
      return value.values[Number(integerOf(model(value.term)))] ?? '';
    case 'number':
      return isTrueIn(value.valid, model) ? decimalText(integerOf(model(value.term)), value.scale) : 'x';
    case 'date':
      return isTrueIn(value.valid, model) ? momentText(integerOf(model(value.term)), value.seconds) : 'x';
    case 'ip': {
      if (!isTrueIn(value.valid, model)) return 'x';
      return isTrueIn(value.isIpv4, model)
        ? ipv4Text(integerOf(model(`ipv4_${value.term}`)))
        : ipv6Text(integerOf(model(`ipv6_${value.term}`)));
    }
  }
}

/** The terms whose values `written` and `isTrueIn` want. */
export function termsOf(value: Value): string[] {
  switch (value.kind) {
    case 'literal':
    case 'text':
      return [];
    case 'ip':
      return [`ipv4_${value.term}`, `ipv6_${value.term}`];
    default:
      return [value.term];
  }
}

function decimalText(whole: bigint, scale: bigint): string {
  const digits = String(whole < 0n ? -whole : whole).padStart(Number(scale) + 1, '0');
  const dot = digits.length - Number(scale);
  const text = `${digits.slice(0, dot)}.${digits.slice(dot)}`.replace(/\.?0+$/, '');
  return whole < 0n ? `-${text}` : text;
}

function momentText(moment: bigint, seconds: boolean): string {
  const hasIso = moment >= -62167219200000n && moment <= 253402300799999n;
  return seconds || !hasIso ? String(moment / 1000n) : new Date(Number(moment)).toISOString();
}

function ipv4Text(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
}

function ipv6Text(value: bigint): string {
  return (value.toString(16).padStart(32, '0').match(/..../g) ?? []).join(':');
}
