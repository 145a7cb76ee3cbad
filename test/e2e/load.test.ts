/** The promises of `npm run load` at a small size: each scenario asserts them itself. */
import { expect, test } from 'vitest';
import { assertWithin, documented } from '../../bench/load/documented.ts';
import { disorder, group, noise, now, policy, storm } from '../../bench/load/scenarios.ts';

const small = {
  noise: () => noise(20),
  storm: () => storm(30),
  disorder: () => disorder(60, 6),
  policy: () => policy(30),
  group: () => group(30),
  now: () => now(10),
};

test.each(Object.entries(small))(
  '%s',
  async (name, run) => {
    assertWithin(name, await run(), documented());
  },
  180_000,
);

test('docs/reliability.md says what each scenario takes', () => {
  expect([...documented().keys()].sort()).toEqual([...Object.keys(small), 'sweep', 'tell'].sort());
});
