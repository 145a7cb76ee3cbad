import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** The mark that the bootstrap writes behind an invocation's lines. */
const mark = '\u0000END ';

/** Gathers the lines that a function's process writes, and knows which belong to which invocation. */
export class LogCollector {
  #lines: string[] = [];
  /** How many streams have not ended. */
  #open = 0;
  /** How many of the streams have reached the end of an invocation. */
  readonly #reached = new Map<string, number>();
  #wake: (() => void) | undefined;

  constructor(...streams: readonly Readable[]) {
    for (const stream of streams) this.#read(stream);
  }

  /** Resolves when everything that the invocation wrote has arrived: its end is marked, or the process has ended. */
  async complete(requestId: string, withinMs = 500): Promise<void> {
    const giveUp = Date.now() + withinMs;
    while (this.#open > 0 && (this.#reached.get(requestId) ?? 0) < 2 && Date.now() < giveUp) {
      await new Promise<void>((resolve) => {
        const timeout = setTimeout(resolve, giveUp - Date.now());
        this.#wake = () => {
          clearTimeout(timeout);
          resolve();
        };
      });
    }
    this.#wake = undefined;
    this.#reached.clear();
  }

  /** The lines since the last time. */
  take(): string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  #read(stream: Readable): void {
    const decoder = new StringDecoder('utf8');
    this.#open += 1;
    let rest = '';
    stream.on('data', (chunk: Buffer) => {
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#line(line);
    });
    stream.on('end', () => {
      if (rest !== '') this.#line(rest);
      this.#open -= 1;
      this.#wake?.();
    });
  }

  #line(line: string): void {
    if (!line.startsWith(mark)) {
      this.#lines.push(line);
      return;
    }
    const requestId = line.slice(mark.length);
    this.#reached.set(requestId, (this.#reached.get(requestId) ?? 0) + 1);
    this.#wake?.();
  }
}
