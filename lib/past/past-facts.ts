import {
  conditionHolds,
  contextValue,
  type PolicySource,
  type RequestContext,
  readPolicy,
} from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import { type Access, withStatements } from './access.ts';

/**
 * An access with the facts that were different then written into its statements, so that it can be held against the
 * present: conditions on them are settled, and their policy variables are the values of then.
 *
 * @param now the principal's facts of today.
 */
export function settlePastFacts(past: Access, now: RequestContext): Access {
  const differing = new Set(
    [...Object.keys(past.facts), ...Object.keys(now)]
      .map((key) => key.toLowerCase())
      .filter((key) => String(contextValue(past.facts, key)) !== String(contextValue(now, key))),
  );
  if (differing.size === 0) return past;
  const settle = (policy: PolicySource) => settled(policy, { differing, facts: past.facts });
  return {
    ...past,
    policies: past.policies.flatMap((policy) => settle(policy) ?? []),
    boundary: past.boundary && (settle(past.boundary) ?? deniedBy(past.boundary)),
  };
}

interface Then {
  /** Keys in lower case. */
  readonly differing: ReadonlySet<string>;
  readonly facts: RequestContext;
}

/** `undefined` where no statement is left. */
function settled(policy: PolicySource, then: Then): PolicySource | undefined {
  const { version, statements } = readPolicy(policy.text);
  const testsOf = new Map(statements.map(({ index, conditions }) => [index, conditions]));
  let left = 0;
  const result = withStatements(policy, (raw) => {
    const kept = raw.flatMap((statement, index) => {
      const tests = testsOf.get(index + 1) ?? [];
      const about = tests.filter(({ key }) => then.differing.has(key.toLowerCase()));
      if (about.some((test) => !conditionHolds(test, version, then.facts))) return [];
      const settledKeys = new Set(about.map(({ key }) => key.toLowerCase()));
      const substituted = substitute(withoutConditions(statement, settledKeys), then);
      return substituted === undefined ? [] : [substituted];
    });
    left = kept.length;
    return kept;
  });
  return left === 0 ? undefined : result;
}

const conditionSchema = z.record(z.string(), z.record(z.string(), z.unknown()));

function withoutConditions(
  statement: Readonly<Record<string, unknown>>,
  keys: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  const condition = z.safeParse(conditionSchema, statement.Condition);
  if (keys.size === 0 || !condition.success) return statement;
  const left = Object.entries(condition.data).map(([operator, tests]): [string, Record<string, unknown>] => [
    operator,
    Object.fromEntries(Object.entries(tests).filter(([key]) => !keys.has(key.toLowerCase()))),
  ]);
  const { Condition: _, ...rest } = statement;
  const kept = left.filter(([, tests]) => Object.keys(tests).length > 0);
  return kept.length === 0 ? rest : { ...rest, Condition: Object.fromEntries(kept) };
}

const variable = /\$\{\s*([^},\s]+)\s*(?:,\s*'([^']*)'\s*)?\}/g;

/** The statement with the variables of then as texts; `undefined` where its only resources had a value that was not there. */
function substitute(
  statement: Readonly<Record<string, unknown>>,
  then: Then,
): Readonly<Record<string, unknown>> | undefined {
  const inText = (text: string): string | undefined => {
    let absent = false;
    const result = text.replaceAll(variable, (whole, key: string, fallback?: string) => {
      if (!then.differing.has(key.toLowerCase())) return whole;
      const value = contextValue(then.facts, key) ?? fallback;
      if (typeof value === 'string') return value.replaceAll(/[*?$]/g, (special) => `\${${special}}`);
      absent = true;
      return whole;
    });
    return absent ? undefined : result;
  };
  const inValue = (value: unknown): unknown => {
    if (typeof value === 'string') return inText(value);
    if (Array.isArray(value)) return value.flatMap((item) => inValue(item) ?? []);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inValue(member) ?? []]));
  };
  const entries = Object.entries(statement).map(([key, value]): [string, unknown] => [
    key,
    key === 'Resource' || key === 'NotResource' || key === 'Condition' ? inValue(value) : value,
  ]);
  const [, resource] = entries.find(([key]) => key === 'Resource') ?? [];
  const named = Object.hasOwn(statement, 'Resource');
  const none = resource === undefined || (Array.isArray(resource) && resource.length === 0);
  return named && none ? undefined : Object.fromEntries(entries);
}

const deniedBy = (policy: PolicySource): PolicySource =>
  withStatements(policy, () => [{ Effect: 'Deny', Action: 'rekognition:*', Resource: '*' }]);
