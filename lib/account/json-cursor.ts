import { BYTE, type JsonFile, valueEnd } from './json-file.ts';

/** The longest key or value that is read at once. */
const WINDOW_BYTES = 64 * 1024;

/** Reads the small parts of a large JSON file token by token; what is large is skipped by setting the position. */
export class JsonCursor {
  readonly file: JsonFile;
  position = 0;
  #bytes = Buffer.alloc(0);
  #start = 0;

  constructor(file: JsonFile) {
    this.file = file;
  }

  /** Moves to the next byte that is not white space and returns it; undefined at the end of the file. */
  async skipSpace(): Promise<number | undefined> {
    while (true) {
      const bytes = await this.#window();
      let at = 0;
      // A byte order mark (EF BB BF) is white space here.
      while (at < bytes.length && ((bytes[at] ?? 0) <= 0x20 || isMark(bytes, at, this.position))) at++;
      this.position += at;
      if (at < bytes.length) return bytes[at];
      if (bytes.length === 0) return undefined;
    }
  }

  /** Moves behind the byte, which must come next. @throws InputError */
  async expect(byte: number, what: string): Promise<void> {
    const found = await this.skipSpace();
    if (found !== byte) throw await this.#unexpected(found, what);
    this.position++;
  }

  /** Moves behind a comma (true) or the brace that closes an object (false). @throws InputError for anything else. */
  async another(what: string): Promise<boolean> {
    const found = await this.skipSpace();
    if (found !== BYTE.comma && found !== BYTE.closeObject) throw await this.#unexpected(found, what);
    this.position++;
    return found === BYTE.comma;
  }

  /** Reads a key. @throws InputError */
  async key(): Promise<string> {
    const found = await this.skipSpace();
    if (found !== BYTE.quote) throw await this.#unexpected(found, 'a key in quotes');
    const bytes = await this.#window();
    let end = 1;
    while (end < bytes.length && bytes[end] !== BYTE.quote) end += bytes[end] === BYTE.escape ? 2 : 1;
    const key = await this.#parse(bytes.toString('utf8', 0, end + 1), 'a key in quotes');
    this.position += end + 1;
    return String(key);
  }

  /** Reads a value that is not large. @throws InputError */
  async value(key: string): Promise<unknown> {
    await this.skipSpace();
    const bytes = await this.#window();
    const end = valueEnd(bytes, 0, bytes.length);
    if (end === -1)
      throw await this.file.error(
        this.position,
        `the value of "${key}" has no end, or is larger than 64 KiB`,
      );
    const value = await this.#parse(bytes.toString('utf8', 0, end), `a value of "${key}"`);
    this.position += end;
    return value;
  }

  async #parse(text: string, what: string): Promise<unknown> {
    try {
      return JSON.parse(text);
    } catch {
      throw await this.file.error(this.position, `expected ${what}`);
    }
  }

  #unexpected(found: number | undefined, what: string) {
    const instead = found === undefined ? 'the end of the file' : JSON.stringify(String.fromCharCode(found));
    return this.file.error(this.position, `expected ${what}, found ${instead}`);
  }

  /** The bytes from the position on. */
  async #window(): Promise<Buffer> {
    const skip = this.position - this.#start;
    const enough = Math.min(WINDOW_BYTES, this.file.size - this.position);
    if (skip >= 0 && this.#bytes.length - skip >= enough) return this.#bytes.subarray(skip);
    const bytes = Buffer.allocUnsafe(WINDOW_BYTES * 2);
    this.#bytes = bytes.subarray(0, await this.file.read(bytes, this.position));
    this.#start = this.position;
    return this.#bytes;
  }
}

function isMark(bytes: Buffer, at: number, position: number): boolean {
  return position + at < 3 && bytes[at] === [0xef, 0xbb, 0xbf][position + at];
}
