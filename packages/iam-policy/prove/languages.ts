import { ANY, ANY_WITHIN, ONE, ONE_WITHIN } from '../reference/patterns.ts';
import type { TextPattern } from '../src/solver/texts.ts';
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

/** A text in any case. `K` is also the Kelvin sign; other letters beyond ASCII are not told apart here. */
export function inAnyCase(text: string): string | undefined {
  if (!/^[ -~]*$/.test(text)) return undefined;
  const letters = text.split('').map((letter) => {
    const forms = [letter.toLowerCase(), letter.toUpperCase(), ...(/k/i.test(letter) ? ['\u212a'] : [])];
    return union(forms.map(literally));
  });
  return sequence(letters);
}

/** Every text with at least one character. */
export const notEmpty = '(re.++ re.allchar re.all)';

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
