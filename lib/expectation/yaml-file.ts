import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { Diagnostic, SourceLocation } from './types.ts';

/** Keys and positions from the top of the file to a value. */
export type KeyPath = readonly PropertyKey[];

/** Tells a person what is wrong at a place of the file; an error unless said otherwise. */
export type Complain = (message: string, path: KeyPath, severity?: Diagnostic['severity']) => void;

/** A YAML text as data, with the way back from a value to its line. */
export interface YamlFile {
  readonly data: unknown;
  /** What is wrong with the YAML itself. */
  readonly diagnostics: readonly Diagnostic[];
  /** Where the key or the list item at that path stands; its nearest ancestor's place where there is none. */
  locate(path: KeyPath): SourceLocation;
}

/** Reads a YAML text; never throws. Numbers stay text as written, for account ids keep their zeros so. */
export function readYaml(text: string, file: string): YamlFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  });
  const lineAt = (offset: number): SourceLocation => ({
    file,
    line: Math.max(1, lineCounter.linePos(offset).line),
  });
  const locate = (path: KeyPath): SourceLocation => lineAt(offsetOf(document, path));
  const diagnostics = [...document.errors, ...document.warnings].map(
    ({ name, message, pos }): Diagnostic => ({
      severity: name === 'YAMLWarning' ? 'warning' : 'error',
      message: `not ${name === 'YAMLWarning' ? 'plain' : 'valid'} YAML: ${message}`,
      location: lineAt(pos[0]),
    }),
  );
  if (document.errors.length > 0) return { data: undefined, diagnostics, locate };
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'number' && node.source !== undefined) node.value = node.source;
    },
  });
  try {
    return { data: document.toJS(), diagnostics, locate };
  } catch (error) {
    // An alias without an anchor, or too many of them.
    const message = `not usable YAML: ${error instanceof Error ? error.message : String(error)}`;
    diagnostics.push({ severity: 'error', message, location: lineAt(0) });
    return { data: undefined, diagnostics, locate };
  }
}

function offsetOf(document: Document, path: KeyPath): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}
