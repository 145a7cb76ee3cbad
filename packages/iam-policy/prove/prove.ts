import { evaluate } from '../reference/evaluate.ts';
import { PolicyCompiler } from '../src/compile.ts';
import { all as allOf, not as notOf } from '../src/solver/formula.ts';
import { Problem } from '../src/solver/problem.ts';
import type { SearchSpace } from '../src/solver/space.ts';
import type { PolicySet } from '../src/types.ts';
import { all, not } from './formula.ts';
import { Unencodable } from './keys.ts';
import { satisfies } from './satisfies.ts';
import { solve, type TextCache, type Witness } from './solve.ts';
import { Translation } from './translate.ts';
import type { Z3 } from './z3.ts';

/** Two policy sets and where requests are sought. */
export interface Pair {
  readonly observed: PolicySet;
  readonly expected: PolicySet;
  readonly action: string;
  readonly space: SearchSpace;
}

/**
 * How search and prover answered whether observed is within expected.
 *
 * - `contained`, `not contained`: both said so.
 * - `given up`: the search was cut off; `unknown`: the solver was; `not encoded`: there is no exact translation, and
 *   what there is did not settle it.
 * - `wrong`: they contradict each other, or one of their requests does not show what it should.
 */
export interface Outcome {
  readonly kind: 'contained' | 'not contained' | 'given up' | 'unknown' | 'not encoded' | 'wrong';
  readonly reason?: string;
}

/** Asks the search and the solver, and holds each one's request against the other side. */
export function compare(pair: Pair, z3: Z3, cache: TextCache): Outcome {
  const searched = search(pair);
  try {
    return judge(pair, searched, z3, cache);
  } catch (error) {
    if (error instanceof Unencodable) return { kind: 'not encoded', reason: error.message };
    throw error;
  }
}

type Searched = Witness | 'none' | 'gave-up';

/** @throws {Unencodable} */
function judge(pair: Pair, searched: Searched, z3: Z3, cache: TextCache): Outcome {
  const { observed, expected, action, space } = pair;
  const translation = new Translation(space, [observed, expected], action);
  const difference = all(translation.allowed(observed), not(translation.allowed(expected)));
  if (typeof searched === 'object') {
    if (!shows(pair, searched)) return wrong('the reference denies the witness of the search', searched);
    if (satisfies(difference, translation, searched, z3) === false) {
      return wrong('the witness of the search does not satisfy the formula', searched);
    }
  }
  const proved = solve(difference, translation, z3, cache);
  if (proved === 'unknown') return { kind: 'unknown' };
  if (proved !== 'none') return judgeModel(pair, searched, proved, translation.looseness);
  if (typeof searched === 'object') return wrong('the solver found none, the search did', searched);
  return { kind: searched === 'gave-up' ? 'given up' : 'contained' };
}

/** @param looseness why a model need not be a request; undefined: it has to */
function judgeModel(pair: Pair, searched: Searched, model: Witness, looseness: string | undefined): Outcome {
  const { resource } = pair.space;
  const found = { ...model, resource: typeof resource === 'string' ? resource : model.resource };
  if (!shows(pair, found)) {
    if (looseness !== undefined) return { kind: 'not encoded', reason: looseness };
    return wrong('the reference denies the model of the solver', found);
  }
  if (searched === 'none') return wrong('the search found none, the solver did', found);
  return { kind: searched === 'gave-up' ? 'given up' : 'not contained' };
}

/** Whether a request is observed and not expected, as the reference evaluator decides. */
function shows({ observed, expected, action, space }: Pair, { resource, context }: Witness): boolean {
  const request = {
    action,
    resource,
    context: { ...context, ...space.known },
    ...(space.resourceAccount !== undefined && { resourceAccount: space.resourceAccount }),
  };
  const isAllowed = (set: PolicySet): boolean => evaluate(set, request).decision === 'allowed';
  return isAllowed(observed) && !isAllowed(expected);
}

function wrong(reason: string, request: Witness): Outcome {
  return { kind: 'wrong', reason: `${reason}: ${JSON.stringify(request)}` };
}

function search({ observed, expected, action, space }: Pair): Searched {
  const compiler = new PolicyCompiler([action]);
  const problem = new Problem(space);
  const left = problem.formulaOf(compiler.compileSet(observed), action).allowed;
  const right = problem.formulaOf(compiler.compileSet(expected), action).allowed;
  return problem.find(allOf([left, notOf(right)]));
}
