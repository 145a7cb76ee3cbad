import { type CompiledSet, PolicyCompiler } from '../src/compile.ts';
import { isPrincipalKey, keyFacts } from '../src/condition-keys.ts';
import { decide } from '../src/evaluate.ts';
import { type AccessCases, casesOf, mayHaveAccess } from '../src/solver/cases.ts';
import { not } from '../src/solver/formula.ts';
import { canBeTogether } from '../src/solver/keys.ts';
import { type Answer, type Found, Problem } from '../src/solver/problem.ts';
import type { ResourceForm, SearchSpace } from '../src/solver/space.ts';
import { literal, someOf } from '../src/solver/text-patterns.ts';
import type { PolicySet, RequestContext } from '../src/types.ts';
import { type FuzzCase, policySet } from './case.ts';
import { fuzzedActions } from './partial-policies.ts';
import { principalFacts } from './partial-requests.ts';

const nameChars = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-';
const regions = ['us-east-1', 'eu-west-1', 'us-west-2'];

const collections: readonly ResourceForm[] = regions.map((region) => ({
  pattern: [...literal(`arn:aws:rekognition:${region}:123456789012:collection/`), ...someOf(nameChars)],
  hints: [`arn:aws:rekognition:${region}:123456789012:collection/none`],
  implies: { 'aws:RequestedRegion': region },
}));

/** Everything that a request of these tests may be: any collection in three Regions, any context. */
export const fuzzSpace: SearchSpace = {
  resource: collections,
  known: principalFacts,
  baseline: {
    'aws:SourceIp': '192.0.2.1',
    'aws:MultiFactorAuthPresent': 'true',
    'aws:SecureTransport': 'true',
    'aws:CurrentTime': '2026-06-01T00:00:00Z',
    'aws:RequestedRegion': 'us-east-1',
  },
  values: { 'aws:requestedregion': regions },
};

export interface PartialInput {
  readonly set: PolicySet;
  readonly action: (typeof fuzzedActions)[number];
  /** Random requests: the name of a collection, and free context. */
  readonly requests: readonly { readonly name: string; readonly context: RequestContext }[];
}

export interface PartialTally {
  cases: number;
  requests: number;
  incomplete: number;
  gaveUp: number;
}

/** Whether a random context can be: no rule of IAM speaks against its keys being together. */
export function isPossible(context: RequestContext): boolean {
  const byKey = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return canBeTogether(byKey.keys(), (key) => byKey.get(key));
}

/**
 * Holds the cases of a random policy set against the evaluator: each case's example must be allowed, each random
 * request that is allowed must lie in a case, and what is said to be never or always so must be.
 *
 * @throws {Error} telling what was wrong
 */
export function checkPartial({ set, action, requests }: PartialInput, tally: PartialTally): void {
  const compiled = new PolicyCompiler(fuzzedActions).compileSet(set);
  const listed = casesOf(compiled, action, fuzzSpace);
  tally.incomplete += listed.complete ? 0 : 1;
  checkExamples(compiled, action, listed, tally);
  const problem = new Problem(fuzzSpace);
  const { allowed } = problem.formulaOf(compiled, action);
  const [some, others] = [problem.find(allowed), problem.find(not(allowed))];
  compareCases(listed, some);
  const mayHave = mayHaveAccess(compiled, [action], principalFacts);
  for (const { name, context } of requests) {
    if (!isPossible(context)) continue;
    tally.requests++;
    const resource = `arn:aws:rekognition:${context['aws:RequestedRegion']}:123456789012:collection/${name}`;
    const open = allows(compiled, action, { resource, context });
    if (open !== problem.holds(allowed, { resource, context }))
      throw new Error('the formula is not the policy');
    if (!open && others === 'none') throw new Error('denied, though said always to be allowed');
    if (open) checkOpen({ resource, context }, listed, some !== 'none' && mayHave);
  }
}

/** The cases and the search must say the same of whether there is access at all. */
function compareCases({ cases, complete }: AccessCases, some: Answer): void {
  const shown = cases.some(({ example }) => example);
  if (shown && some === 'none') throw new Error('a case exists, though access is said never to be');
  if (complete && cases.length === 0 && typeof some === 'object')
    throw new Error('a request, though no case');
}

function allows(set: CompiledSet, action: string, { resource, context }: Found): boolean {
  const request = { action, resource, context: { ...context, ...principalFacts } };
  return decide(set, request).decision === 'allowed';
}

/** Each case's example must be allowed, and be able to happen. */
function checkExamples(set: CompiledSet, action: string, { cases }: AccessCases, tally: PartialTally): void {
  for (const { example } of cases) {
    tally.cases++;
    if (!example) {
      tally.gaveUp++;
      continue;
    }
    if (!allows(set, action, example))
      throw new Error(`a case does not open the door: ${JSON.stringify(example)}`);
    if (!isPossible(example.context)) throw new Error(`an example cannot happen: ${JSON.stringify(example)}`);
  }
}

/** A request that is allowed must lie in a case, and what is said to be never so must not be. */
function checkOpen(request: Found, { cases, complete }: AccessCases, canBe: boolean): void {
  if (!canBe) throw new Error('allowed, though said never to be, or to have no access');
  if (complete && !cases.some((one) => one.covers(request))) {
    throw new Error(`allowed outside all cases: ${JSON.stringify(request)}`);
  }
}

/**
 * The same for one request of the evaluator's own fuzz cases, which have every operator, key type and odd value: the
 * resource is given, and so is what the principal is.
 *
 * @throws {Error} telling what was wrong
 */
export function checkPartialOf(fuzzCase: FuzzCase, tally: PartialTally): void {
  const compiled = new PolicyCompiler([]).compileSet(policySet(fuzzCase));
  const { action, resource, context, resourceAccount } = fuzzCase.request;
  const owner = { ...(resourceAccount !== undefined && { resourceAccount }) };
  const entries = Object.entries(context);
  const known = Object.fromEntries(entries.filter(([key]) => isPrincipalKey(key)));
  const free = Object.fromEntries(entries.filter(([key]) => !isPrincipalKey(key)));
  const has = new Set(entries.map(([key]) => key.toLowerCase()));
  const isAllowed = (asked: RequestContext) =>
    decide(compiled, { action, resource, context: { ...asked, ...known }, ...owner }).decision === 'allowed';
  const { cases, complete } = casesOf(compiled, action, {
    resource,
    ...owner,
    known,
    // These requests may lack what every real one has.
    isKnown: (key) => isPrincipalKey(key) || (keyFacts(key).always && !has.has(key.toLowerCase())),
  });
  for (const { example } of cases) {
    tally.cases++;
    if (!example) tally.gaveUp++;
    else if (!isAllowed(example.context))
      throw new Error(`a case does not open the door: ${JSON.stringify(example)}`);
  }
  if (!complete) tally.incomplete++;
  if (!isPossible(free)) return;
  tally.requests++;
  if (isAllowed(free) && complete && !cases.some((one) => one.covers({ resource, context: free }))) {
    throw new Error(`allowed outside all cases: ${JSON.stringify(fuzzCase)}`);
  }
}
