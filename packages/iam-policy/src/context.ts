import type { RequestContext } from './types.ts';

/**
 * The value of a context key, whatever the case of the key on either side. Contexts are small: a scan by length
 * costs less than building an index for each request.
 */
export function contextValue(context: RequestContext, key: string): string | readonly string[] | undefined {
  const exact = context[key];
  if (isValue(exact)) return exact;
  for (const name in context) {
    if (name.length !== key.length || name.toLowerCase() !== key.toLowerCase()) continue;
    const value = context[name];
    if (isValue(value)) return value;
  }
  return undefined;
}

/** Inherited members of the context object (`constructor` …) are no values. */
function isValue(value: unknown): value is string | readonly string[] {
  return typeof value === 'string' || Array.isArray(value);
}

/** The value of a key that must have exactly one: undefined when it is missing or multivalued. */
export function singleValue(context: RequestContext, key: string): string | undefined {
  const value = contextValue(context, key);
  return typeof value === 'string' ? value : undefined;
}

/** Remembers the last answer: most requests in a row ask about the same text. */
export function memoizeLast<T>(compute: (text: string) => T): (text: string) => T {
  let lastText: string | undefined;
  let lastValue: T;
  return (text) => {
    if (text !== lastText) {
      lastValue = compute(text);
      lastText = text;
    }
    return lastValue;
  };
}
