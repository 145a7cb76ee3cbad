import type { FileHandle } from 'node:fs/promises';
import { InputError } from '#lib/errors.ts';

/** JSON's structural bytes. */
export const BYTE = {
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  openList: 0x5b,
  escape: 0x5c,
  closeList: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;

/** A large JSON file that is read in pieces, and can say in which line a byte is. */
export class JsonFile {
  readonly path: string;
  readonly size: number;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle, size: number) {
    this.path = path;
    this.#handle = handle;
    this.size = size;
  }

  /** Fills the buffer from a position of the file; fewer bytes only at the end of the file. */
  async read(into: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      const { bytesRead } = await this.#handle.read(into, filled, into.length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }

  /** The error for what is wrong at a byte: `account.json:12:5 (byte 345): …`. */
  async error(offset: number, message: string, options?: ErrorOptions): Promise<InputError> {
    const chunk = Buffer.allocUnsafe(1 << 20);
    let line = 1;
    let lineStart = 0;
    for (let position = 0; position < offset; position += chunk.length) {
      const filled = Math.min(await this.read(chunk, position), offset - position);
      if (filled <= 0) break;
      for (let at = chunk.indexOf(10); at !== -1 && at < filled; at = chunk.indexOf(10, at + 1)) {
        line++;
        lineStart = position + at + 1;
      }
    }
    return new InputError(
      `${this.path}:${line}:${offset - lineStart + 1} (byte ${offset}): ${message}`,
      options,
    );
  }
}

/**
 * Where the JSON value that begins at `from` ends: the index of the comma or closing bracket behind it, or -1 when
 * that is not within the bytes. White space may surround the value. Only brackets and strings are followed; whether
 * the value is well-formed is left to JSON.parse.
 */
export function valueEnd(bytes: Uint8Array, from: number, to: number): number {
  let depth = 0;
  for (let at = from; at < to; at++) {
    switch (bytes[at]) {
      case BYTE.quote:
        at = stringEnd(bytes, at, to);
        break;
      case BYTE.comma:
        if (depth === 0) return at;
        break;
      case BYTE.openObject:
      case BYTE.openList:
        depth++;
        break;
      case BYTE.closeObject:
      case BYTE.closeList:
        if (depth-- === 0) return at;
    }
  }
  return -1;
}

/** Where the string that begins with the quote at `start` has its other one; `to` or beyond where it does not end. */
function stringEnd(bytes: Uint8Array, start: number, to: number): number {
  let at = start + 1;
  while (at < to && bytes[at] !== BYTE.quote) at += bytes[at] === BYTE.escape ? 2 : 1;
  return at;
}
