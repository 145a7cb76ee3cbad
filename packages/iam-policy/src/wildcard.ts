import { compileGlob } from './glob.ts';
import { patternOf, type TextPattern } from './solver/text-patterns.ts';
import { findText } from './solver/texts.ts';
import { isGlob, parseTemplate } from './template.ts';

/**
 * Compiles a pattern with `*` and `?` to a test for whole texts, as IAM matches. There are no policy variables in
 * it: `${` is text.
 */
export function wildcardTest(pattern: string): (text: string) => boolean {
  const template = parseTemplate(pattern, '2008-10-17', true);
  return isGlob(template) ? compileGlob(template) : () => false;
}

/**
 * Whether a pattern of a policy can match any text of a form. Policy variables stand for any text here.
 *
 * @param form see textForm
 */
export function canMatch(pattern: string, form: TextPattern): boolean {
  const template = parseTemplate(pattern, '2012-10-17', true);
  const inside = template.map((token) =>
    token.kind === 'variable' ? ({ kind: 'any', withinSegment: false } as const) : token,
  );
  return findText(form, [patternOf(inside)]) !== undefined;
}
