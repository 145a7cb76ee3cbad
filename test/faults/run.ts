import {
  FaultBench,
  type FaultOutcome,
  isBeyond,
  isSlowOnTheWhole,
  medianLate,
  secondsLate,
} from './single-faults.ts';

/**
 * `npm run faults`: the story of a change and its alert, once for each fault of each AWS call on the way. Ends with 1 where
 * an outcome, or the median of them, is beyond what docs/reliability.md states. FAULT_CALLS: of each operation, so many calls (default 3).
 */
const most = Number(process.env.FAULT_CALLS ?? 3);
const outcomes: FaultOutcome[] = [];
const broken: string[] = [];
let bench = await FaultBench.start();
const faults = bench.faults(most);
console.log(
  `${faults.length} faults of ${bench.calls.size} operations; undisturbed: ${bench.usual.toFixed(0)} s`,
);
for (const fault of faults) {
  try {
    const outcome = await bench.try(fault);
    outcomes.push(outcome);
    if (isBeyond(outcome)) console.log(wordsOf(outcome));
  } catch (error) {
    broken.push(`${fault.operation} ${fault.kind}: ${String(error)}`);
    console.log(broken.at(-1));
    await bench.stop();
    bench = await FaultBench.start();
  }
}
await bench.stop();

const verdicts = ['on time', 'late', 'twice', 'inconclusive', 'hidden', 'lost', 'falsely resolved'] as const;
const row = (name: string, of: readonly FaultOutcome[]) =>
  [
    name.padEnd(36),
    ...verdicts.map((one) =>
      String(of.filter(({ verdict }) => verdict === one).length).padStart(one.length + 2),
    ),
  ].join('');
console.log([''.padEnd(36), ...verdicts.map((one) => `  ${one}`)].join(''));
for (const operation of new Set(faults.map((one) => one.operation))) {
  console.log(
    row(
      operation,
      outcomes.filter(({ fault }) => fault.operation === operation),
    ),
  );
}
console.log(row('all', outcomes));
for (const lasts of ['once', 'a quarter of an hour'] as const) {
  const most = secondsLate(outcomes, lasts).at(-1);
  console.log(`seconds late, ${lasts}: median ${medianLate(outcomes, lasts)}, at most ${most}`);
}
process.exitCode = broken.length > 0 || outcomes.some(isBeyond) || isSlowOnTheWhole(outcomes) ? 1 : 0;

function wordsOf({ fault, verdict, seconds }: FaultOutcome): string {
  return `${fault.operation} #${fault.skip + 1} ${fault.kind}, ${fault.lasts}: ${verdict}, ${seconds} s late`;
}
