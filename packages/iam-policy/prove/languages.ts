import { ANY, ANY_WITHIN, ONE, ONE_WITHIN } from '../reference/patterns.ts';
import type { TextPattern } from '../src/solver/text-patterns.ts';
import { quoted } from './z3.ts';

/** Regular languages as SMT-LIB terms. */

const notColon = '(re.diff re.allchar (str.to_re ":"))';

const wildcards = new Map([
  [ANY, 're.all'],
  [ONE, 're.allchar'],
  [ANY_WITHIN, `(re.* ${notColon})`],
  [ONE_WITHIN, notColon],
]);

export const literally = (text: string): string => `(str.to_re ${quoted(text)})`;

export function union(languages: readonly string[]): string {
  const [first = 're.none', ...others] = [...new Set(languages)];
  return others.length === 0 ? first : `(re.union ${[first, ...others].join(' ')})`;
}

function sequence(languages: readonly string[]): string {
  const [first = literally(''), ...others] = languages;
  return others.length === 0 ? first : `(re.++ ${[first, ...others].join(' ')})`;
}

/** The texts that a resolved pattern of the reference evaluator is like. */
export function languageOf(pattern: string): string {
  const parts = pattern.split(/([\uE000-\uE003])/).filter((part) => part !== '');
  return sequence(parts.map((part) => wildcards.get(part) ?? literally(part)));
}

/** The characters that a text in lower case can come from, by that text. */
const raised = new Map<string, string[]>();
for (let code = 0; code <= 0x1ffff; code += 1) {
  const character = String.fromCodePoint(code);
  const lower = character.toLowerCase();
  if (lower !== character) raised.set(lower, [...(raised.get(lower) ?? []), character]);
}
// At the end of a word it is written otherwise.
raised.set('ς', [...(raised.get('ς') ?? []), 'Σ']);
const longestRaised = Math.max(...[...raised.keys()].map(({ length }) => length));

/** Every text that is the same in lower case. */
export function inAnyCase(text: string): string {
  const lower = text.toLowerCase();
  const parts: string[] = [];
  for (let at = 0; at < lower.length; ) {
    const own = String.fromCodePoint(lower.codePointAt(at) ?? 0);
    // Several characters can come from one: they stand or fall together.
    const ends = Array.from({ length: longestRaised }, (_, more) => at + more + 1);
    const end = Math.max(at + own.length, ...ends.filter((to) => raised.has(lower.slice(at, to))));
    const written = (from: number, to: number): string[] =>
      // What a capital becomes may depend on what is around it, as for sigma.
      (raised.get(lower.slice(from, to)) ?? []).filter(
        (one) => (lower.slice(0, from) + one + lower.slice(to)).toLowerCase() === lower,
      );
    const singly = [...lower.slice(at, end)].map((one, index, all) => {
      const from = at + all.slice(0, index).join('').length;
      return union([one, ...written(from, from + one.length)].map(literally));
    });
    parts.push(union([sequence(singly), ...(singly.length > 1 ? written(at, end).map(literally) : [])]));
    at = end;
  }
  return sequence(parts);
}

/** Every text with at least one character. */
export const notEmpty = '(re.++ re.allchar re.all)';

/** Every text of so many characters and fewer. */
export const upTo = (longest: number, mayBeEmpty: boolean): string =>
  `((_ re.loop ${mayBeEmpty ? 0 : 1} ${longest}) re.allchar)`;

/** Every text of which at least the first five colons are there. */
export const arns = languageOf(`${ANY}:${ANY}:${ANY}:${ANY}:${ANY}:${ANY}`);

/**
 * The texts of a resource form: a literal beginning, the language of what follows, and the characters that can be in
 * that; undefined: any.
 */
export function languageOfForm(pattern: TextPattern): {
  readonly prefix: string;
  readonly rest: string;
  readonly characters: string | undefined;
} {
  const single = ({ chars, repeat }: TextPattern[number]): string | undefined =>
    !repeat && 'only' in chars && chars.only.length === 1 ? chars.only : undefined;
  const end = pattern.findIndex((step) => single(step) === undefined);
  const split = end === -1 ? pattern.length : end;
  const prefix = pattern
    .slice(0, split)
    .map((step) => single(step))
    .join('');
  const rest = pattern.slice(split).map(({ chars, repeat }) => {
    const one = 'only' in chars ? oneOf(chars.only) : `(re.diff re.allchar ${oneOf(chars.not)})`;
    return repeat ? `(re.* ${one})` : one;
  });
  const sets = pattern.slice(split).map(({ chars }) => ('only' in chars ? chars.only : undefined));
  const characters = sets.includes(undefined) ? undefined : sets.join('');
  return { prefix, rest: sequence(rest), characters };
}

/** One character out of several; neighbours as ranges. */
function oneOf(characters: string): string {
  const codes = [...new Set(characters)].map((one) => one.charCodeAt(0)).sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const code of codes) {
    const last = ranges.at(-1);
    if (last && last[1] === code - 1) last[1] = code;
    else ranges.push([code, code]);
  }
  const letter = (code: number): string => quoted(String.fromCharCode(code));
  return union(ranges.map(([from, to]) => `(re.range ${letter(from)} ${letter(to)})`));
}
