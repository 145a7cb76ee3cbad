import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileProblem, InputError } from '#lib/errors.ts';
import type { Files } from '#lib/evidence/manifest.ts';
import { assertWritable, writeOutput } from './output-file.ts';

/**
 * Makes sure, before a long run, that an evidence can be written: the folder is new or empty, and for its owner alone.
 *
 * @throws InputError when it cannot
 */
export function prepareFolder(folder: string): void {
  const exists = statSync(folder, { throwIfNoEntry: false });
  if (exists !== undefined && !exists.isDirectory()) throw new InputError(`${folder} is no folder`);
  if (exists !== undefined && readdirSync(folder).length > 0)
    throw new InputError(`${folder} is not empty: name a folder that is not there yet`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  } catch (error) {
    throw new InputError(`cannot make ${folder}: ${fileProblem(error)}`);
  }
  assertWritable(join(folder, 'manifest.json'));
}

export function writeFolder(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeOutput(join(folder, name), text);
}

/** @throws InputError when the folder cannot be read */
export function readFolder(folder: string): Files {
  try {
    const names = readdirSync(folder);
    return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]));
  } catch (error) {
    throw new InputError(`cannot read the folder ${folder}: ${fileProblem(error)}`);
  }
}
