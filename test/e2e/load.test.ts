import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { assertWithin, documented } from '../../bench/load/documented.ts';
import { sampleScale, scenarios } from '../../bench/load/sizes.ts';

const { sample } = documented();

// What it prints is for whoever runs it by hand.
beforeAll(() => {
  vi.spyOn(console, 'log').mockReturnValue();
});
afterAll(() => vi.restoreAllMocks());

/** `npm run load` at a hundredth of its size: with what each scenario asserts, within what is written down of this size. */
const run = async (name: string) => {
  const taken = await scenarios.get(name)?.(sampleScale);
  if (taken === undefined) throw new Error(`there is no scenario ${name}`);
  assertWithin(name, taken, sample);
};

// How soon it is told is a part of it, and functions take real time.
it('noise', () => run('noise'), 240_000);

const others = [...scenarios.keys()].filter((name) => name !== 'noise');

// They wait for functions, and for calls that are throttled.
describe.concurrent('at the same time', () => {
  it.each(others)('%s', (name) => run(name), 240_000);
});

it('runs all that docs/reliability.md tells of', () => {
  const without = scenarios.has('sweep') ? [] : ['sweep'];
  expect([...scenarios.keys(), ...without].sort()).toEqual([...sample.keys()].sort());
});
