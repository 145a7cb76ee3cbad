import { hasRealInput } from '../synthetic-account.ts';
import { assertWithin, documented } from './documented.ts';
import { disorder, group, noise, now, policy, storm, sweep } from './scenarios.ts';
import type { Taken } from './stage.ts';

/**
 * `npm run load [scenario…]`: the deployed stack on the embedded AWS under load, each scenario with what it asserts. Prints
 * the calls to IAM and the seconds that they are at 4 a second, the time, memory, and who is named. LOAD_SCALE=0.1 makes all
 * of it a tenth. Fails
 * where a scenario takes more than docs/reliability.md says.
 */
const scale = Number(process.env.LOAD_SCALE ?? 1);
const size = (count: number) => Math.max(1, Math.round(count * scale));
const scenarios: Readonly<Record<string, () => Promise<Taken>>> = {
  noise: () => noise(size(500)),
  storm: () => storm(size(1_000)),
  disorder: () => disorder(size(10_000), size(500)),
  policy: () => policy(size(5_000)),
  group: () => group(size(5_000)),
  tell: () => policy(size(10_000)),
  now: () => now(size(5_000)),
  ...(hasRealInput() && { sweep: () => sweep(size(10_000)) }),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => scenarios[name] === undefined);
if (unknown.length > 0) {
  console.error(`${unknown.join(', ')}: expected ${Object.keys(scenarios).join(', ')}`);
  process.exitCode = 3;
} else {
  const bounds = documented();
  for (const name of asked.length > 0 ? asked : Object.keys(scenarios)) {
    const taken = await scenarios[name]?.();
    if (taken !== undefined) assertWithin(name, taken, bounds);
  }
}
