import { existsSync, readFileSync } from 'node:fs';
import { InputError } from '#lib/errors.ts';
import type { Expectations } from '#lib/expectation/expectations.ts';
import { builtInExpectations, parseExpectations } from '#lib/expectation/parse.ts';

const usual = 'expectations.yaml';

/**
 * The expectations of a file, or of expectations.yaml here, or the built-in ones. Warnings are written as they are.
 * @throws {InputError} naming every error of the file.
 */
export function expectationsFrom(
  file: string | undefined,
  region: string | undefined,
  warn: (line: string) => void,
): Expectations {
  const options = region === undefined ? {} : { region };
  if (file === undefined && !existsSync(usual)) return builtInExpectations(options);
  const path = file ?? usual;
  const { expectations, diagnostics } = parseExpectations(textOf(path), path, options);
  const lines = (severity: 'error' | 'warning') =>
    diagnostics
      .filter((diagnostic) => diagnostic.severity === severity)
      .map(({ message, location }) => `${location.file}:${location.line}: ${message}`);
  for (const line of lines('warning')) warn(`warning: ${line}`);
  const errors = lines('error');
  if (errors.length > 0) throw new InputError(errors.join('\n'));
  return expectations;
}

/** @throws {InputError} when the file cannot be read. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error && error.code === 'ENOENT'
        ? 'there is no such file'
        : String(error);
    throw new InputError(`${path}: ${reason}`);
  }
}
