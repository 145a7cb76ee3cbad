import { RecentMap } from './cache.ts';
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
  /** Its parts, with the variables. */
  readonly template: Template;
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
 * A value without variables and with fewer than six segments goes on with `*`; when a `*` in it can reach beyond a
 * colon, it is taken in both ways. Variables are replaced first, in whatever segment they are.
 *
 * Source: IAM User Guide, "IAM JSON policy elements: Resource" (wildcards); for variables, as AWS's simulator was seen
 * to answer.
 *
 * @param loose lets every wildcard match beyond colons, which nothing but the guide says they do not
 */
export function compileResource(
  text: string,
  version: PolicyDocument['version'],
  loose = false,
): readonly ResourcePattern[] {
  const written = parseTemplate(text, version, true);
  if (loose || /^\*+$/.test(text)) return [patternOf(text, written, (glob) => glob, 'loose')];
  if (hasEarlyVariable(written)) return [patternOf(text, written, limited, 'limited')];
  return readings(written).map((template) => patternOf(text, template, (glob) => glob, ''));
}

/** Whether the pattern could match other resources if every wildcard reached beyond colons. */
export function isLimited(text: string, version: PolicyDocument['version']): boolean {
  const template = parseTemplate(text, version, true);
  return !/^\*+$/.test(text) && limited(template).some(isWithinSegment);
}

function isWithinSegment(token: Text | Wildcard | Variable): boolean {
  return (token.kind === 'any' || token.kind === 'one') && token.withinSegment;
}

/** @param limit applied to the pattern when its variables are replaced */
function patternOf(
  text: string,
  template: Template,
  limit: (glob: Glob) => Glob,
  limits: string,
): ResourcePattern {
  const test = compileTemplate(template, (glob) => compileGlob(limit(glob)));
  const resolve = (context: RequestContext) => {
    const glob = resolveTemplate(template, context);
    return glob && limit(glob);
  };
  return {
    text,
    template,
    variables: variablesOf(template),
    broadest: broadestOf(template),
    key: `${limits}${JSON.stringify(template)}`,
    matches: test,
    resolve,
    written: (context) => resolve(context)?.map(wildcardText).join(''),
  };
}

function wildcardText(token: Glob[number]): string {
  if (token.kind === 'text') return token.text;
  return token.kind === 'any' ? '*' : '?';
}

/** Patterns that are asked again and again, about one request after another. */
const asked = new RecentMap<readonly ResourcePattern[]>(1_000);

/** Whether a value of a Resource element, as policies of 2012-10-17 read it, matches a resource in a context. */
export function resourceMatches(text: string, resource: string, context: RequestContext): boolean {
  const patterns = asked.getOrCreate(text, () => compileResource(text, '2012-10-17'));
  return patterns.some((pattern) => pattern.matches(resource, context));
}

/** Any text in place of each variable; what follows a variable may be in any segment. */
function broadestOf(template: Template): Glob {
  const early = hasEarlyVariable(template);
  const tokens: (Text | Wildcard)[] = [];
  for (const token of template) {
    if (token.kind === 'variable') appendToken(tokens, { kind: 'any', withinSegment: false });
    else appendToken(tokens, token.kind === 'text' || !early ? token : { ...token, withinSegment: false });
  }
  return tokens;
}

/** Whether a variable stands before the fifth colon, so that its value decides where the segments end. */
function hasEarlyVariable(template: Template): boolean {
  let segment = 1;
  for (const token of template) {
    if (token.kind === 'text') segment += token.text.split(':').length - 1;
    else if (token.kind === 'variable') return segment < ARN_SEGMENTS;
  }
  return false;
}

/** The pattern with its wildcards limited to their segments. */
function limited<T extends Text | Wildcard | Variable>(template: readonly T[]): (T | Wildcard)[] {
  let segment = 1;
  return template.map((token, index) => {
    if (token.kind === 'text') segment += token.text.split(':').length - 1;
    if (token.kind === 'text' || token.kind === 'variable') return token;
    const next = template[index + 1];
    const endsSegment = next === undefined || (next.kind === 'text' && next.text.startsWith(':'));
    const withinSegment = segment < ARN_SEGMENTS && !(token.kind === 'any' && endsSegment);
    return { kind: token.kind, withinSegment };
  });
}

/** The pattern as written and, when it has fewer segments than an ARN, continued. */
function readings(template: Template): Template[] {
  const tokens = limited(template);
  const text = tokens.map((token) => (token.kind === 'text' ? token.text : '')).join('');
  const segments = text.split(':').length;
  if (segments >= ARN_SEGMENTS || tokens.at(-1)?.kind === 'any') return [tokens];
  const continued = [...tokens];
  for (let segment = segments; segment < ARN_SEGMENTS; segment += 1) {
    appendToken(continued, { kind: 'text', text: ':' });
    appendToken(continued, { kind: 'any', withinSegment: false });
  }
  const reachesBeyond = tokens.some((token) => token.kind === 'any' && !token.withinSegment);
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
 * A text that is no ARN is `unlike` every ARN; a pattern that is none is a `fault`.
 *
 * Source: IAM User Guide, "Amazon Resource Name (ARN) condition operators".
 */
export function compileArnValue(glob: Glob): TextTest<boolean | 'unlike' | 'fault'> {
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
  const tests = segments.length < ARN_SEGMENTS ? undefined : segments.map(compileGlob);
  return (text) => {
    const parts = splitContextArn(text);
    if (parts === undefined) return 'unlike';
    if (tests === undefined) return 'fault';
    return tests.every((test, index) => test(parts[index] ?? ''));
  };
}

/** Whether a text has the six segments of an ARN. */
export function isArn(text: string): boolean {
  return splitContextArn(text) !== undefined;
}

/** Splits at the first `colons` colons. */
function splitAtMost(text: string, colons: number): string[] {
  const parts = text.split(':');
  return [...parts.slice(0, colons), ...(parts.length > colons ? [parts.slice(colons).join(':')] : [])];
}
