import type * as z from 'zod/mini';
import type { KeyPath, YamlFile } from './located.ts';
import type { Diagnostic } from './types.ts';

type Issue = z.core.$ZodIssue;
type Leaf = { readonly path: KeyPath; readonly message: string; readonly key?: string };

/**
 * A part of the file as typed data; undefined when its shape is wrong, with a diagnostic for each mistake.
 * Parts are read one by one, so that one mistake does not hide those elsewhere.
 */
export function readShape<T>(
  yaml: YamlFile,
  schema: z.ZodMiniType<T>,
  value: unknown,
  path: KeyPath,
  diagnostics: Diagnostic[],
): T | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    for (const leaf of leavesOf(issue, [], value)) {
      const at = [...path, ...leaf.path];
      diagnostics.push({
        severity: 'error',
        message: `${describePath(at)}${leaf.message}`,
        location: yaml.locate(leaf.key === undefined ? at : [...at, leaf.key]),
      });
    }
  }
  return undefined;
}

/** A union's issue says only that no branch fits: take the branch that is of the right kind. */
function leavesOf(issue: Issue, above: KeyPath, data: unknown): Leaf[] {
  const path = [...above, ...issue.path];
  const value = valueAt(data, path);
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n');
    return issue.keys.map((key, index) => ({ path, message: messages[index] ?? issue.message, key }));
  }
  if (issue.code !== 'invalid_union') return [{ path, message: messageOf(issue, value) }];
  const fitting = issue.errors.find((branch) => !branch.some(isWrongKind));
  if (fitting !== undefined) return fitting.flatMap((inner) => leavesOf(inner, path, data));
  return [{ path, message: expectedOne(issue.errors.flat().flatMap(kindsOf), value) }];
}

function isWrongKind(issue: Issue): boolean {
  return kindsOf(issue).length > 0;
}

const kindNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

/** The kinds of value that would have been right, where the kind was the mistake. */
function kindsOf(issue: Issue): string[] {
  if (issue.path.length > 0) return [];
  if (issue.code === 'invalid_type') return [kindNames[issue.expected] ?? issue.expected];
  if (issue.code !== 'invalid_union') return [];
  const branches = issue.errors.map((branch) => branch.flatMap(kindsOf));
  return branches.every((kinds) => kinds.length > 0) ? branches.flat() : [];
}

function messageOf(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return expectedOne([kindNames[issue.expected] ?? issue.expected], value);
    case 'invalid_value':
      return expectedOne(issue.values.map(String), value);
    case 'too_small':
    case 'too_big':
      return issue.origin === 'array' || issue.origin === 'tuple'
        ? 'expected exactly two entries'
        : issue.message;
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

function expectedOne(what: readonly string[], value: unknown): string {
  if (what.includes('text') && typeof value === 'object' && value !== null && 'Effect' in value) {
    return 'a statement stands under "sets", with a name; write that name here';
  }
  return value === undefined
    ? `is missing; expected ${orList(what)}`
    : `expected ${orList(what)}, found ${kindOfValue(value)}`;
}

function orList(words: readonly string[]): string {
  const distinct = [...new Set(words)];
  return distinct.length < 2
    ? distinct.join('')
    : `${distinct.slice(0, -1).join(', ')} or ${distinct.at(-1)}`;
}

function kindOfValue(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : JSON.stringify(value);
}

function valueAt(data: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
    data,
  );
}

/** `principals[2].expect: `, the way to a value in words. */
export function describePath(path: KeyPath): string {
  const text = path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
  return text === '' ? '' : `${text}: `;
}
