import {
  type BoundStatement,
  type CompiledSet,
  type ConditionTest,
  compileActionPattern,
  PolicyCompiler,
  PolicyError,
} from '@permission-check/iam-policy';
import { actionTable, actions as catalog } from '#lib/catalog/actions.ts';
import { problemsOfResource } from '#lib/expectation/resource-patterns.ts';
import type { PlanInput } from '#lib/plan/types.ts';
import { opposite } from '#lib/words/access.ts';
import { differenceOf, isEqual } from './difference.ts';

/** A statement of a policy document. */
export interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly NotResource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** One policy in the place of all layers, or why there is none that is proved to be the same. */
export type LeastPolicy =
  | { readonly statements: readonly PolicyStatement[] }
  | { readonly statements?: undefined; readonly why: string };

/** Statements that are tried for being left out. */
const maxTried = 24;
const maxChoices = 32;

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

/** A statement with lists of one as their only value, as people write it. */
export function shortened({ Condition, ...rest }: PolicyStatement): object {
  const one = (values: readonly string[]) => (values.length === 1 ? values[0] : values);
  const block = Object.entries(Condition ?? {}).map(([operator, tests]) => [
    operator,
    Object.fromEntries(Object.entries(tests).map(([key, values]) => [key, one(values)])),
  ]);
  const parts = Object.entries(rest).map(([key, value]) => [key, Array.isArray(value) ? one(value) : value]);
  return { ...Object.fromEntries(parts), ...(Condition && { Condition: Object.fromEntries(block) }) };
}

function draftOf({ layers }: CompiledSet, live: readonly string[]): PolicyStatement[] | undefined {
  const drafts: PolicyStatement[] = [];
  for (const { layer, statements } of layers) {
    if (layer === 'resource' || layer === 'session') return undefined;
    const mustAllow = layer === 'boundary' || layer === 'scp';
    const said = layer === 'identity' ? statements : statements.filter(isDeny);
    const own = statementsOf(said, live);
    const limits = mustAllow ? unlessAllowed(statements, live) : [];
    if (own === undefined || limits === undefined) return undefined;
    drafts.push(...own, ...limits);
  }
  return drafts;
}

const isDeny = ({ compiled: { statement } }: BoundStatement): boolean => statement.effect === 'Deny';

/** Statements as they are about the actions; undefined where one cannot be written. */
function statementsOf(
  statements: readonly BoundStatement[],
  live: readonly string[],
): PolicyStatement[] | undefined {
  const own: PolicyStatement[] = [];
  for (const one of statements) {
    const written = statementOf(one, live);
    if (written === 'not-written') return undefined;
    if (written !== undefined) own.push(written);
  }
  return own;
}

/** A statement about the actions that are allowed in some case; undefined where it is about none of them. */
function statementOf(
  { compiled: { statement }, compiled }: BoundStatement,
  live: readonly string[],
): PolicyStatement | 'not-written' | undefined {
  const covered = live.filter((action) => compiled.matchesAction(action));
  if (covered.length === 0) return undefined;
  if (statement.notPrincipal || !isEverybody(statement.principals)) return 'not-written';
  const condition = conditionOf(statement.conditions);
  if (condition === undefined) return 'not-written';
  const scope = scopeOf(statement.resources ?? ['*'], statement.notResource);
  if (scope === undefined) return undefined;
  return {
    Effect: statement.effect,
    Action: actionsText(covered, statement.notAction ? [] : statement.actions),
    ...scope,
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  };
}

function isEverybody(principals: Readonly<Record<string, readonly string[]>> | undefined): boolean {
  return (
    principals === undefined ||
    Object.values(principals)
      .flat()
      .every((value) => value === '*')
  );
}

/** As the statement writes them where it is about nothing else; else by name. */
function actionsText(covered: readonly string[], written: readonly string[]): readonly string[] {
  if (covered.length === catalog.length) return ['rekognition:*'];
  const patterns = written.filter((pattern) => {
    const matches = compileActionPattern(pattern);
    return covered.some((action) => matches(action.toLowerCase()));
  });
  const tests = patterns.map(compileActionPattern);
  const reached = catalog.filter(({ action }) => tests.some((matches) => matches(action.toLowerCase())));
  const same =
    reached.length === covered.length && patterns.every((pattern) => /^rekognition:/i.test(pattern));
  return same ? patterns : covered;
}

type Scope = Pick<PolicyStatement, 'Resource' | 'NotResource'>;

/** Without patterns that no resource of Rekognition has; undefined where nothing is left. */
function scopeOf(patterns: readonly string[], isNot: boolean): Scope | undefined {
  const own = [...new Set(patterns.map(padded))].filter((pattern) =>
    problemsOfResource(pattern, new Set(['rekognition'])).every(({ severity }) => severity !== 'error'),
  );
  const every = own.some((pattern) => pattern === '*');
  if (isNot) return every ? undefined : own.length === 0 ? { Resource: ['*'] } : { NotResource: own };
  return own.length === 0 ? undefined : { Resource: every ? ['*'] : own };
}

/** A pattern of fewer than six segments goes on with `*`; one of nothing but `*` is `*`. */
function padded(pattern: string): string {
  if (/^\*+$/.test(pattern)) return '*';
  const parts = pattern.split(':');
  if (parts.length >= 6 || !pattern.startsWith('arn:') || pattern.includes('${')) return pattern;
  return [...parts, ...Array.from({ length: 6 - parts.length }, () => '*')].join(':');
}

/** Tests as a Condition block; undefined where two of them would have the same place in it. */
function conditionOf(
  tests: readonly ConditionTest[],
): Record<string, Record<string, readonly string[]>> | undefined {
  const block: Record<string, Record<string, readonly string[]>> = {};
  for (const { operator, quantifier, ifExists, key, values } of tests) {
    const name = `${quantifier === undefined ? '' : `${quantifier}:`}${operator}${ifExists ? 'IfExists' : ''}`;
    const own = block[name] ?? {};
    block[name] = own;
    const known = own[key];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(values)) return undefined;
    own[key] = values;
  }
  return block;
}

/** One way in which a statement does not apply. */
type Miss = { readonly outside: readonly string[] } | { readonly inside: readonly string[] } | ConditionTest;

/**
 * Deny statements for everything that a level which must allow does not allow: each takes, of every Allow that is about
 * the actions, one way in which it does not apply. Undefined where IAM's language cannot say it.
 */
function unlessAllowed(
  level: readonly BoundStatement[],
  live: readonly string[],
): PolicyStatement[] | undefined {
  const denies: PolicyStatement[] = [];
  for (const { actions, allows } of actionsByAllows(level, live)) {
    for (const choice of choicesOf(allows) ?? [undefined]) {
      const deny = choice && denyOf(choice, actionsText(actions, []));
      if (deny === undefined) return undefined;
      denies.push(deny);
    }
  }
  return denies;
}

interface AllowedActions {
  readonly actions: string[];
  readonly allows: readonly BoundStatement[];
}

/** The actions that the same Allow statements of a level are about, together. */
function actionsByAllows(
  level: readonly BoundStatement[],
  live: readonly string[],
): Iterable<AllowedActions> {
  const allows = level.filter(({ compiled }) => compiled.statement.effect === 'Allow');
  const byAllows = new Map<string, AllowedActions>();
  for (const action of live) {
    const own = allows.filter(({ compiled }) => compiled.matchesAction(action));
    const key = own.map((one) => allows.indexOf(one)).join();
    const same = byAllows.get(key) ?? { actions: [], allows: own };
    byAllows.set(key, same);
    same.actions.push(action);
  }
  return byAllows.values();
}

/** Of every statement one way in which it does not apply, in all combinations; undefined where they are too many. */
function choicesOf(statements: readonly BoundStatement[]): readonly (readonly Miss[])[] | undefined {
  let choices: readonly (readonly Miss[])[] = [[]];
  for (const one of statements) {
    const misses = missesOf(one);
    if (misses === undefined) return undefined;
    choices = choices.flatMap((before) => misses.map((miss) => [...before, miss]));
    if (choices.length > maxChoices) return undefined;
  }
  return choices;
}

function missesOf({ compiled: { statement } }: BoundStatement): readonly Miss[] | undefined {
  const scope = scopeOf(statement.resources ?? ['*'], statement.notResource);
  const misses: Miss[] = [];
  if (scope === undefined) misses.push({ outside: [] });
  else if (scope.NotResource !== undefined) misses.push({ inside: scope.NotResource });
  else if (!scope.Resource?.includes('*')) misses.push({ outside: scope.Resource ?? [] });
  for (const test of statement.conditions) {
    const turned = opposite(test);
    if (turned === undefined) return undefined;
    misses.push(turned);
  }
  return misses;
}

function denyOf(choice: readonly Miss[], Action: readonly string[]): PolicyStatement | undefined {
  const outside = choice.flatMap((miss) => ('outside' in miss ? miss.outside : []));
  const inside = choice.flatMap((miss) => ('inside' in miss ? [miss.inside] : []));
  if (inside.length > 1 || (inside.length === 1 && outside.length > 0)) return undefined;
  const condition = conditionOf(choice.flatMap((miss) => ('operator' in miss ? [miss] : [])));
  if (condition === undefined) return undefined;
  const scope = inside[0]
    ? { Resource: inside[0] }
    : outside.length > 0
      ? { NotResource: [...new Set(outside)] }
      : { Resource: ['*'] };
  return {
    Effect: 'Deny',
    Action,
    ...scope,
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  };
}

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
