import fc from 'fast-check';
import { z } from 'zod';
import type { RawPolicy } from '../fuzz/case.ts';
import { fuzzedActions } from '../fuzz/partial-policies.ts';
import { pairsOf, partsAbout, randomPair } from './pairs.ts';
import { compare, type Pair } from './prove.ts';
import { TextCache } from './solve.ts';
import { Z3 } from './z3.ts';

/** What one process is to do. */
export interface Work {
  readonly seed: number;
  readonly count: number;
  /** Pairs of real policies, out of `documents`, instead of random ones. */
  readonly real: boolean;
  readonly from: number;
  /** AWS's managed policies as JSON: name to Document. */
  readonly documents?: string;
}

export interface Tally {
  readonly kinds: Record<string, number>;
  /** Why pairs were not encoded. */
  readonly reasons: Record<string, number>;
  readonly wrong: string[];
}

export function prove(pairs: Iterable<Pair>, z3: Z3): Tally {
  const cache = new TextCache();
  const tally: Tally = { kinds: {}, reasons: {}, wrong: [] };
  const count = (counts: Record<string, number>, name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  for (const pair of pairs) {
    const { kind, reason = '' } = compare(pair, z3, cache);
    count(tally.kinds, kind);
    if (kind === 'not encoded') count(tally.reasons, reason);
    if (kind === 'wrong') tally.wrong.push(JSON.stringify({ reason, ...pair }));
  }
  return tally;
}

const work = z.object({
  seed: z.number(),
  count: z.number(),
  real: z.boolean(),
  from: z.number(),
  documents: z.optional(z.string()),
});

/** A share of the pairs of real policies, another for each process. */
function* realPairs(documents: string, { from, count }: Work): Generator<Pair> {
  const policies: Record<string, { Document: RawPolicy }> = JSON.parse(documents);
  const parts = Object.values(policies).flatMap(({ Document }) => partsAbout(fuzzedActions, Document) ?? []);
  const pairs = [...pairsOf(parts)];
  for (let number = 0; number < count; number += 1) {
    const pair = pairs[((from + number) * 7919) % pairs.length];
    if (pair) yield pair;
  }
}

if (process.send) {
  process.once('message', async (message) => {
    const { documents, ...asked } = work.parse(message);
    const pairs =
      asked.real && documents !== undefined
        ? realPairs(documents, asked)
        : fc.sample(randomPair, { numRuns: asked.count, seed: asked.seed });
    const tally = prove(pairs, await Z3.start());
    process.send?.(tally, () => process.exit(0));
  });
}
