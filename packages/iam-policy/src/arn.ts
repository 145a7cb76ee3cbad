import { memoizeLast } from './context.ts';
import { compileGlob } from './glob.ts';
import {
  appendToken,
  compileTemplate,
  type Glob,
  parseTemplate,
  resolveTemplate,
  type Template,
  type Text,
  type TextTest,
  type Variable,
  variablesOf,
  type Wildcard,
} from './template.ts';
import type { PolicyDocument, RequestContext } from './types.ts';

/** arn : partition : service : region : account : resource; the resource may have colons of its own. */
const ARN_SEGMENTS = 6;

/** One value of a Resource or NotResource element. */
export interface ResourcePattern {
  /** As written. */
  readonly text: string;
  /** Context keys of its policy variables, as written. */
  readonly variables: readonly string[];
  /** Matches whatever the pattern matches with any values of its variables. */
  readonly broadest: Glob;
  /** The same for patterns that match the same whatever the values of their variables. */
  readonly key: string;
  matches(resource: string, context: RequestContext): boolean;
  /** The pattern in this context; undefined when it matches no resource there. */
  resolve(context: RequestContext): Glob | undefined;
  /** The pattern in this context as text with `*` and `?`; undefined when it matches no resource there. */
  written(context: RequestContext): string | undefined;
}

/**
 * Compiles a value of Resource or NotResource to the patterns that it stands for, nearly always one.
 *
 * A `*` or `?` stays within its ARN segment, except a `*` that ends the segment: that one may match beyond the colon.
 * A value with fewer than six segments goes on with `*`; when a `*` in it can reach beyond a colon, it is taken in
 * both ways. Variables are only allowed behind the fifth colon; a value with one before it matches nothing.
 *
 * Source: IAM User Guide, "IAM JSON policy elements: Resource" (wildcards), "IAM policy elements: Variables and tags"
 * (where you can use policy variables).
 */
export function compileResource(
  text: string,
  version: PolicyDocument['version'],
): readonly ResourcePattern[] {
  const written = parseTemplate(text, version, true);
  const templates = /^\*+$/.test(text) ? [written] : readings(written);
  return templates.map((template) => {
    const test = compileTemplate(template, compileGlob);
    return {
      text,
      variables: variablesOf(template),
      broadest: broadestOf(template),
      key: JSON.stringify(template),
      matches: (resource, context) => test(resource, context) === true,
      resolve: (context) => resolveTemplate(template, context),
      written: (context) => resolveTemplate(template, context)?.map(wildcardText).join(''),
    };
  });
}

function wildcardText(token: Glob[number]): string {
  if (token.kind === 'text') return token.text;
  return token.kind === 'any' ? '*' : '?';
}

/** Whether a value of a Resource element, as policies of 2012-10-17 read it, matches a resource in a context. */
export function resourceMatches(text: string, resource: string, context: RequestContext): boolean {
  return compileResource(text, '2012-10-17').some((pattern) => pattern.matches(resource, context));
}

/** Any text in place of each variable. */
function broadestOf(template: Template): Glob {
  const tokens: (Text | Wildcard)[] = [];
  for (const token of template) {
    appendToken(tokens, token.kind === 'variable' ? { kind: 'any', withinSegment: false } : token);
  }
  return tokens;
}

/** The value with its wildcards limited to their segments, as written and continued; none when it matches nothing. */
function readings(template: Template): Template[] {
  const tokens: (Text | Wildcard | Variable)[] = [];
  let segment = 1;
  let reachesBeyond = false;
  for (const [index, token] of template.entries()) {
    if (token.kind === 'text') {
      segment += token.text.split(':').length - 1;
      tokens.push(token);
    } else if (token.kind === 'variable') {
      if (segment < ARN_SEGMENTS) return [];
      tokens.push(token);
    } else {
      const next = template[index + 1];
      const endsSegment = next === undefined || (next.kind === 'text' && next.text.startsWith(':'));
      const within = segment < ARN_SEGMENTS && !(token.kind === 'any' && endsSegment);
      if (token.kind === 'any' && !within) reachesBeyond = true;
      tokens.push({ kind: token.kind, withinSegment: within });
    }
  }
  if (segment >= ARN_SEGMENTS || tokens.at(-1)?.kind === 'any') return [tokens];
  const continued = [...tokens];
  for (; segment < ARN_SEGMENTS; segment += 1) {
    appendToken(continued, { kind: 'text', text: ':' });
    appendToken(continued, { kind: 'any', withinSegment: false });
  }
  return reachesBeyond ? [tokens, continued] : [continued];
}

/** The six segments of an ARN; undefined when it has fewer. */
function splitArn(text: string): readonly string[] | undefined {
  const segments: string[] = [];
  let from = 0;
  while (segments.length < ARN_SEGMENTS - 1) {
    const colon = text.indexOf(':', from);
    if (colon === -1) return undefined;
    segments.push(text.slice(from, colon));
    from = colon + 1;
  }
  segments.push(text.slice(from));
  return segments;
}

const splitContextArn = memoizeLast(splitArn);

/**
 * Compiles the value of an Arn… condition: each of the six segments is compared on its own, and may have wildcards.
 * What is not an ARN, on either side, is not comparable.
 *
 * Source: IAM User Guide, "Amazon Resource Name (ARN) condition operators".
 */
export function compileArnValue(glob: Glob): TextTest {
  const segments: (Text | Wildcard)[][] = [[]];
  for (const token of glob) {
    if (token.kind !== 'text') {
      segments.at(-1)?.push(token);
      continue;
    }
    for (const [index, part] of splitAtMost(token.text, ARN_SEGMENTS - segments.length).entries()) {
      if (index > 0) segments.push([]);
      if (part !== '') segments.at(-1)?.push({ kind: 'text', text: part });
    }
  }
  if (segments.length < ARN_SEGMENTS) return () => undefined;
  const tests = segments.map(compileGlob);
  return (text) => {
    const parts = splitContextArn(text);
    if (parts === undefined) return undefined;
    return tests.every((test, index) => test(parts[index] ?? ''));
  };
}

/** Splits at the first `colons` colons. */
function splitAtMost(text: string, colons: number): string[] {
  const parts = text.split(':');
  return [...parts.slice(0, colons), ...(parts.length > colons ? [parts.slice(colons).join(':')] : [])];
}
