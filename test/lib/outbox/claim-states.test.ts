import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { claimStates, nextBatchState, nextPrincipalState } from '#lib/outbox/claim-states.ts';

const docs = readFileSync(new URL('../../../docs/alerts.md', import.meta.url), 'utf8');

/** `free ──claim──▶ claimed ──release──▶ free` → [free, claim, claimed], [claimed, release, free] */
function drawn(machine: string): string[] {
  const lines = docs.split('\n');
  const first = lines.findIndex((line) => line.startsWith(`    ${machine} `));
  const end = lines.indexOf('', first);
  return lines.slice(first, end).flatMap((line) => {
    const path = line
      .replace(machine, '')
      .trim()
      .split(/ ──|──▶ /);
    return path.flatMap((event, at) =>
      at % 2 === 1 ? [[path[at - 1], event, path[at + 1]].join(' | ')] : [],
    );
  });
}

const coded = (machine: keyof typeof claimStates): string[] =>
  Object.entries(claimStates[machine]).flatMap(([state, events]) =>
    Object.entries(events).map(([event, next]) => [state, event, next].join(' | ')),
  );

describe('the claim protocol', () => {
  it.each(['batch', 'principal'] as const)('of a %s is the one that docs/alerts.md draws', (machine) => {
    expect(drawn(machine).sort()).toEqual(coded(machine).sort());
  });

  it('knows nothing else', () => {
    expect(nextBatchState('free', 'claim')).toBe('claimed');
    expect(nextBatchState('free', 'release')).toBeUndefined();
    expect(nextPrincipalState('published', 'fail')).toBeUndefined();
  });
});
