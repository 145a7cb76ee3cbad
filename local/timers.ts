/** setTimeout counts in 32 bits. */
const longestTimeout = 2 ** 31 - 1;

interface Entry {
  readonly due: number;
  readonly background: boolean;
  readonly run: () => void;
  timeout: NodeJS.Timeout;
}

/**
 * Everything in the embedded AWS that waits: delays, batching windows, visibility timeouts, retries. Time runs as it
 * does outside, and can be skipped: when nothing is under way, jumping to the next thing due is the same as waiting.
 */
export class Timers {
  readonly #entries = new Set<Entry>();
  #skipped = 0;

  /** Milliseconds; only differences mean something. */
  now(): number {
    return Date.now() + this.#skipped;
  }

  /**
   * Runs after that many milliseconds; the answer cancels it. Does not keep the process alive. Nobody skips to
   * what is due in the `background`: a schedule's next run, the end of a client's long poll.
   */
  after(milliseconds: number, run: () => void, background = false): () => void {
    const entry: Entry = {
      due: this.now() + Math.max(0, milliseconds),
      background,
      run: () => {
        clearTimeout(entry.timeout);
        if (this.#entries.delete(entry)) run();
      },
      timeout: setTimeout(() => {}, 0),
    };
    this.#entries.add(entry);
    this.#arm(entry);
    return () => {
      clearTimeout(entry.timeout);
      this.#entries.delete(entry);
    };
  }

  get pending(): boolean {
    return this.#foreground().length > 0;
  }

  /** Jumps to the moment at which the next thing is due, and runs what is due then. */
  skip(): void {
    const next = Math.min(...this.#foreground().map((entry) => entry.due));
    if (!Number.isFinite(next)) return;
    this.#skipped += Math.max(0, next - this.now());
    for (const entry of [...this.#entries].sort((a, b) => a.due - b.due)) {
      if (entry.due <= next) entry.run();
      else this.#arm(entry);
    }
  }

  /** Forgets everything that waits. */
  stop(): void {
    for (const entry of this.#entries) clearTimeout(entry.timeout);
    this.#entries.clear();
  }

  #foreground(): Entry[] {
    return [...this.#entries].filter((entry) => !entry.background);
  }

  #arm(entry: Entry): void {
    clearTimeout(entry.timeout);
    const wait = Math.min(Math.max(0, entry.due - this.now()), longestTimeout);
    entry.timeout = setTimeout(() => (entry.due > this.now() ? this.#arm(entry) : entry.run()), wait);
    entry.timeout.unref();
  }
}

/** Waits, in the background, until a moment on the timers' clock, or until something wakes it. */
export function waitUntil(
  timers: Timers,
  moment: number,
  listen: (wake: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      cancel();
      unlisten();
      resolve();
    };
    const cancel = timers.after(moment - timers.now(), wake, true);
    const unlisten = listen(wake);
  });
}
