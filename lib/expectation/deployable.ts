import { InputError } from '#lib/errors.ts';
import { asDeployed } from './deployed.ts';
import { readExpectations } from './read.ts';
import { readYaml } from './yaml-file.ts';

export interface Deployable {
  /** What stands beside a function, by file name: the text for people, and what was read of it for the function. */
  readonly files: Readonly<Record<'expectations.yaml' | 'expectations.json', string>>;
  /** `expectations.yaml:12: the set is never used` */
  readonly warnings: readonly string[];
}

/**
 * Makes an expectations.yaml ready to be deployed beside a function.
 *
 * @param file what to call it in messages
 * @throws {InputError} naming every error of the file with its line: what no function could use is not deployed.
 */
export function deployableExpectations(text: string, file: string): Deployable {
  const located = readYaml(text);
  const { diagnostics } = readExpectations(located, file);
  const told = (wanted: 'error' | 'warning') =>
    diagnostics
      .filter(({ severity }) => severity === wanted)
      .map(({ message, location }) => `${location.file}:${location.line}: ${message}`);
  const errors = told('error');
  if (errors.length > 0) throw new InputError(errors.join('\n'));
  return {
    files: { 'expectations.yaml': text, 'expectations.json': asDeployed(text, located) },
    warnings: told('warning'),
  };
}
