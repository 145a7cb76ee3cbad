import { contextValue } from './context.ts';
import type { PolicyDocument, RequestContext } from './types.ts';

/** A wildcard; one that is limited to its ARN segment does not match a colon. */
export interface Wildcard {
  readonly kind: 'any' | 'one';
  readonly withinSegment: boolean;
}

export interface Text {
  readonly kind: 'text';
  readonly text: string;
}

/** `${aws:username, 'nobody'}`. */
export interface Variable {
  readonly kind: 'variable';
  /** The context key as written. */
  readonly key: string;
  readonly fallback?: string;
}

/** What a pattern consists of once its variables are known. Neighbouring texts and `*` are merged. */
export type Glob = readonly (Text | Wildcard)[];

/** A pattern as written in a policy. */
export type Template = readonly (Text | Wildcard | Variable)[];

/**
 * Takes a policy string apart into text, wildcards and policy variables.
 *
 * `${*}`, `${?}` and `${$}` stand for the characters themselves. Documents older than 2012-10-17 have no variables:
 * `${` is text there. So is a `${` that is never closed.
 *
 * Source: IAM User Guide, "IAM policy elements: Variables and tags".
 */
export function parseTemplate(
  text: string,
  version: PolicyDocument['version'],
  wildcards: boolean,
): Template {
  const special = SPECIAL[version === '2012-10-17' ? 'variables' : 'none'][wildcards ? 'wildcards' : 'none'];
  const tokens: (Text | Wildcard | Variable)[] = [];
  let end = 0;
  for (const match of text.matchAll(special)) {
    if (match.index > end) appendToken(tokens, { kind: 'text', text: text.slice(end, match.index) });
    appendToken(tokens, specialToken(match[0]));
    end = match.index + match[0].length;
  }
  if (end < text.length) appendToken(tokens, { kind: 'text', text: text.slice(end) });
  return tokens;
}

/** What is not plain text, by whether the document has variables and the string wildcards. */
const SPECIAL = {
  variables: { wildcards: /\$\{[^}]*\}|[*?]/g, none: /\$\{[^}]*\}/g },
  none: { wildcards: /[*?]/g, none: /(?!)/g },
};

function specialToken(text: string): Text | Wildcard | Variable {
  if (text === '*') return { kind: 'any', withinSegment: false };
  if (text === '?') return { kind: 'one', withinSegment: false };
  return variable(text.slice(2, -1));
}

function variable(inside: string): Text | Variable {
  if (inside === '*' || inside === '?' || inside === '$') return { kind: 'text', text: inside };
  const fallback = /^([^,]*),\s*'(.*)'\s*$/.exec(inside);
  if (fallback === null) return { kind: 'variable', key: inside.trim() };
  return { kind: 'variable', key: (fallback[1] ?? '').trim(), fallback: fallback[2] ?? '' };
}

/** Appends a token, merging text with text and `*` with `*`. */
export function appendToken(tokens: (Text | Wildcard | Variable)[], token: Text | Wildcard | Variable): void {
  const last = tokens.at(-1);
  if (last?.kind === 'text' && token.kind === 'text') {
    tokens[tokens.length - 1] = { kind: 'text', text: last.text + token.text };
  } else if (!(last?.kind === 'any' && token.kind === 'any')) {
    tokens.push(token);
  }
}

/** The context keys that a template refers to, as written. */
export function variablesOf(template: Template): readonly string[] {
  return template.flatMap((token) => (token.kind === 'variable' ? [token.key] : []));
}

export function isGlob(template: Template): template is Glob {
  return !template.some((token) => token.kind === 'variable');
}

/**
 * The template with its variables replaced; the value of a variable is text, its wildcards are not. Undefined when a
 * variable has no value in the context and no default: such a pattern is like nothing at all. A multivalued key
 * cannot stand in for a variable, whatever the default.
 */
export function resolveTemplate(template: Template, context: RequestContext): Glob | undefined {
  const tokens: (Text | Wildcard)[] = [];
  for (const token of template) {
    if (token.kind !== 'variable') {
      appendToken(tokens, token);
      continue;
    }
    const value = contextValue(context, token.key) ?? token.fallback;
    if (typeof value !== 'string') return undefined;
    appendToken(tokens, { kind: 'text', text: value });
  }
  return tokens;
}

/** Compares a text with a resolved pattern. */
export type TextTest<R> = (text: string) => R;

/**
 * Compiles a template: once when it has no variables, else again whenever their values change. A template that
 * cannot be resolved equals nothing: its test answers false.
 */
export function compileTemplate<R>(
  template: Template,
  compile: (glob: Glob) => TextTest<R>,
): (text: string, context: RequestContext) => R | false {
  if (isGlob(template)) return compile(template);
  const keys = variablesOf(template);
  let lastValues: readonly (string | readonly string[] | undefined)[] = [];
  let lastTest: TextTest<R | false> | undefined;
  return (text, context) => {
    const values = keys.map((key) => contextValue(context, key));
    if (lastTest === undefined || values.some((value, index) => value !== lastValues[index])) {
      const glob = resolveTemplate(template, context);
      lastTest = glob === undefined ? () => false : compile(glob);
      lastValues = values;
    }
    return lastTest(text);
  };
}
