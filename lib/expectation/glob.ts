import { compileGlob, isGlob, parseTemplate } from '@permission-check/iam-policy';

/**
 * A test for texts that match a pattern with `*` and `?` as a whole, as IAM matches. There are no variables here:
 * documents of 2008-10-17 have none.
 */
export function glob(pattern: string): (text: string) => boolean {
  const template = parseTemplate(pattern, '2008-10-17', true);
  return isGlob(template) ? compileGlob(template) : () => false;
}
