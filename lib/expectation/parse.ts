import { type ExpectationOptions, type ReadExpectations, readExpectations } from './read.ts';
import { readYaml } from './yaml-file.ts';

export { builtInExpectations, type ExpectationOptions, type ReadExpectations } from './read.ts';

/**
 * Reads the text of an expectations.yaml. Never throws for what is in it: everything wrong with it is a diagnostic with
 * its line. The expectations are to be used only when none of them is an error.
 *
 * @param text the YAML, wherever it was kept
 * @param file what to call it in messages
 */
export function parseExpectations(
  text: string,
  file: string,
  options: ExpectationOptions = {},
): ReadExpectations {
  return readExpectations(readYaml(text), file, options);
}
