import fc from 'fast-check';
import { evaluate } from '../reference/evaluate.ts';
import { type CompiledSet, PolicyCompiler } from '../src/compile.ts';
import { decide } from '../src/evaluate.ts';
import { all, type Formula, not } from '../src/solver/formula.ts';
import { type Answer, Problem } from '../src/solver/problem.ts';
import type { Decision, Request } from '../src/types.ts';
import { action, type NoneCase, noneCase, policySetOf, spaceOf } from './none-case.ts';
import { companionCase } from './none-companions.ts';
import { listCase } from './none-lists.ts';
import { requestsOf } from './none-pools.ts';
import { sessionCase } from './none-sessions.ts';

export interface NoneTally {
  cases: number;
  requests: number;
  /** Requests that the reference evaluator decided too. */
  referred: number;
  /** Questions by how the search answered. */
  none: number;
  found: number;
  gaveUp: number;
}

export const emptyTally = (): NoneTally => ({
  cases: 0,
  requests: 0,
  referred: 0,
  none: 0,
  found: 0,
  gaveUp: 0,
});

/** How many requests brute force asks of a case, and how many of them the slow reference decides too. */
export interface Thoroughness {
  readonly requests: number;
  readonly referred: number;
}

/**
 * Asks the search whether a policy ever allows, ever denies, and ever allows what another does not; refutes its answers
 * by brute force.
 *
 * @throws {Error} telling which answer is wrong, and the request that shows it
 */
export function checkNone(
  asked: NoneCase,
  { requests: limit, referred }: Thoroughness,
  tally: NoneTally,
): void {
  const sides = compiled(asked);
  const problem = new Problem(spaceOf(asked));
  const questions = questionsOf(sides, problem);
  const pool = requestsOf(asked, limit);
  tally.cases += 1;
  tally.requests += pool.length;
  for (const question of questions) {
    const answer = problem.find(question.formula);
    tally[kindOf(answer)] += 1;
    refute(question, answer, asked, pool);
  }
  for (const request of pool.slice(0, referred)) {
    tally.referred += 1;
    const set = policySetOf(asked.observed, asked.resourcePolicy);
    const [fast, slow] = [decide(sides.observed, request), evaluate(set, request)];
    if (wordsOf(fast) !== wordsOf(slow)) {
      throw new Error(`${wordsOf(fast)}, by the reference ${wordsOf(slow)}: ${JSON.stringify(request)}`);
    }
  }
}

interface Sides {
  readonly observed: CompiledSet;
  readonly expected: CompiledSet | undefined;
}

function compiled({ observed, expected, resourcePolicy }: NoneCase): Sides {
  const compiler = new PolicyCompiler([action]);
  return {
    observed: compiler.compileSet(policySetOf(observed, resourcePolicy)),
    expected: expected && compiler.compileSet(policySetOf(expected, resourcePolicy)),
  };
}

/** What the search is asked, and what brute force asks of each request. */
interface Question {
  readonly name: string;
  readonly formula: Formula;
  readonly shows: (request: Request) => boolean;
}

function questionsOf({ observed, expected }: Sides, problem: Problem): Question[] {
  const allows = (request: Request): boolean => decide(observed, request).decision === 'allowed';
  const { allowed } = problem.formulaOf(observed, action);
  const own = [
    { name: 'allowed', formula: allowed, shows: allows },
    { name: 'denied', formula: not(allowed), shows: (request: Request) => !allows(request) },
  ];
  if (expected === undefined) return own;
  const expects = (request: Request): boolean => decide(expected, request).decision === 'allowed';
  return [
    ...own,
    {
      name: 'allowed and not expected',
      formula: all([allowed, not(problem.formulaOf(expected, action).allowed)]),
      shows: (request) => allows(request) && !expects(request),
    },
  ];
}

/** @throws {Error} where a request shows what is said never to be, or the witness does not show what it should */
function refute({ name, shows }: Question, answer: Answer, asked: NoneCase, pool: readonly Request[]): void {
  if (answer === 'gave-up') return;
  if (answer === 'none') {
    const refuting = pool.find(shows);
    if (refuting) throw new Error(`said never to be ${name}: ${JSON.stringify(refuting)}`);
    return;
  }
  const witness = { action, ...answer, context: { ...answer.context, ...asked.known } };
  if (!shows(witness)) throw new Error(`no witness for ${name}: ${JSON.stringify(witness)}`);
}

function kindOf(answer: Answer): 'none' | 'found' | 'gaveUp' {
  if (answer === 'none') return 'none';
  return answer === 'gave-up' ? 'gaveUp' : 'found';
}

function wordsOf({ decision, blockedBy, matched }: Decision): string {
  return [decision, blockedBy, ...matched.map(({ statement }) => statement.index)].join(' ');
}

const BATCH = 1000;
const thoroughness: Thoroughness = { requests: 150, referred: 2 };
const anyCase = fc.oneof(
  { arbitrary: noneCase, weight: 7 },
  { arbitrary: companionCase, weight: 1 },
  { arbitrary: listCase, weight: 1 },
  { arbitrary: sessionCase, weight: 1 },
);

export interface NoneReport extends NoneTally {
  /** Batches in which an answer was wrong: the smallest case of each, and what was wrong. */
  readonly refuted: readonly string[];
}

/** Runs random cases, of every kind or of one, in batches of their own seeds. */
export function fuzzNone(
  cases: number,
  seed: number,
  progress: (report: NoneReport) => void = () => {},
  random: fc.Arbitrary<NoneCase> = anyCase,
): NoneReport {
  const tally = emptyTally();
  const refuted: string[] = [];
  for (let batch = 0; tally.cases < cases; batch += 1) {
    const numRuns = Math.min(BATCH, cases - tally.cases);
    const before = tally.cases;
    const result = fc.check(
      fc.property(random, (asked) => checkNone(asked, thoroughness, tally)),
      { numRuns, seed: seed + batch },
    );
    tally.cases = before + numRuns;
    if (result.failed) {
      const [smallest] = result.counterexample ?? [];
      refuted.push(
        JSON.stringify({ seed: seed + batch, case: smallest, wrong: String(result.errorInstance) }),
      );
    }
    progress({ ...tally, refuted });
  }
  return { ...tally, refuted };
}
