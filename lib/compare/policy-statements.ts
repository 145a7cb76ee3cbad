import {
  type BoundStatement,
  type ConditionTest,
  compileActionPattern,
  type Statement,
} from '@permission-check/iam-policy';
import { actions as catalog } from '#lib/catalog/actions.ts';
import { arnSegments } from '#lib/catalog/resource-arn.ts';
import { problemsOfResource } from '#lib/expectation/resource-patterns.ts';
import { opposite } from '#lib/words/access.ts';
import { plainTests } from './plain-tests.ts';

/** A statement of a policy document. */
export interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly NotResource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** More ways in which a level does not allow are not written out. */
const maxChoices = 32;

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

/**
 * Statements as they are about some actions of Rekognition; undefined where one cannot be written.
 *
 * @param live names of actions: `rekognition:DeleteFaces`
 */
export function statementsOf(
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
  { compiled }: BoundStatement,
  live: readonly string[],
): PolicyStatement | 'not-written' | undefined {
  const statement = asOf2012(compiled);
  const covered = live.filter((action) => compiled.matchesAction(action));
  if (covered.length === 0) return undefined;
  if (statement.notPrincipal || !isEverybody(statement.principals)) return 'not-written';
  const tests = plainTests(statement.conditions);
  if (tests === 'never') return undefined;
  const condition = tests && conditionOf(tests);
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

/** A statement as documents of 2012-10-17 write it: in older ones, what looks like a policy variable is text. */
function asOf2012({ statement, version }: BoundStatement['compiled']): Statement {
  if (version === '2012-10-17') return statement;
  const texts = (all: readonly string[]) => all.map((text) => text.replaceAll('${', '${$}{'));
  return {
    ...statement,
    resources: statement.resources && texts(statement.resources),
    conditions: statement.conditions.map((test) => ({ ...test, values: texts(test.values) })),
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
  const parts = arnSegments(pattern);
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
    const own: Record<string, readonly string[]> = block[name] ?? Object.create(null);
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
export function unlessAllowed(
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

function missesOf({ compiled }: BoundStatement): readonly Miss[] | undefined {
  const statement = asOf2012(compiled);
  const scope = scopeOf(statement.resources ?? ['*'], statement.notResource);
  const misses: Miss[] = [];
  const tests = plainTests(statement.conditions);
  if (tests === undefined) return undefined;
  if (tests === 'never' || scope === undefined) return [{ outside: [] }];
  if (scope.NotResource !== undefined) misses.push({ inside: scope.NotResource });
  else if (!scope.Resource?.includes('*')) misses.push({ outside: scope.Resource ?? [] });
  for (const test of tests) {
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
