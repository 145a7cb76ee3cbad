import { memoizeLast } from './context.ts';
import { compileGlob } from './glob.ts';
import {
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
  matches(resource: string, context: RequestContext): boolean;
  /** The pattern in this context; undefined when it matches no resource there. */
  resolve(context: RequestContext): Glob | undefined;
}

/**
 * Compiles a resource pattern. A `*` or `?` stays within its ARN segment, except a `*` that ends the segment: that
 * one may match beyond the colon. A pattern with fewer than six segments is continued by `*`. Variables are only
 * allowed behind the fifth colon; a pattern with one before it matches nothing.
 *
 * Source: IAM User Guide, "IAM JSON policy elements: Resource" (wildcards), "IAM policy elements: Variables and tags"
 * (where you can use policy variables).
 */
export function compileResource(text: string, version: PolicyDocument['version']): ResourcePattern {
  const written = parseTemplate(text, version, true);
  const template = /^\*+$/.test(text) ? written : inSegments(written);
  if (template === undefined) {
    return { text, variables: variablesOf(written), matches: () => false, resolve: () => undefined };
  }
  const test = compileTemplate(template, compileGlob);
  return {
    text,
    variables: variablesOf(template),
    matches: (resource, context) => test(resource, context) === true,
    resolve: (context) => resolveTemplate(template, context),
  };
}

/** Limits wildcards to their segments and completes short ARNs; undefined when a variable stands too early. */
function inSegments(template: Template): Template | undefined {
  const tokens: (Text | Wildcard | Variable)[] = [];
  let segment = 1;
  for (const [index, token] of template.entries()) {
    if (token.kind === 'text') {
      segment += token.text.split(':').length - 1;
      tokens.push(token);
    } else if (token.kind === 'variable') {
      if (segment < ARN_SEGMENTS) return undefined;
      tokens.push(token);
    } else {
      const next = template[index + 1];
      const endsSegment = next === undefined || (next.kind === 'text' && next.text.startsWith(':'));
      tokens.push({
        kind: token.kind,
        withinSegment: segment < ARN_SEGMENTS && !(token.kind === 'any' && endsSegment),
      });
    }
  }
  if (tokens.at(-1)?.kind === 'any') return tokens;
  for (; segment < ARN_SEGMENTS; segment += 1) {
    tokens.push({ kind: 'text', text: ':' }, { kind: 'any', withinSegment: false });
  }
  return tokens;
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
