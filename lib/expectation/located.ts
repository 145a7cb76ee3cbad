import type { Diagnostic, SourceLocation } from './types.ts';

/** Keys and positions from the top of the file to a value. */
export type KeyPath = readonly PropertyKey[];

/** Tells a person what is wrong at a place of the file; an error unless said otherwise. */
export type Complain = (message: string, path: KeyPath, severity?: Diagnostic['severity']) => void;

/** The line of a value's key or list item, and the lines of what is in it. */
export type Lines =
  | number
  | readonly [line: number, inside: readonly Lines[] | Readonly<Record<string, Lines>>];

/** What a YAML file says, as plain data, with the line of everything in it. */
export interface LocatedData {
  readonly data: unknown;
  readonly lines: Lines;
  /** What is wrong with the YAML itself. */
  readonly problems: readonly (Pick<Diagnostic, 'severity' | 'message'> & { readonly line: number })[];
}

/** A YAML file as data, with the way back from a value to its line. */
export interface YamlFile {
  readonly data: unknown;
  /** What is wrong with the YAML itself. */
  readonly diagnostics: readonly Diagnostic[];
  /** Where the key or the list item at that path stands; its nearest ancestor's place where there is none. */
  locate(path: KeyPath): SourceLocation;
}

/** The same under the name that messages call the file. */
export function locatedIn({ data, lines, problems }: LocatedData, file: string): YamlFile {
  return {
    data,
    diagnostics: problems.map(({ severity, message, line }) => ({
      severity,
      message,
      location: { file, line },
    })),
    locate: (path) => ({ file, line: lineAt(lines, path) }),
  };
}

function lineAt(lines: Lines, path: KeyPath): number {
  let place = lines;
  for (const step of path) {
    const next = typeof place === 'number' ? undefined : stepInto(place[1], step);
    if (next === undefined) break;
    place = next;
  }
  return typeof place === 'number' ? place : place[0];
}

function stepInto(
  inside: readonly Lines[] | Readonly<Record<string, Lines>>,
  step: PropertyKey,
): Lines | undefined {
  if (isList(inside)) return inside[Number(step)];
  return Object.hasOwn(inside, step) ? inside[String(step)] : undefined;
}

/** `Array.isArray` does not tell a readonly list from a mapping. */
function isList(inside: object): inside is readonly Lines[] {
  return Array.isArray(inside);
}
