import { type Declaration, declarationKey, type Open, type Planned, type Source } from './types.ts';
import { hasUnknown } from './unknown.ts';
import type { Reading } from './worlds.ts';

/** Readings in which something is left open as a whole. */
export function withOpen(readings: readonly Reading[], open: Open): Reading[] {
  return readings.map((reading) => ({
    ...reading,
    planned: { ...reading.planned, open: [...reading.planned.open, open] },
  }));
}

/**
 * The readings of several templates that are deployed together. Each template's own choices are tried beside the usual
 * reading of the others.
 */
export function together(all: readonly (readonly Reading[])[]): Reading[] {
  const usual = all.flatMap((readings) => readings[0] ?? []);
  const first = merged(usual.map(({ planned }) => planned));
  if (first === undefined) return [];
  const [label] = usual.flatMap((reading) => reading.label ?? []);
  const variants = all.flatMap((readings, index) =>
    readings.slice(1).flatMap((reading) => {
      const planned = merged(usual.map((one, at) => (at === index ? reading.planned : one.planned)));
      return planned === undefined ? [] : [{ ...reading, planned }];
    }),
  );
  return [{ planned: first, ...(label === undefined ? {} : { label }), usual: true }, ...variants];
}

function merged(plans: readonly Planned[]): Planned | undefined {
  const [first] = plans;
  if (first === undefined) return undefined;
  const all = <Key extends 'removed' | 'added' | 'unchanged' | 'open' | 'notes'>(key: Key) =>
    plans.flatMap<Planned[Key][number]>((planned) => planned[key]);
  return {
    ...first,
    removed: all('removed'),
    added: all('added'),
    unchanged: all('unchanged'),
    open: [...all('open'), ...namesakes([...all('added'), ...all('unchanged')])],
    notes: [...new Set(all('notes'))],
    secrets: plans.flatMap(({ secrets = [] }) => secrets),
  };
}

/**
 * Principals that share a name: they are in different accounts, and what the one has must not be taken for the other's.
 *
 * @param declarations what is there after the deployment.
 */
export function namesakes(declarations: readonly Declaration[]): Open[] {
  const sources = new Map<string, Source>();
  const found: Open[] = [];
  for (const one of declarations) {
    if (one.is !== 'principal' || hasUnknown(one.name)) continue;
    const key = declarationKey(one);
    const other = sources.get(key);
    sources.set(key, other ?? one.source);
    const isOne = other?.address === one.source.address && other.file === one.source.file;
    if (other === undefined || isOne) continue;
    const places = [other, one.source].map(({ address, file }) =>
      file === undefined ? address : `${address} of ${file}`,
    );
    const reason = `${places.join(' and ')} are both called ${key}, which one account cannot have: they are in different accounts, or one of them fails`;
    found.push({ source: one.source, reason });
  }
  return found;
}
