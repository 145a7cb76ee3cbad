/** `npm run bench [-- name…]`: runs the benchmarks that are named, or all of them. */

import { benchAccounts, benchCalls } from './accounts.ts';
import { benchBurst, benchChange } from './burst.ts';
import { benchChains } from './chains.ts';
import { benchColdStart } from './cold-start.ts';
import { run as benchDecisions } from './decisions.ts';
import { benchPage } from './page.ts';
import { benchWorkbench } from './workbench.ts';

const benches: Readonly<Record<string, () => Promise<void>>> = {
  decisions: benchDecisions,
  accounts: () => benchAccounts([1_000, 10_000]),
  'accounts-large': () => benchAccounts([100_000]),
  page: () => benchPage(),
  chains: () => benchChains(),
  workbench: () => benchWorkbench(),
  'workbench-large': () => benchWorkbench(100_000),
  calls: benchCalls,
  'cold-start': () => benchColdStart(),
  change: () => benchChange(),
  burst: () => benchBurst(),
};
/** Minutes of work and gigabytes of memory: only by name. */
const onlyByName = new Set(['accounts-large', 'page', 'workbench-large']);

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`there is no bench ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);
  process.exit(3);
}
const names = asked.length > 0 ? asked : Object.keys(benches).filter((name) => !onlyByName.has(name));
for (const name of names) {
  await benches[name]?.();
  console.log();
}
