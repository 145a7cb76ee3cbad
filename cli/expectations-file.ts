import { existsSync, readFileSync } from 'node:fs';
import type { PermissionSet } from '#lib/catalog/types.ts';
import { fileProblem, InputError } from '#lib/errors.ts';
import type { Expectations } from '#lib/expectation/expectations.ts';
import {
  builtInExpectations,
  type ExpectationOptions,
  parseExpectations,
  type ReadExpectations,
} from '#lib/expectation/parse.ts';

/** What is read where no file is named. */
export const expectationsFile = 'expectations.yaml';

/**
 * The file that is named, in either way, else expectations.yaml here.
 * @throws {InputError} for two of them
 */
export function namedFile(file: string | undefined, option: string | undefined): string {
  if (file !== undefined && option !== undefined && file !== option) {
    throw new InputError(`two files are named, ${file} and --expectations ${option}: name one`);
  }
  return file ?? option ?? expectationsFile;
}

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
  if (file === undefined && !existsSync(expectationsFile)) return builtInExpectations(options);
  return readExpectationsFile(file ?? expectationsFile, options, warn).expectations;
}

/**
 * The text of a file, or of expectations.yaml here, with what it is called; absent where there is no file. It has been
 * read, and warnings are written.
 * @throws {InputError} naming every error of the file.
 */
export function expectationsInText(
  file: string | undefined,
  region: string | undefined,
  warn: (line: string) => void,
): { readonly name: string; readonly text: string } | undefined {
  if (file === undefined && !existsSync(expectationsFile)) return undefined;
  const name = file ?? expectationsFile;
  readExpectationsFile(name, region === undefined ? {} : { region }, warn);
  return { name, text: textOf(name) };
}

/**
 * The sets of a file, or of expectations.yaml here; none where there is no file.
 * @throws {InputError} naming every error of the file.
 */
export function ownSets(file: string | undefined): PermissionSet[] {
  if (file === undefined && !existsSync(expectationsFile)) return [];
  const path = file ?? expectationsFile;
  return [...readExpectationsFile(path, {}, () => {}).sets].map(([name, policies]) => ({
    name,
    title: `set of ${path}`,
    source: path,
    documents: policies.map(({ text }) => text),
  }));
}

/**
 * A file and all that was read of it.
 * @throws {InputError} naming every error of the file, or why it cannot be read.
 */
export function readExpectationsFile(
  path: string,
  options: ExpectationOptions,
  warn: (line: string) => void,
): ReadExpectations {
  const parsed = parseExpectations(textOf(path), path, options);
  const lines = (severity: 'error' | 'warning') =>
    parsed.diagnostics
      .filter((diagnostic) => diagnostic.severity === severity)
      .map(({ message, location }) => `${location.file}:${location.line}: ${message}`);
  for (const line of lines('warning')) warn(`warning: ${line}`);
  const errors = lines('error');
  if (errors.length > 0) throw new InputError(errors.join('\n'));
  return parsed;
}

/** @throws {InputError} when the file cannot be read. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InputError(`${path}: ${fileProblem(error)}`);
  }
}
