/** What is under way in the embedded AWS by itself: invocations, deliveries, polling. */
export class Activity {
  #running = 0;
  #idle: (() => void)[] = [];

  get idle(): boolean {
    return this.#running === 0;
  }

  /** Counts work as under way until it is done. */
  async track<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      if (this.idle) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  /** Resolves when nothing is under way. */
  async whenIdle(): Promise<void> {
    if (this.idle) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }
}
