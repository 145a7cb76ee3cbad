import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '#lib/errors.ts';

/**
 * Makes sure, before a long run, that its report can be written at the end.
 *
 * @throws InputError when it cannot.
 */
export function assertWritable(path: string): void {
  const exists = statSync(path, { throwIfNoEntry: false });
  if (exists?.isDirectory()) throw new InputError(`${path} is a directory: name a file`);
  try {
    accessSync(exists ? path : dirname(path), constants.W_OK);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** @throws InputError when the file cannot be written. */
export function writeOutput(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory',
  ENOTDIR: 'a part of the path is no directory',
  EACCES: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
};

function cannotWrite(path: string, error: unknown): InputError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new InputError(`cannot write ${path}: ${reasons[code] ?? String(error)}`);
}
