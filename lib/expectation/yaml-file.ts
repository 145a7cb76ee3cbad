import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Lines, LocatedData } from './located.ts';

/** Reads a YAML text; never throws. Numbers stay text as written, for account ids keep their zeros so. */
export function readYaml(text: string): LocatedData {
  if (text.includes('\0')) {
    const message = 'the file is not UTF-8 text but, it seems, UTF-16: save it as UTF-8';
    return { data: undefined, lines: 1, problems: [{ severity: 'error', message, line: 1 }] };
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  });
  if (document.errors.some(({ message }) => /call stack/i.test(message))) {
    const message = 'the file is nested deeper than any expectations are';
    return { data: undefined, lines: 1, problems: [{ severity: 'error', message, line: 1 }] };
  }
  const lineOf = (offset: number): number => Math.max(1, lineCounter.linePos(offset).line);
  const problems = [...document.errors, ...document.warnings].map(
    ({ name, message, pos }): LocatedData['problems'][number] => ({
      severity: name === 'YAMLWarning' ? 'warning' : 'error',
      message: inPlainWords(message) ?? `not ${name === 'YAMLWarning' ? 'plain' : 'valid'} YAML: ${message}`,
      line: lineOf(pos[0]),
    }),
  );
  const top = lineOf(startOf(document.contents) ?? 0);
  if (document.errors.length > 0) return { data: undefined, lines: top, problems };
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'number' && node.source !== undefined) node.value = node.source;
    },
    Alias(_key, alias) {
      if (!standsInItsAnchor(alias, document)) return;
      const message = `&${alias.source} has *${alias.source} in it, so that it would never end`;
      problems.push({ severity: 'error', message, line: lineOf(startOf(alias) ?? 0) });
    },
  });
  if (problems.some(({ severity }) => severity === 'error')) return { data: undefined, lines: top, problems };
  try {
    return { data: document.toJS(), lines: linesOf(document, top, lineOf), problems };
  } catch (error) {
    // An alias without an anchor, or too many of them.
    const message = `not usable YAML: ${error instanceof Error ? error.message : String(error)}`;
    return { data: undefined, lines: top, problems: [...problems, { severity: 'error', message, line: 1 }] };
  }
}

/** Whether an alias is part of what it stands for. */
function standsInItsAnchor(alias: Alias, document: Document): boolean {
  const anchored = alias.resolve(document)?.range;
  const own = alias.range;
  return !!anchored && !!own && anchored[0] <= own[0] && own[1] <= anchored[1];
}

/** What the parser says of mistakes that people often make, in words that say what to write. */
function inPlainWords(message: string): string | undefined {
  if (/^Alias cannot be an empty string/.test(message)) {
    return 'a bare * begins a YAML alias: write "*" in quotes';
  }
  if (/multiple documents/.test(message)) {
    return 'the file has several YAML documents: take out the --- between them';
  }
  return undefined;
}

function linesOf(document: Document, top: number, lineOf: (offset: number) => number): Lines {
  // What has an anchor is found again at each of its aliases.
  const known = new Map<unknown, Lines[] | Record<string, Lines>>();
  const at = (value: unknown, line: number): Lines => {
    const node = isAlias(value) ? value.resolve(document) : value;
    const before = known.get(node);
    if (before !== undefined) return [line, before];
    if (isMap(node)) return [line, ofMap(node, line)];
    if (isSeq(node)) return [line, ofSeq(node, line)];
    return line;
  };
  const ofMap = (node: YAMLMap, line: number): Record<string, Lines> => {
    const inside: Record<string, Lines> = {};
    known.set(node, inside);
    for (const { key, value } of node.items) {
      if (!isScalar(key)) continue;
      // A key can be called __proto__.
      const own = { value: at(value, placeOf(key, line)), enumerable: true };
      Object.defineProperty(inside, String(key.value), own);
    }
    return inside;
  };
  const ofSeq = (node: YAMLSeq, line: number): Lines[] => {
    const inside: Lines[] = [];
    known.set(node, inside);
    for (const item of node.items) inside.push(at(item, placeOf(item, line)));
    return inside;
  };
  const placeOf = (node: unknown, otherwise: number): number => {
    const start = startOf(node);
    return start === undefined ? otherwise : lineOf(start);
  };
  return at(document.contents, top);
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}
