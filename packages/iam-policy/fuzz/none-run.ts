import { parseArgs } from 'node:util';
import { fuzzNone } from './none.ts';

/**
 * Holds every "none" of the search against brute force: npm run fuzz:none -- --cases 100000 --seed 1
 * Policies over odd values; each question that the search answers is asked of the evaluator for hundreds of requests.
 */
const { values } = parseArgs({
  options: { cases: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const started = performance.now();
let told = 0;
const report = fuzzNone(Number(values.cases), Number(values.seed), ({ cases, refuted }) => {
  for (const one of refuted.slice(told)) console.log(`WRONG ${one}`);
  told = refuted.length;
  if (cases % 10_000 === 0) console.log(`${cases} cases, ${told} refuted`);
});
const seconds = (performance.now() - started) / 1000;
const { cases, requests, referred, none, found, gaveUp, refuted } = report;
console.log(
  `${cases} cases (seed ${values.seed}), ${refuted.length} refuted; ${none} none, ${found} witnesses, ${gaveUp} given up; ` +
    `${requests} requests, ${referred} of them to the reference; ${Math.round(cases / seconds)} cases/s`,
);
if (refuted.length > 0) process.exitCode = 1;
