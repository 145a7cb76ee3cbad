import type { Change } from '#lib/change/types.ts';
import { type AskedPrincipal, batchIdOf, type CheckMessage, chunkBatch } from './messages.ts';

interface Asked {
  readonly subject: string;
  readonly changes: Map<string, Change>;
  gone?: { readonly gone: true };
}

/** Principals to check, each once. IAM does not distinguish names by case, so two spellings are one principal. */
export class AskedPrincipals {
  readonly #asked = new Map<string, Asked>();

  ask(subject: string, change: Change, isGone = false): void {
    const key = subject.toLowerCase();
    const one: Asked = this.#asked.get(key) ?? { subject, changes: new Map() };
    one.changes.set(change.eventId, change);
    if (isGone) one.gone = { gone: true };
    this.#asked.set(key, one);
  }

  keys(): Iterable<string> {
    return this.#asked.keys();
  }

  /** As one batch of messages, the same for the same changes. */
  async send(send: (messages: readonly CheckMessage[]) => Promise<void>): Promise<void> {
    if (this.#asked.size === 0) return;
    const all = [...this.#asked.values()];
    const changes = [...new Map(all.flatMap((one) => [...one.changes])).values()];
    const principals = all
      .map(
        ({ subject, changes: of, gone }): AskedPrincipal => ({
          subject,
          changes: [...of.keys()].sort(),
          ...gone,
        }),
      )
      .sort((a, b) => a.subject.localeCompare(b.subject));
    await send(chunkBatch(batchIdOf(changes, principals), 'change', principals, changes));
  }
}
