import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { isRecord } from '#lib/change/usage.ts';
import { fileProblem, InputError } from '#lib/errors.ts';

/**
 * The events of files, one after the other, whatever their size: objects on lines of their own, a list of them,
 * CloudTrail's `{"Records": […]}` and `{"Events": […]}`, or rows of a CSV with a heading (`.csv`); also packed with gzip. Of a
 * folder, all that its names say is such a file, however deep.
 *
 * @param files files and folders
 * @throws {InputError} for a folder without such a file; for a file that cannot be read, or holds neither JSON nor, where
 *   its name says so, CSV; and for one in which nothing is an event
 */
export async function* eventsOf(files: readonly string[]): AsyncGenerator<unknown> {
  for (const file of files.flatMap(filesIn)) {
    try {
      const all = /\.csv(\.gz)?$/i.test(file) ? rowsOf(file) : objectsOf(file);
      let isOther = false;
      let hasRecords = false;
      for await (const one of all) {
        hasRecords ||= isRecord(one);
        isOther = !hasRecords;
        yield one;
      }
      if (isOther) throw new InputError('there is no CloudTrail event in it');
    } catch (error) {
      throw new InputError(`${file}: ${fileProblem(error)}`);
    }
  }
}

/** The file itself; of a folder, its files in the order of their names, which in CloudTrail's own layout is that of time. */
function filesIn(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  const found = namesIn(path).filter((name) => /\.(json|jsonl|csv)(\.gz)?$/i.test(name));
  if (found.length === 0)
    throw new InputError(
      `${path}: no file in this folder is called .json, .jsonl or .csv, or one of these with .gz`,
    );
  return found.sort();
}

/** With the folder's own. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name));
  } catch (error) {
    throw new InputError(`${folder}: ${fileProblem(error)}`);
  }
}

async function* objectsOf(file: string): AsyncGenerator<unknown> {
  const splitter = new ObjectSplitter();
  let isText = false;
  for await (const chunk of textOf(file)) {
    isText ||= String(chunk).trim() !== '';
    for (const text of splitter.push(String(chunk))) yield JSON.parse(text);
  }
  if (splitter.isInside()) throw new InputError('it ends in the midst of an object');
  if (isText && !splitter.hasBegun()) throw new InputError('this is neither JSON nor, by its name, CSV');
}

/** The rows as objects, by the names of the heading. */
async function* rowsOf(file: string): AsyncGenerator<unknown> {
  const text = textOf(file);
  const rows = parse({ columns: true, bom: true, skip_empty_lines: true });
  text.once('error', (error) => rows.destroy(error));
  yield* text.pipe(rows);
}

function textOf(file: string): NodeJS.ReadableStream & AsyncIterable<unknown> {
  const stream = createReadStream(file);
  if (!file.endsWith('.gz')) return stream.setEncoding('utf8');
  const unpacked = createGunzip();
  stream.once('error', (error) => unpacked.destroy(error));
  return stream.pipe(unpacked).setEncoding('utf8');
}

const lists = ['Records', 'Events'];

/** Takes the objects out of a text that comes in pieces. */
class ObjectSplitter {
  /** Opening brackets that are not closed. */
  #open = '';
  #inText = false;
  #escaped = false;
  /** The last text directly within the outermost object: the key of what follows. */
  #key = '';
  /** Depth at which the object began that is being collected; -1: none. */
  #from = -1;
  #collected = '';
  #hasBegun = false;

  /** Whether there was a bracket at all. */
  hasBegun(): boolean {
    return this.#hasBegun;
  }

  isInside(): boolean {
    return this.#open !== '';
  }

  push(chunk: string): string[] {
    const found: string[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const event = this.#take(chunk[at] ?? '');
      if (event === 'begins') start = at;
      if (event === 'ends') found.push(this.#collected + chunk.slice(start, at + 1));
    }
    if (this.#from >= 0) this.#collected += chunk.slice(start);
    return found;
  }

  #take(sign: string): 'begins' | 'ends' | undefined {
    if (this.#inText) this.#text(sign);
    else if (sign === '"') this.#beginText();
    else if (sign === '{' || sign === '[') return this.#begins(sign) ? 'begins' : undefined;
    else if (sign === '}' || sign === ']') return this.#ends() ? 'ends' : undefined;
    return undefined;
  }

  /** Whether an object begins that is to be collected. */
  #begins(sign: '{' | '['): boolean {
    const isCollected = sign === '{' && this.#from < 0 && this.#isPlaceOfObject();
    if (isCollected) {
      this.#from = this.#open.length;
      this.#collected = '';
    }
    // What was begun is a wrapper around a list.
    if (sign === '[' && this.#open === '{' && lists.includes(this.#key)) this.#from = -1;
    this.#open += sign;
    this.#hasBegun = true;
    return isCollected;
  }

  /** Whether the object ends that is being collected. */
  #ends(): boolean {
    this.#open = this.#open.slice(0, -1);
    if (this.#open.length !== this.#from) return false;
    this.#from = -1;
    return true;
  }

  #beginText(): void {
    this.#inText = true;
    if (this.#open === '{') this.#key = '';
  }

  /** Whether an object that begins here is an event, or a wrapper around events. */
  #isPlaceOfObject(): boolean {
    return this.#open === '' || this.#open === '[' || (this.#open === '{[' && lists.includes(this.#key));
  }

  #text(sign: string): void {
    if (this.#escaped) this.#escaped = false;
    else if (sign === '\\') this.#escaped = true;
    else if (sign === '"') this.#inText = false;
    else if (this.#open === '{') this.#key += sign;
  }
}
