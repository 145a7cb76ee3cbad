import { contextValue } from '../reference/patterns.ts';
import { parseAddress, parseDecimal, parseMoment } from '../reference/values.ts';
import { all, type Formula, termOf } from './formula.ts';
import type { Plan, Value } from './keys.ts';
import { resourceText } from './requests.ts';
import type { Witness } from './solve.ts';
import type { Translation } from './translate.ts';
import { quoted, type Z3 } from './z3.ts';

/** A request that the variables cannot say: more values than they tell apart, or more digits. */
class Unsayable extends Error {}

/** Whether a formula holds for a request, by the solver alone; undefined where its variables cannot say the request. */
export function satisfies(
  formula: Formula,
  translation: Translation,
  request: Witness,
  z3: Z3,
): boolean | undefined {
  try {
    const values = valuesOf(translation, request);
    const lines = translation.declarations.map((line) => {
      const [, name = '', sort = ''] = /^\(declare-const (\S+) (.*)\)$/.exec(line) ?? [];
      return values.has(name) ? `(define-fun ${name} () ${sort} ${values.get(name)})` : line;
    });
    const wanted = termOf(all(translation.rules, formula), ({ smt }) => smt);
    const answer = z3.check(`${lines.join('\n')}\n(assert ${wanted})`, []);
    return answer === 'unknown' ? undefined : answer !== 'unsat';
  } catch (error) {
    if (error instanceof Unsayable) return undefined;
    throw error;
  }
}

function valuesOf({ plans, forms }: Translation, { resource, context }: Witness): Map<string, string> {
  const values = new Map<string, string>();
  const set: SetFlag = (flag, value) => {
    if (flag.kind === 'atom') values.set(flag.atom.smt, String(value));
    else if (flag.kind === 'all') for (const part of flag.of) set(part, value);
  };
  const form = forms.find(({ prefix }) => resource.startsWith(prefix));
  for (const { flag } of forms) set(flag, flag === form?.flag);
  if (form) values.set(resourceText, quoted(resource.slice(form.prefix.length)));
  for (const plan of plans.values()) {
    for (const [name, term] of termsOfKey(plan, contextValue(context, plan.name), set))
      values.set(name, term);
  }
  return values;
}

/** Says of a flag whether it holds. */
type SetFlag = (flag: Formula, value: boolean) => void;

function termsOfKey(
  { present, isList, elements }: Plan,
  value: string | readonly string[] | undefined,
  set: SetFlag,
): [string, string][] {
  set(present, value !== undefined);
  set(isList, typeof value === 'object');
  const items = value === undefined ? [] : [value].flat();
  if (items.length > elements.length) throw new Unsayable('a longer list');
  return elements.flatMap(({ used, value: variable }, index) => {
    const item = items[index];
    if (index > 0) set(lastOf(used), item !== undefined);
    return item === undefined ? [] : termsFor(variable, item, set);
  });
}

/** The flag of its own that says that an element is used. */
function lastOf(used: Plan['present']): Formula {
  return used.kind === 'all' ? (used.of.at(-1) ?? used) : used;
}

function termsFor(value: Value, text: string, set: SetFlag): [string, string][] {
  const integer = (whole: bigint): string => (whole < 0n ? `(- ${-whole})` : String(whole));
  switch (value.kind) {
    case 'literal':
      return [];
    case 'text':
      return [[value.variable, quoted(text)]];
    case 'finite':
      return [[value.term, integer(BigInt(value.values.indexOf(text)))]];
    case 'number': {
      const decimal = parseDecimal(text);
      set(value.valid, decimal !== undefined);
      if (decimal === undefined) return [];
      const zeros = decimal.magnitude - BigInt(decimal.digits.length) + value.scale;
      if (decimal.digits !== '' && (zeros < 0n || zeros > 1500n)) throw new Unsayable('a number');
      const digits = BigInt(decimal.digits) * BigInt(decimal.sign);
      return [[value.term, integer(digits === 0n ? 0n : digits * 10n ** zeros)]];
    }
    case 'date': {
      const moment = parseMoment(text);
      set(value.valid, moment !== undefined);
      return moment === undefined ? [] : [[value.term, integer(moment)]];
    }
    case 'ip': {
      const address = parseAddress(text);
      set(value.valid, address !== undefined);
      set(value.isIpv4, address?.bits === 32);
      if (address === undefined) return [];
      return [[`ipv${address.bits === 32 ? 4 : 6}_${value.term}`, `(_ bv${address.value} ${address.bits})`]];
    }
  }
}
