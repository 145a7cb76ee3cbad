/** setTimeout counts in 32 bits. */
const longestTimeout = 2 ** 31 - 1;

interface Entry {
  readonly due: number;
  readonly run: () => void;
  readonly background: boolean;
}

/**
 * Everything in the embedded AWS that waits: delays, batching windows, visibility timeouts, retries. Time runs as it
 * does outside, and can be skipped: when nothing is under way, jumping to the next thing due is the same as waiting.
 */
export class Timers {
  readonly #entries = new Set<Entry>();
  #skipped = 0;
  #timeout: NodeJS.Timeout | undefined;
  #armedFor = Number.POSITIVE_INFINITY;

  /** Milliseconds; only differences mean something. */
  now(): number {
    return Date.now() + this.#skipped;
  }

  /**
   * Runs after that many milliseconds; the answer cancels it. Does not keep the process alive. Nobody skips to
   * what is due in the `background`: a schedule's next run, the end of a client's long poll.
   */
  after(milliseconds: number, run: () => void, background = false): () => void {
    const entry: Entry = { due: this.now() + Math.max(0, milliseconds), run, background };
    this.#entries.add(entry);
    if (entry.due < this.#armedFor) this.#arm(entry.due);
    return () => {
      this.#entries.delete(entry);
    };
  }

  /** Whether anything waits that somebody would skip to. */
  get pending(): boolean {
    return this.#next(false) !== undefined;
  }

  /** Jumps to the moment at which the next thing is due, and runs what is due then. */
  skip(): void {
    const next = this.#next(false);
    if (next === undefined) return;
    this.#skipped += Math.max(0, next - this.now());
    this.#runDue();
  }

  /** Forgets everything that waits. */
  stop(): void {
    clearTimeout(this.#timeout);
    this.#entries.clear();
  }

  #runDue(): void {
    const now = this.now();
    const due = [...this.#entries].filter((entry) => entry.due <= now).sort((a, b) => a.due - b.due);
    for (const entry of due) {
      // One that ran before may have cancelled it.
      if (this.#entries.delete(entry)) entry.run();
    }
    const next = this.#next(true);
    if (next === undefined) this.#armedFor = Number.POSITIVE_INFINITY;
    else this.#arm(next);
  }

  #next(withBackground: boolean): number | undefined {
    let next: number | undefined;
    for (const { due, background } of this.#entries) {
      if ((withBackground || !background) && (next === undefined || due < next)) next = due;
    }
    return next;
  }

  #arm(due: number): void {
    clearTimeout(this.#timeout);
    this.#armedFor = due;
    const wait = Math.min(Math.max(0, due - this.now()), longestTimeout);
    this.#timeout = setTimeout(() => this.#runDue(), wait);
    this.#timeout.unref();
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
