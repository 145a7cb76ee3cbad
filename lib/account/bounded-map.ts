/**
 * A map that forgets what was not asked for lately: it holds the last `size` entries used, and at most twice that.
 * Recency is kept by generation, so that finding an entry costs no more than in a plain map.
 */
export class BoundedMap<K, V> {
  #recent = new Map<K, V>();
  #older = new Map<K, V>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  getOrMake(key: K, make: () => V): V {
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent;
    const value = this.#older.get(key) ?? make();
    if (this.#recent.size >= this.#size) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, value);
    return value;
  }
}
