import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { PolicyError } from './error.ts';
import type { Position } from './types.ts';

export type { Node };

/** A member of a JSON object: its name, the node of the name and the node of the value. */
export interface Member {
  readonly name: string;
  readonly key: Node;
  readonly value: Node;
}

/** Many times what IAM stores, white space included. */
const MAX_LENGTH = 2_000_000;
/** IAM's grammar needs six. */
const MAX_DEPTH = 50;
const [BACKSLASH, QUOTE, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [92, 34, 123, 125, 91, 93];

/** JSON text with its syntax tree: reads typed values and turns offsets into lines and columns. */
export class JsonText {
  readonly root: Node;
  readonly #text: string;
  #lineStarts: number[] | undefined;

  /** @throws {PolicyError} when the text is not strict JSON (comments and trailing commas are not). */
  constructor(text: string) {
    this.#text = text;
    if (text.trim() === '') throw this.error('the policy has no text', 0);
    this.#refuseExcess();
    const errors: ParseError[] = [];
    const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
    const first = errors[0];
    if (first !== undefined || root === undefined) {
      const what = first === undefined ? '' : ` (${printParseErrorCode(first.error)})`;
      throw this.error(`not valid JSON${what}`, first?.offset ?? 0);
    }
    this.root = root;
  }

  /** What no policy comes near is not read: deep nesting would exhaust the stack, long texts the time. */
  #refuseExcess(): void {
    const text = this.#text;
    if (text.length > MAX_LENGTH) {
      throw this.error(`the policy has ${text.length} characters, more than ${MAX_LENGTH}`, 0);
    }
    let depth = 0;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) at = endOfString(text, at);
      else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
      else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
      if (depth > MAX_DEPTH) throw this.error(`the policy is nested deeper than ${MAX_DEPTH} levels`, at);
    }
  }

  /** The 1-based line and column of an offset. */
  position(offset: number): Position {
    this.#lineStarts ??= lineStarts(this.#text);
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1 };
  }

  error(problem: string, place: Node | number): PolicyError {
    return new PolicyError(problem, this.position(typeof place === 'number' ? place : place.offset));
  }

  /** The members of an object in order; a name used twice is an error, since JSON leaves open which one counts. */
  members(node: Node, what: string): Member[] {
    if (node.type !== 'object') throw this.error(`${what} must be an object, not ${kindOf(node)}`, node);
    const seen = new Set<string>();
    const members: Member[] = [];
    for (const property of node.children ?? []) {
      const [key, value] = property.children ?? [];
      if (key === undefined || value === undefined)
        throw this.error(`${what} has a member without a value`, property);
      const name: string = key.value;
      if (seen.has(name)) throw this.error(`${JSON.stringify(name)} appears twice in ${what}`, key);
      seen.add(name);
      members.push({ name, key, value });
    }
    return members;
  }

  string(node: Node, what: string): string {
    if (node.type !== 'string') throw this.error(`${what} must be a string, not ${kindOf(node)}`, node);
    return node.value;
  }

  /** A number as it is written: `1e3`, and more digits than a floating-point number has. */
  number(node: Node): string {
    return this.#text.slice(node.offset, node.offset + node.length);
  }

  /** A single value or an array of them, always as an array of nodes. */
  list(node: Node): readonly Node[] {
    return node.type === 'array' ? (node.children ?? []) : [node];
  }
}

/** The offset of the quote that closes a string; of the end of the text where none does. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at += 1;
  }
  return at;
}

export function kindOf(node: Node): string {
  switch (node.type) {
    case 'null':
      return 'null';
    case 'array':
    case 'object':
      return `an ${node.type}`;
    default:
      return `a ${node.type}`;
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
