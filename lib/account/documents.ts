import { RecentMap } from '@permission-check/iam-policy';

/** A policy text that is one and the same string object wherever the same document was met. */
export interface StoredDocument {
  readonly id: number;
  readonly text: string;
}

const REMEMBERED = 2_000;

/**
 * Policy documents as text. An account repeats the same few documents over and over, so each is decoded once and
 * handed out as one string object: whoever compiles policies finds it in a cache by identity.
 */
export class Documents {
  readonly #objects = new RecentMap<StoredDocument>(REMEMBERED);
  readonly #encoded = new RecentMap<StoredDocument>(REMEMBERED);
  readonly #texts = new RecentMap<StoredDocument>(REMEMBERED);
  #nextId = 0;

  /**
   * @param document URL-encoded JSON text or JSON text, kept as stored; or an object, written as the IAM console
   *   shows it (4 spaces), so that line numbers mean something.
   * @throws Error saying why it is not a policy document.
   */
  store(document: unknown): StoredDocument {
    if (typeof document === 'string') {
      return this.#encoded.getOrCreate(document, () => this.#share(decoded(document)));
    }
    if (typeof document !== 'object' || document === null) {
      throw new Error(
        `its document is ${document === undefined ? 'missing' : document === null ? 'null' : `a ${typeof document}`}`,
      );
    }
    // The short text is found sooner than the long one is made.
    return this.#objects.getOrCreate(JSON.stringify(document), () =>
      this.#share(JSON.stringify(document, null, 4)),
    );
  }

  #share(text: string): StoredDocument {
    return this.#texts.getOrCreate(text, () => ({ id: this.#nextId++, text }));
  }
}

function decoded(document: string): string {
  // URL-encoded text begins with %7B: a brace is JSON text, in which a % is only a %.
  if (/^\s*\{/.test(document)) return document;
  try {
    return decodeURIComponent(document);
  } catch {
    throw new Error('its document is not URL-encoded text');
  }
}
