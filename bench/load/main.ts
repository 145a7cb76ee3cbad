import { assertWithin, documented } from './documented.ts';
import { sampleScale, scenarios } from './sizes.ts';

/**
 * `npm run load [scenario…]`: the deployed stack on the embedded AWS under load, each scenario with what it asserts. Prints
 * the calls to IAM and the seconds that they are at 4 a second, the time, memory, and who is named. LOAD_SCALE=0.1 makes all
 * of it a tenth, which may take as much as the whole. Fails where a scenario takes more than docs/reliability.md says.
 */
const scale = Number(process.env.LOAD_SCALE ?? 1);
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !scenarios.has(name));
if (unknown.length > 0) {
  console.error(`${unknown.join(', ')}: expected ${[...scenarios.keys()].join(', ')}`);
  process.exitCode = 3;
} else {
  const { full, sample } = documented();
  for (const [name, run] of scenarios)
    if (asked.length === 0 || asked.includes(name))
      assertWithin(name, await run(scale), scale === sampleScale ? sample : full);
}
