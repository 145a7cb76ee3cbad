/** JSON as an event or a pattern holds it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A pattern that EventBridge refuses. */
export class EventPatternError extends Error {
  constructor(path: readonly string[], reason: string) {
    super(`Event pattern is not valid. Reason: ${reason}${path.length === 0 ? '' : ` at ${path.join('.')}`}`);
    this.name = 'EventPatternError';
  }
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
