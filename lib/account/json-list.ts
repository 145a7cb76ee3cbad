import { type ParseError, parse as parseJson, printParseErrorCode } from 'jsonc-parser';
import { BYTE, type JsonFile, valueEnd } from './json-file.ts';

/** Elements that are parsed at once. Small enough to stay in the young generation of the heap. */
const BATCH_BYTES = 512 * 1024;
const LARGEST_ELEMENT = 64 * 1024 * 1024;

/** Some consecutive elements of a list, parsed. */
export interface Batch {
  readonly elements: readonly unknown[];
  /** The offset in the file of an element, for an error message. */
  offsetOf(index: number): number;
}

/**
 * Streams the elements of a JSON list that begins at `start`, behind its bracket, and returns the offset of its
 * closing bracket.
 *
 * A batch is cut at a comma that looks like one between elements, and JSON.parse is the judge: brackets put around
 * the bytes parse only if every bracket and string opened in them is closed in them, so the guess was right. Where
 * it does not parse, the bytes are walked one by one.
 *
 * @throws InputError with line and byte for text that is not JSON.
 */
export async function* readList(file: JsonFile, start: number, name: string): AsyncGenerator<Batch, number> {
  let window = await load(file, Buffer.allocUnsafe(BATCH_BYTES), start);
  let spare: Buffer = Buffer.allocUnsafe(BATCH_BYTES);
  let prefix: Buffer | undefined;
  while (true) {
    const { bytes, filled, position } = window;
    const guess = prefix === undefined ? -1 : lastCut(bytes, filled, prefix);
    if (guess !== -1) {
      // The next bytes are read while these are parsed.
      const ahead = load(file, spare, position + guess);
      ahead.catch(() => undefined);
      const elements = parseGuess(bytes, guess);
      if (elements !== undefined) {
        yield batch(elements, bytes, guess, position);
        spare = bytes;
        window = await ahead;
        continue;
      }
      await ahead;
    }
    const walked = await walkedBatch(file, window, start, name);
    if (walked === undefined) {
      window = await load(file, Buffer.allocUnsafe(bytes.length * 2), position);
      continue;
    }
    const { end, last, elements } = walked;
    yield batch(elements, bytes, end, position);
    if (last) return position + end - 1;
    prefix ??= elementPrefix(bytes, end);
    window = await load(file, bytes, position + end);
  }
}

interface Window {
  readonly bytes: Buffer;
  readonly filled: number;
  /** Where in the file the second byte is from. */
  readonly position: number;
}

/** The first byte is kept for the bracket that makes a list of a batch. */
async function load(file: JsonFile, bytes: Buffer, position: number): Promise<Window> {
  return { bytes, filled: (await file.read(bytes.subarray(1), position)) + 1, position };
}

/** The last comma of the bytes that is followed by what follows the first: the beginning of an element. */
function lastCut(bytes: Buffer, filled: number, prefix: Buffer): number {
  return filled < prefix.length ? -1 : bytes.lastIndexOf(prefix, filled - prefix.length);
}

/** `,\n  {\n    "Path"`: the comma behind the first element, up to the first key of the second. */
function elementPrefix(bytes: Buffer, end: number): Buffer | undefined {
  const comma = valueEnd(bytes, 1, end);
  const key = bytes.indexOf(BYTE.quote, comma);
  const keyEnd = bytes.indexOf(BYTE.quote, key + 1);
  if (comma === -1 || key === -1 || keyEnd === -1 || keyEnd > end) return undefined;
  return Buffer.from(bytes.subarray(comma, keyEnd + 1));
}

/**
 * The elements that end within a window, found byte by byte; undefined where the window is too small for one.
 *
 * @throws InputError with line and byte for text that is not JSON, and for a file that ends here.
 */
async function walkedBatch(file: JsonFile, { bytes, filled, position }: Window, start: number, name: string) {
  const { end, last } = walk(bytes, filled);
  if (end === -1) {
    if (filled < bytes.length) {
      throw await file.error(file.size, `the file ends within ${name}: was it cut off?`);
    }
    if (bytes.length >= LARGEST_ELEMENT) {
      throw await file.error(position, `an element of ${name} is larger than 64 MiB`);
    }
    return undefined;
  }
  if (last && bytes[end] !== BYTE.closeList) {
    throw await file.error(position + end - 1, `expected , or ] in ${name}, found }`);
  }
  const elements = await parse(file, bytes, end, position, name);
  if (last && elements.length === 0 && position !== start) {
    throw await file.error(
      position + end - 1,
      `expected another element of ${name} after the comma, found ]`,
    );
  }
  return { elements, end, last };
}

/** The last comma between elements, or the bracket or brace that closes the list. */
function walk(bytes: Buffer, filled: number): { readonly end: number; readonly last: boolean } {
  let end = -1;
  for (let at = valueEnd(bytes, 1, filled); at !== -1; at = valueEnd(bytes, at + 1, filled)) {
    end = at;
    if (bytes[at] !== BYTE.comma) return { end, last: true };
  }
  return { end, last: false };
}

/** The bytes up to `end` as the text of a list. */
function listText(bytes: Buffer, end: number): string {
  const behind = bytes[end] ?? BYTE.closeList;
  bytes[0] = BYTE.openList;
  bytes[end] = BYTE.closeList;
  const text = bytes.toString('utf8', 0, end + 1);
  bytes[end] = behind;
  return text;
}

function parseGuess(bytes: Buffer, end: number): unknown[] | undefined {
  try {
    return JSON.parse(listText(bytes, end));
  } catch {
    return undefined;
  }
}

async function parse(file: JsonFile, bytes: Buffer, end: number, position: number, name: string) {
  const text = listText(bytes, end);
  try {
    const elements: unknown[] = JSON.parse(text);
    return elements;
  } catch (cause) {
    // JSON.parse does not always say where, and quotes what it read; this parser says where.
    const errors: ParseError[] = [];
    parseJson(text, errors, { disallowComments: true, allowTrailingComma: false });
    const [first] = errors;
    const at = position + Buffer.byteLength(text.slice(1, first?.offset ?? 1));
    const what = first === undefined ? 'malformed' : printParseErrorCode(first.error);
    throw await file.error(at, `${name} is not JSON here (${what})`, { cause });
  }
}

function batch(elements: readonly unknown[], bytes: Buffer, end: number, position: number): Batch {
  return {
    elements,
    offsetOf(index) {
      let from = 1;
      for (let element = 0; element < index; element++) from = valueEnd(bytes, from, end + 1) + 1;
      while ((bytes[from] ?? 0xff) <= 0x20) from++;
      return position + from - 1;
    },
  };
}
