import fc from 'fast-check';
import { type Answer, evaluated, type FuzzCase, many, type RawPolicy, statementsOf } from './case.ts';
import { fuzzCase } from './generate.ts';
import { type OracleAnswer, simulated } from './oracle.ts';
import { SESSION_EXCEPTION } from './oracle-exceptions.ts';
import { settle } from './settle.ts';

/** How both engines answered one case. */
export interface Comparison {
  readonly ours: Answer;
  readonly oracle: Answer;
  readonly agree: boolean;
  /** The exceptions without which the engines would differ here. */
  readonly exceptions: readonly string[];
}

/** Asks both engines; where they differ, asks the oracle again with its known errors put right. */
export async function compare(asked: FuzzCase): Promise<Comparison> {
  const ours = evaluated(asked);
  const oracle = await simulated(asked);
  if (isEqual(ours, oracle)) return { ours, oracle, agree: true, exceptions: [] };
  const settled = settle(asked, difference(ours.matched, oracle.matched));
  const exceptions = [...settled.exceptions];
  let corrected: OracleAnswer = settled.exceptions.size === 0 ? oracle : await simulated(settled.fuzzCase);
  if (!isEqual(ours, corrected) && grantsDirectly(asked, corrected)) {
    corrected = await withoutSessionLimit(settled.fuzzCase, corrected);
    exceptions.push(SESSION_EXCEPTION.name);
  }
  return { ours, oracle: corrected, agree: isEqual(ours, corrected), exceptions };
}

/** The statements that only one of the engines found to apply. */
function difference(ours: readonly string[], oracle: readonly string[]): ReadonlySet<string> {
  return new Set([
    ...ours.filter((statement) => !oracle.includes(statement)),
    ...oracle.filter((statement) => !ours.includes(statement)),
  ]);
}

function isEqual(a: Answer, b: Answer): boolean {
  return a.decision === b.decision && a.matched.join() === b.matched.join();
}

/** Whether an Allow of the resource policy that applied names the session itself, or everybody. */
function grantsDirectly(asked: FuzzCase, answer: OracleAnswer): boolean {
  if (asked.session === undefined || asked.resource === undefined) return false;
  return statementsOf(asked.resource).some(({ Effect, Principal }, index) => {
    if (Effect !== 'Allow' || !answer.matched.includes(`resource resource-0-0 ${index + 1}`)) return false;
    if (Principal === '*') return true;
    return many(Principal?.AWS).some((value) => value === '*' || value.startsWith('arn:aws:sts:'));
  });
}

/** The same question with a session policy that allows everything besides what it denies. */
async function withoutSessionLimit(asked: FuzzCase, before: OracleAnswer): Promise<OracleAnswer> {
  const session: RawPolicy = {
    ...asked.session,
    Statement: [
      ...(asked.session ? statementsOf(asked.session) : []),
      { Effect: 'Allow', Action: '*', Resource: '*' },
    ],
  };
  return { ...(await simulated({ ...asked, session })), matched: before.matched };
}

export interface FuzzReport {
  readonly cases: number;
  readonly disagreements: number;
  readonly seconds: number;
  /** Cases in which a documented rule decided against the oracle. */
  readonly settled: number;
  /** How many cases needed each exception. */
  readonly exceptions: ReadonlyMap<string, number>;
  readonly decisions: ReadonlyMap<string, number>;
  /** One minimal reproduction for each batch with disagreements. */
  readonly reproductions: readonly string[];
}

const BATCH = 1000;

/** Runs random cases against both engines, in batches of their own seeds. */
export async function fuzz(
  cases: number,
  seed: number,
  progress: (report: Omit<FuzzReport, 'reproductions'>) => void = () => {},
): Promise<FuzzReport> {
  const started = performance.now();
  const exceptions = new Map<string, number>();
  const decisions = new Map<string, number>();
  const reproductions: string[] = [];
  let done = 0;
  let disagreements = 0;
  let settled = 0;
  const report = () => ({
    cases: done,
    disagreements,
    settled,
    seconds: (performance.now() - started) / 1000,
    exceptions,
    decisions,
  });
  for (let batch = 0; done < cases; batch += 1) {
    const numRuns = Math.min(BATCH, cases - done);
    let wrong = 0;
    for (const asked of fc.sample(fuzzCase, { numRuns, seed: seed + batch })) {
      const { agree, exceptions: needed, ours } = await compare(asked);
      for (const name of needed) count(exceptions, name);
      count(decisions, ours.decision);
      settled += needed.length > 0 ? 1 : 0;
      wrong += agree ? 0 : 1;
    }
    done += numRuns;
    disagreements += wrong;
    if (wrong > 0) reproductions.push(await reproduce(numRuns, seed + batch));
    progress(report());
  }
  return { ...report(), reproductions };
}

function count(tally: Map<string, number>, name: string): void {
  tally.set(name, (tally.get(name) ?? 0) + 1);
}

/** The smallest case of a batch on which the engines still disagree, and what each says. */
async function reproduce(numRuns: number, seed: number): Promise<string> {
  const property = fc.asyncProperty(fuzzCase, async (asked) => (await compare(asked)).agree);
  const { counterexample } = await fc.check(property, { numRuns, seed });
  const [smallest] = counterexample ?? [];
  if (smallest === undefined) return `seed ${seed}: not reproduced`;
  return JSON.stringify({ seed, case: smallest, ...(await compare(smallest)) }, null, 2);
}
