import type { PolicyDocument, RequestContext } from '../src/types.ts';

/** What the strings of a policy mean depends on these. */
export interface Scene {
  /** Variables exist since 2012-10-17. */
  readonly version: PolicyDocument['version'];
  readonly context: RequestContext;
}

/** Private characters for the wildcards of a resolved string, where `*` and `?` are just themselves. */
export const [ANY, ONE] = ['\uE000', '\uE001'];

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

/** @param one what a wildcard may stand for, as a regular expression */
export function expression(pattern: string, one = '[^]'): string {
  const literal = pattern.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return literal.replaceAll(ANY, `${one}*`).replaceAll(ONE, one);
}

export function isLike(text: string, ...expressions: string[]): boolean {
  return expressions.some((each) => new RegExp(`^${each}$`).test(text));
}

/** Partition, service, region, account and resource of an ARN behind `arn`; the resource may have colons of its own. */
export function segmentsOf(arn: string): string[] {
  const segments = arn.split(':');
  return segments.length <= 6 ? segments : [...segments.slice(0, 5), segments.slice(5).join(':')];
}
