import QuickLRU from 'quick-lru';

/**
 * A map that forgets what was not used lately, so that memory stays flat over an account of any size: it holds the
 * last `limit` entries used, and at most twice that.
 */
export class RecentMap<V, K = string> {
  readonly #entries: QuickLRU<K, V>;

  constructor(limit: number) {
    this.#entries = new QuickLRU({ maxSize: limit });
  }

  getOrCreate(key: K, create: () => V): V {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const value = create();
    this.#entries.set(key, value);
    return value;
  }
}
