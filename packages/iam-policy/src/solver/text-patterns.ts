/** Patterns of whole texts, as steps: what policies, the forms of ARNs and those of keys say of a text. */
import type { Glob } from '../template.ts';

/** Characters: exactly those named, or all but those named. */
export type CharSet = { readonly only: string } | { readonly not: string };

/** One step of a pattern: one character of the set, or any number of them. */
export interface PatternStep {
  readonly chars: CharSet;
  readonly repeat: boolean;
  /** Of a repeated step, the most characters. Only the length of the whole text is held against it: of several such steps, their sum. */
  readonly atMost?: number;
}

/** A pattern as steps one after another; it matches a whole text. */
export type TextPattern = readonly PatternStep[];

const anything: CharSet = { not: '' };

export function literal(text: string): PatternStep[] {
  return [...text].map((char) => ({ chars: { only: char }, repeat: false }));
}

/** Each letter in all its cases, for the IgnoreCase operators. */
export function literalIgnoringCase(text: string): PatternStep[] {
  return [...text].map((char) => {
    const cases = char.toLowerCase() + char.toUpperCase();
    // The sign for kelvins is a capital k.
    return { chars: { only: cases === 'kK' ? 'kK\u212a' : cases }, repeat: false };
  });
}

/** Any text at all. */
export const anyText: TextPattern = [{ chars: anything, repeat: true }];

/** A pattern of a policy whose variables are resolved. */
export function patternOf(glob: Glob): TextPattern {
  return glob.flatMap((token) =>
    token.kind === 'text'
      ? literal(token.text)
      : [{ chars: token.withinSegment ? { not: ':' } : anything, repeat: token.kind === 'any' }],
  );
}

/** One or more characters out of a set: the free parts of an ARN form. @param atMost absent: any number of them */
export function someOf(chars: string, atMost?: number): PatternStep[] {
  return [
    { chars: { only: chars }, repeat: false },
    { chars: { only: chars }, repeat: true, ...(atMost !== undefined && { atMost: atMost - 1 }) },
  ];
}

/**
 * The texts of a form: literal parts, and parts of one or more characters out of a set, one after another.
 *
 * @example textForm(['arn:aws:s3:::', { someOf: 'abcdefghijklmnopqrstuvwxyz' }])
 */
export function textForm(
  parts: readonly (string | { readonly someOf: string; readonly atMost?: number })[],
): TextPattern {
  return parts.flatMap((part) =>
    typeof part === 'string' ? literal(part) : someOf(part.someOf, part.atMost),
  );
}

/** The texts that a text with `*` and `?` matches. */
export function wildcardForm(text: string): TextPattern {
  return text.split(/([*?])/).flatMap((part) => {
    if (part === '*' || part === '?') return [{ chars: anything, repeat: part === '*' }];
    return literal(part);
  });
}

/** Whether a character is of a set. */
export function has(set: CharSet, char: string): boolean {
  return 'only' in set ? set.only.includes(char) : !set.not.includes(char);
}
