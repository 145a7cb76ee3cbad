import { benchAccounts, benchCalls } from './accounts.ts';
import { run as benchDecisions } from './decisions.ts';

/** `npm run bench`: decisions a second, whole accounts, calls; or only those named: `npm run bench -- accounts`. */
const benches = { decisions: benchDecisions, accounts: benchAccounts, calls: benchCalls };
const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (!Object.hasOwn(benches, name)) {
    console.error(`no benchmark "${name}": there are ${Object.keys(benches).join(', ')}`);
    process.exit(3);
  }
}
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length === 0 || wanted.includes(name)) await bench();
}
