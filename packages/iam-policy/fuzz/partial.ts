import { PolicyCompiler } from '../src/compile.ts';
import { isPrincipalKey, keyFacts } from '../src/condition-keys.ts';
import { decide } from '../src/evaluate.ts';
import { casesOf, mayHaveAccess } from '../src/solver/cases.ts';
import { not } from '../src/solver/formula.ts';
import { canBeTogether } from '../src/solver/keys.ts';
import { Problem } from '../src/solver/problem.ts';
import type { ResourceForm, SearchSpace } from '../src/solver/space.ts';
import { literal, someOf } from '../src/solver/texts.ts';
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
  const allows = (resource: string, context: RequestContext) =>
    decide(compiled, { action, resource, context: { ...context, ...principalFacts } }).decision === 'allowed';
  const { cases, complete } = casesOf(compiled, action, fuzzSpace);
  if (!complete) tally.incomplete++;
  for (const { example } of cases) {
    tally.cases++;
    if (!example) tally.gaveUp++;
    else if (!allows(example.resource, example.context)) {
      throw new Error(`a case does not open the door: ${JSON.stringify(example)}`);
    }
    if (example && !isPossible(example.context)) {
      throw new Error(`an example cannot happen: ${JSON.stringify(example)}`);
    }
  }
  const problem = new Problem(fuzzSpace);
  const { allowed } = problem.formulaOf(compiled, action);
  const [some, others] = [problem.find(allowed), problem.find(not(allowed))];
  const shown = cases.some(({ example }) => example);
  if (shown && some === 'none') throw new Error('a case exists, though access is said never to be');
  if (complete && cases.length === 0 && typeof some === 'object')
    throw new Error('a request, though no case');
  for (const { name, context } of requests) {
    if (!isPossible(context)) continue;
    tally.requests++;
    const resource = `arn:aws:rekognition:${context['aws:RequestedRegion']}:123456789012:collection/${name}`;
    const open = allows(resource, context);
    if (open !== problem.holds(allowed, { resource, context }))
      throw new Error('the formula is not the policy');
    if (open && complete && !cases.some((one) => one.covers({ resource, context }))) {
      throw new Error(`allowed outside all cases: ${resource} ${JSON.stringify(context)}`);
    }
    if (open && some === 'none') throw new Error('allowed, though said never to be');
    if (!open && others === 'none') throw new Error('denied, though said always to be allowed');
    if (open && !mayHaveAccess(compiled, [action], principalFacts)) {
      throw new Error('allowed, though said to have no access');
    }
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
  const { action, resource, context } = fuzzCase.request;
  const entries = Object.entries(context);
  const known = Object.fromEntries(entries.filter(([key]) => isPrincipalKey(key)));
  const free = Object.fromEntries(entries.filter(([key]) => !isPrincipalKey(key)));
  const has = new Set(entries.map(([key]) => key.toLowerCase()));
  const allows = (asked: RequestContext) =>
    decide(compiled, { action, resource, context: { ...asked, ...known } }).decision === 'allowed';
  const { cases, complete } = casesOf(compiled, action, {
    resource,
    known,
    // These requests may lack what every real one has.
    isKnown: (key) => isPrincipalKey(key) || (keyFacts(key).always && !has.has(key.toLowerCase())),
  });
  for (const { example } of cases) {
    tally.cases++;
    if (!example) tally.gaveUp++;
    else if (!allows(example.context))
      throw new Error(`a case does not open the door: ${JSON.stringify(example)}`);
  }
  if (!complete) tally.incomplete++;
  if (!isPossible(free)) return;
  tally.requests++;
  if (allows(free) && complete && !cases.some((one) => one.covers({ resource, context: free }))) {
    throw new Error(`allowed outside all cases: ${JSON.stringify(fuzzCase)}`);
  }
}
