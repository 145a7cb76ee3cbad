import type { PolicyDocument, RequestContext } from '../src/types.ts';

/** What the strings of a policy mean depends on these. */
export interface Scene {
  /** Variables exist since 2012-10-17. */
  readonly version: PolicyDocument['version'];
  readonly context: RequestContext;
}

/**
 * Private characters for the wildcards of a resolved string, where `*` and `?` are just themselves; the last two stay
 * within their ARN segment.
 */
export const [ANY, ONE, ANY_WITHIN, ONE_WITHIN] = ['\uE000', '\uE001', '\uE002', '\uE003'];

/** The value of a context key, whatever its case. */
export function contextValue(context: RequestContext, key: string): string | readonly string[] | undefined {
  return Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
}

/**
 * A string of a policy with its variables replaced by their values, which are text: wildcards in them are none.
 * Undefined where a variable has no value and no default; a list is no value, not even with a default.
 */
export function resolve(text: string, wildcards: boolean, { version, context }: Scene): string | undefined {
  const parts = version === '2012-10-17' ? text.split(/\$\{([^}]*)\}/) : [text];
  const resolved = parts.map((part, index) => {
    if (index % 2 === 1) return variableValue(part, context);
    return wildcards ? part.replaceAll('*', ANY).replaceAll('?', ONE) : part;
  });
  return resolved.includes(undefined) ? undefined : resolved.join('');
}

function variableValue(inside: string, context: RequestContext): string | undefined {
  if (inside === '*' || inside === '?' || inside === '$') return inside;
  const [, key = inside, fallback] = /^([^,]*),\s*'(.*)'\s*$/.exec(inside) ?? [];
  const value = contextValue(context, key.trim());
  return typeof value === 'object' ? undefined : (value ?? fallback);
}

export function isLike(text: string, pattern: string): boolean {
  const literal = pattern.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const free = literal.replaceAll(ANY, '[^]*').replaceAll(ONE, '[^]');
  return new RegExp(`^${free.replaceAll(ANY_WITHIN, '[^:]*').replaceAll(ONE_WITHIN, '[^:]')}$`).test(text);
}

/** Partition, service, region, account and resource of an ARN behind `arn`; the resource may have colons of its own. */
export function segmentsOf(arn: string): string[] {
  const segments = arn.split(':');
  return segments.length <= 6 ? segments : [...segments.slice(0, 5), segments.slice(5).join(':')];
}

/**
 * The ways to read a value of Resource. In the first five segments a wildcard stays within its segment, except a `*` at
 * the segment's end. A value of fewer segments, and without variables, goes on with `*`; if it has a `*` that can reach
 * beyond a colon, it is read as written too.
 */
export function readings(pattern: string, hasVariables: boolean): string[] {
  const segments = segmentsOf(pattern);
  const bound = segments.map((segment, index) => {
    if (index === 5) return segment;
    const end = segment.endsWith(ANY) ? ANY : '';
    const inside = segment.slice(0, segment.length - end.length);
    return inside.replaceAll(ANY, ANY_WITHIN).replaceAll(ONE, ONE_WITHIN) + end;
  });
  const written = bound.join(':');
  if (segments.length === 6 || hasVariables || pattern.endsWith(ANY)) return [written];
  const continued = written + `:${ANY}`.repeat(6 - segments.length);
  return segments.some((segment) => segment.endsWith(ANY)) ? [written, continued] : [continued];
}
