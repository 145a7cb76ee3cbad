import {
  type BoundStatement,
  type CompiledSet,
  compileActionPattern,
  PolicyCompiler,
  PolicyError,
} from '@permission-check/iam-policy';
import { actionTable } from '#lib/catalog/actions.ts';
import { differenceOf, isEqual } from '#lib/check/difference.ts';
import {
  type PolicyStatement,
  shortened,
  statementsOf,
  unlessAllowed,
} from '#lib/compare/policy-statements.ts';
import type { PlanInput } from '#lib/plan/types.ts';

/** One policy in the place of all layers, or why there is none that is proved to be the same. */
export type LeastPolicy =
  | { readonly statements: readonly PolicyStatement[] }
  | { readonly statements?: undefined; readonly why: string };

/** Statements that are tried for being left out. */
const maxTried = 24;

/**
 * One policy about Rekognition that amounts to the same as a policy set of any layers: its Allow statements, as far as
 * they allow anything, and as Deny what the other layers take away. That it is the same is proved by the search, in both
 * directions, and so is that no statement of it can be left out.
 *
 * @param input its `observed` is the set
 * @param live the actions that the set allows in some case: `rekognition:DeleteFaces`
 */
export function leastPolicyOf(input: PlanInput, live: readonly string[]): LeastPolicy {
  const { observed } = input;
  if (live.length === 0) return { statements: [] };
  if (observed.possible !== observed) return { why: 'a part of the policies cannot be read, or is in doubt' };
  const drafts = draftOf(observed, live);
  if (drafts === undefined) return { why: 'its layers cannot be written as one policy' };
  const isSame = (statements: readonly PolicyStatement[]) => {
    const set = compiled(statements);
    return set !== undefined && isEqual(differenceOf({ ...input, expected: set }));
  };
  const whole = joined(drafts);
  if (!isSame(whole)) return { why: 'no policy was found that is proved to amount to the same' };
  return { statements: withoutIdle(whole, isSame) };
}

/**
 * As Deny statements, what the layers of a set do not allow of some actions; undefined where they cannot be written so.
 * Beside a policy that allows all, they are the set.
 */
export function denialsIn(
  set: CompiledSet,
  names: readonly string[],
): readonly PolicyStatement[] | undefined {
  const drafts = draftOf(set, names);
  return drafts && joined(drafts.filter(({ Effect }) => Effect === 'Deny'));
}

/** Statements as a policy set; undefined for what is no policy. */
export function compiled(statements: readonly PolicyStatement[]): CompiledSet | undefined {
  const text = documentText(statements);
  try {
    return new PolicyCompiler(actionTable).compileSet({
      identity: statements.length === 0 ? [] : [{ name: 'one policy', type: 'set', text }],
    });
  } catch (error) {
    if (error instanceof PolicyError) return undefined;
    throw error;
  }
}

export const documentText = (statements: readonly PolicyStatement[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements.map(shortened) }, undefined, 2);

function draftOf({ layers }: CompiledSet, live: readonly string[]): PolicyStatement[] | undefined {
  const drafts: PolicyStatement[] = [];
  for (const { layer, statements } of layers) {
    if (layer === 'resource' || layer === 'session') return undefined;
    const mustAllow = layer === 'boundary' || layer === 'scp' || layer === 'endpoint';
    const said = layer === 'identity' ? statements : statements.filter(isDeny);
    const own = statementsOf(said, live);
    const limits = mustAllow ? unlessAllowed(statements, live) : [];
    if (own === undefined || limits === undefined) return undefined;
    drafts.push(...own, ...limits);
  }
  return drafts;
}

const isDeny = ({ compiled: { statement } }: BoundStatement): boolean => statement.effect === 'Deny';

/** Statements that differ in their actions alone, as one. */
function joined(statements: readonly PolicyStatement[]): PolicyStatement[] {
  const byRest = new Map<string, PolicyStatement>();
  for (const { Action, ...rest } of statements) {
    const key = JSON.stringify(rest);
    const before = byRest.get(key)?.Action ?? [];
    byRest.set(key, { ...rest, Action: withoutNamed([...new Set([...before, ...Action])]) });
  }
  return [...byRest.values()];
}

/** Without the actions that a pattern of the list covers. */
function withoutNamed(patterns: readonly string[]): readonly string[] {
  const tests = patterns.filter((pattern) => /[*?]/.test(pattern)).map(compileActionPattern);
  return patterns.filter(
    (pattern) => /[*?]/.test(pattern) || !tests.some((matches) => matches(pattern.toLowerCase())),
  );
}

/** Without the statements that make no difference. */
function withoutIdle(
  statements: readonly PolicyStatement[],
  isSame: (statements: readonly PolicyStatement[]) => boolean,
): readonly PolicyStatement[] {
  if (statements.length > maxTried || statements.length < 2) return statements;
  let kept = statements;
  for (const one of [...statements].reverse()) {
    const without = kept.filter((other) => other !== one);
    if (isSame(without)) kept = without;
  }
  return kept;
}
