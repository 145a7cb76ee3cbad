/** Things that are written once and referred to by their place. */
export class Table<T> {
  readonly entries: T[] = [];
  readonly #places = new Map<string, number>();

  placeOf(entry: T): number {
    const key = JSON.stringify(entry);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.entries.length);
    return this.entries.push(entry) - 1;
  }
}
