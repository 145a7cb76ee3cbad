import type { PolicyDocument } from '@permission-check/iam-policy';
import { PolicyError, parsePolicy } from '@permission-check/iam-policy';
import { findAction } from '#lib/catalog/actions.ts';
import { canNameType } from '#lib/catalog/resource-arn.ts';
import { isKeyOfListedService } from '#lib/catalog/service-actions.ts';
import { problemOfAction } from './action-patterns.ts';
import { problemOfKey, problemOfOperator, problemsOfTest } from './condition-keys.ts';
import { listOf } from './list.ts';
import type { Complain, KeyPath } from './located.ts';
import { type PatternProblem, problemsOfResource } from './resource-patterns.ts';
import type { ScalarsInput, StatementInput } from './schema.ts';

type PatternElement = 'Action' | 'NotAction' | 'Resource' | 'NotResource';

/** A Condition block of the file. */
export type ConditionInput = NonNullable<StatementInput['Condition']>;

/** Statements as the text of a policy document. */
export function documentOf(statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements }, undefined, 2);
}

/** Whether a statement can be used; complains about everything that is wrong with it. */
export function isSound(statement: StatementInput, path: KeyPath, complain: Complain): boolean {
  let sound = true;
  const check = (element: PatternElement, problemsOf: (pattern: string) => readonly PatternProblem[]) => {
    for (const { severity, message } of listOf(statement[element] ?? []).flatMap(problemsOf)) {
      if (severity === 'error') sound = false;
      complain(message, [...path, element], severity);
    }
  };
  const problemsOfAction = (pattern: string): PatternProblem[] => {
    const message = problemOfAction(pattern);
    return message === undefined ? [] : [{ severity: 'error', message }];
  };
  const services = servicesOf(statement);
  check('Action', problemsOfAction);
  check('NotAction', problemsOfAction);
  check('Resource', (pattern) => problemsOfResource(pattern, services));
  check('NotResource', (pattern) => problemsOfResource(pattern, services));
  if (statement.Resource === undefined && statement.NotResource === undefined) {
    complain('the statement has neither Resource nor NotResource; write Resource: "*" for all', path);
    return false;
  }
  if (!conditionsAreSound(statement, path, complain)) sound = false;
  // What has been complained about above, the parser would only repeat.
  if (!sound || parsed([statement], path, complain) === undefined) return false;
  warnOfGrantsOfNothing(statement, path, complain);
  return true;
}

/** The services whose actions a statement names; undefined where it names any. */
function servicesOf({ Action }: StatementInput): ReadonlySet<string> | undefined {
  const services = listOf(Action ?? '*').map((pattern) => pattern.split(':', 1)[0]?.toLowerCase() ?? '');
  return services.some((service) => /[*?]/.test(service)) ? undefined : new Set(services);
}

/** AWS judges an action on resources of its types alone, and one without a type on `*` alone. */
function warnOfGrantsOfNothing(statement: StatementInput, path: KeyPath, complain: Complain): void {
  const resources = listOf(statement.Resource ?? '*');
  if (statement.Effect === 'Deny' || !resources.every((pattern) => pattern.startsWith('arn:'))) return;
  for (const name of listOf(statement.Action ?? [])) {
    const action = findAction(name);
    if (action === undefined) continue;
    const types = [...action.resourceTypes.map((type) => type.name), ...action.alsoJudgedOn];
    if (types.some((type) => resources.some((pattern) => canNameType(type, pattern)))) continue;
    const where =
      types.length === 0
        ? 'has no resource type, so on these resources it is never allowed: give it Resource: "*"'
        : `is judged on ${types.join(' and ')} resources, so on these it is never allowed`;
    complain(`${action.action} ${where}`, [...path, 'Action'], 'warning');
  }
}

/** Conditions by themselves, whatever else is wrong with their statement: their grammar, and those that could never hold. */
function conditionsAreSound(
  { Condition = {}, Action }: StatementInput,
  path: KeyPath,
  complain: Complain,
): boolean {
  const place = [...path, 'Condition'];
  const problems = Object.keys(Condition).flatMap((name) => problemOfOperator(name) ?? []);
  for (const problem of problems) complain(problem, place);
  const known = Object.entries(Condition).filter(([name]) => problemOfOperator(name) === undefined);
  const document = parsed(
    [{ Effect: 'Allow', Action: 'rekognition:*', Resource: '*', Condition: Object.fromEntries(known) }],
    path,
    complain,
  );
  if (document === undefined) return false;
  let sound = problems.length === 0;
  for (const test of document.statements.flatMap(({ conditions }) => conditions)) {
    const unknownKey = problemOfKey(test.key);
    if (unknownKey !== undefined) complain(unknownKey, place, 'warning');
    if (Action !== undefined && isKeyOfListedService(test.key) && listOf(Action).every(isOfRekognition)) {
      complain(`"${test.key}" is never set in requests to Rekognition`, place, 'warning');
    }
    for (const { severity, message } of problemsOfTest(test)) {
      if (severity === 'error') sound = false;
      complain(message, place, severity);
    }
  }
  return sound;
}

const isOfRekognition = (action: string): boolean => /^rekognition:/i.test(action);

/** The document that statements make together; undefined after complaining, as of a Sid that is used twice. */
export function parsed(
  statements: readonly StatementInput[],
  path: KeyPath,
  complain: Complain,
): PolicyDocument | undefined {
  const operators = statements.flatMap(({ Condition }) => Object.keys(Condition ?? {}));
  const unknown = operators.flatMap((operator) => problemOfOperator(operator) ?? []);
  for (const problem of unknown) complain(problem, [...path, 'Condition']);
  if (unknown.length > 0) return undefined;
  try {
    return parsePolicy(documentOf(statements));
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    complain(error.problem.replace(/ in statement 1$/, '').replace('statement 1', 'the statement'), path);
    return undefined;
  }
}

/** A Condition block with every value as text, in a list. */
export function conditionTexts(condition: ConditionInput): Record<string, Record<string, string[]>> {
  const values = (tests: Record<string, ScalarsInput>) =>
    Object.entries(tests).map(([key, value]) => [key, listOf(value).map(String)] as const);
  return Object.fromEntries(
    Object.entries(condition).map(([operator, tests]) => [operator, Object.fromEntries(values(tests))]),
  );
}
