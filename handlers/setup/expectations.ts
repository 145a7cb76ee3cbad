import { readFileSync } from 'node:fs';
import { InputError } from '#lib/errors.ts';
import type { Expectations } from '#lib/expectation/expectations.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';

/**
 * The expectations that were deployed with the function (the build puts expectations.yaml beside each bundle), or those
 * given as text.
 * @throws {InputError} naming every error of the file with its line: nothing is checked against half a file.
 */
export function loadExpectations(text?: string): Expectations {
  const file = text === undefined ? 'expectations.yaml' : 'expectations of the event';
  const { expectations, diagnostics } = parseExpectations(text ?? deployed(), file, region);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    throw new InputError(
      errors.map(({ message, location }) => `${location.file}:${location.line}: ${message}`).join('\n'),
    );
  }
  return expectations;
}

/** Lambda sets it: the Region whose ARNs are asked about, where the file names none. */
const region = process.env.AWS_REGION === undefined ? {} : { region: process.env.AWS_REGION };

const deployed = () => readFileSync(new URL('expectations.yaml', import.meta.url), 'utf8');
