import { EventPatternError, isList, isObject, type Json, type JsonObject } from './json.ts';
import { matcherOf } from './matchers.ts';

/** Says whether an event matches. */
export type EventPattern = (event: Json) => boolean;

/**
 * Compiles an event pattern.
 * Source: Amazon EventBridge User Guide, "Event patterns", "Comparison operators for use in event patterns".
 *
 * @throws EventPatternError for a pattern that EventBridge refuses.
 */
export function compilePattern(pattern: Json): EventPattern {
  if (!isObject(pattern)) throw new EventPatternError([], 'Filter is not an object');
  return compileObject(pattern, []);
}

function compileObject(pattern: JsonObject, path: readonly string[]): EventPattern {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new EventPatternError(path, 'Empty objects are not allowed');
  const tests = entries.map(([key, value]) => {
    return key === '$or' && isList(value) && value.every(isObject)
      ? alternatives(value, path)
      : field(key, value, path);
  });
  const matchesObject = (value: Json | undefined): boolean =>
    // An array of objects matches where one of them matches as a whole.
    isList(value)
      ? value.some(matchesObject)
      : tests.every((test) => test(isObject(value) ? value : undefined));
  return matchesObject;
}

type ObjectTest = (object: JsonObject | undefined) => boolean;

function alternatives(patterns: readonly Json[], path: readonly string[]): ObjectTest {
  if (patterns.length < 2) throw new EventPatternError(path, '$or needs at least two patterns');
  const tests = patterns.map((pattern) => compileObject(isObject(pattern) ? pattern : {}, [...path, '$or']));
  return (object) => tests.some((test) => test(object ?? {}));
}

function field(key: string, pattern: Json, path: readonly string[]): ObjectTest {
  const here = [...path, key];
  if (isObject(pattern)) {
    const test = compileObject(pattern, here);
    return (object) => test(object?.[key] ?? {});
  }
  if (!isList(pattern)) throw new EventPatternError(here, `"${key}" must be an object or an array`);
  if (pattern.length === 0) throw new EventPatternError(here, 'Empty arrays are not allowed');
  const matchers = pattern.map((one) => matcherOf(one, here));
  return (object) => {
    const values = leaves(object?.[key]);
    return matchers.some((matcher) =>
      values.length === 0 ? matcher(undefined) : values.some((value) => matcher(value)),
    );
  };
}

/** The scalars of a field, those of an array one by one; an object is not a leaf, and so is not there. */
function leaves(value: Json | undefined): Json[] {
  if (value === undefined || isObject(value)) return [];
  return isList(value) ? value.flatMap(leaves) : [value];
}
