import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { InputError } from '#lib/errors.ts';

/**
 * The events of files, one after the other, whatever their size: objects on lines of their own, a list of them,
 * CloudTrail's `{"Records": […]}` and `{"Events": […]}`, or rows of a CSV with a heading (`.csv`); also packed with gzip.
 *
 * @throws {InputError} for a file that cannot be read, or holds neither JSON nor, where its name says so, CSV
 */
export async function* eventsOf(files: readonly string[]): AsyncGenerator<unknown> {
  for (const file of files) {
    try {
      if (/\.csv(\.gz)?$/i.test(file)) yield* rowsOf(file);
      else yield* objectsOf(file);
    } catch (error) {
      throw new InputError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

async function* objectsOf(file: string): AsyncGenerator<unknown> {
  const splitter = new ObjectSplitter();
  for await (const chunk of textOf(file)) {
    for (const text of splitter.push(String(chunk))) yield JSON.parse(text);
  }
  if (splitter.isInside()) throw new InputError('it ends in the midst of an object');
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
