/** Notes what is read while something is worked out, also where one work is part of another. */
export class ReadNotes {
  #reading = new Set<string>();

  /** Says that something was read, by a name. */
  add(what: string): void {
    this.#reading.add(what);
  }

  /** Works something out and says what was read for it. What is read is also read for the work that this is part of. */
  noting<Result>(work: () => Result): { readonly result: Result; readonly reads: ReadonlySet<string> } {
    const outer = this.#reading;
    const reads = new Set<string>();
    this.#reading = reads;
    try {
      return { result: work(), reads };
    } finally {
      this.#reading = outer;
      for (const read of reads) outer.add(read);
    }
  }
}
