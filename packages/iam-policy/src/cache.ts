/**
 * A map that forgets what was not used lately, so that memory stays flat over an account of any size: it holds the
 * last `limit` entries used, and at most twice that. Recency is kept by generation, so that finding an entry costs
 * no more than in a plain map.
 */
export class RecentMap<V, K = string> {
  readonly #limit: number;
  #recent = new Map<K, V>();
  #older = new Map<K, V>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: K): V | undefined {
    return this.#recent.get(key) ?? this.#older.get(key);
  }

  getOrCreate(key: K, create: () => V): V {
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent;
    const value = this.#older.get(key) ?? create();
    if (this.#recent.size >= this.#limit) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, value);
    return value;
  }
}
