import { compileGlob } from './glob.ts';
import { isGlob, parseTemplate } from './template.ts';

/**
 * Compiles a pattern with `*` and `?` to a test for whole texts, as IAM matches. There are no policy variables in
 * it: `${` is text.
 */
export function wildcardTest(pattern: string): (text: string) => boolean {
  const template = parseTemplate(pattern, '2008-10-17', true);
  return isGlob(template) ? compileGlob(template) : () => false;
}
