import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** The mark that the bootstrap writes behind an invocation's lines. */
const mark = '\u0000END ';

/** Gathers the lines that a function's process writes, and knows which belong to which invocation. */
export class LogCollector {
  #lines: string[] = [];
  /** How many of the two streams have reached the end of an invocation. */
  readonly #ended = new Map<string, number>();
  readonly #waiting = new Map<string, () => void>();

  constructor(...streams: readonly Readable[]) {
    for (const stream of streams) this.#read(stream);
  }

  /** Resolves when everything that the invocation wrote has arrived. */
  async complete(requestId: string, withinMs = 500): Promise<void> {
    if (this.#ended.get(requestId) === 2) return;
    await new Promise<void>((resolve) => {
      const timeout = setTimeout(resolve, withinMs);
      this.#waiting.set(requestId, () => {
        clearTimeout(timeout);
        resolve();
      });
    });
    this.#waiting.delete(requestId);
  }

  /** The lines since the last time. */
  take(): string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  #read(stream: Readable): void {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    stream.on('data', (chunk: Buffer) => {
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#line(line);
    });
    stream.on('end', () => {
      if (rest !== '') this.#line(rest);
    });
  }

  #line(line: string): void {
    if (!line.startsWith(mark)) {
      this.#lines.push(line);
      return;
    }
    const requestId = line.slice(mark.length);
    const streams = (this.#ended.get(requestId) ?? 0) + 1;
    this.#ended.set(requestId, streams);
    if (streams === 2) this.#waiting.get(requestId)?.();
  }
}
