/**
 * What a plan marks as secret. It is judged as any other text; what is told of it names where it stands, not what it says.
 *
 * Source: Terraform documentation, "JSON Output Format" (after_sensitive, before_sensitive).
 */
import { isFields } from './terraform-values.ts';

/** A shorter text would be found in words that have nothing to do with it. */
const SHORTEST = 4;
/** Values that say nothing. */
const PLAIN = /^(?:true|false|\*+)$/i;
const SHOWN = '(sensitive)';
/** What says whom and what a finding is about, in reports. */
const NAMES = new Set(['accountId', 'action', 'arn', 'id', 'input', 'kind', 'principalArn', 'subject']);

/**
 * The texts of a value that are marked: of a policy document what it names and asks for, not its actions.
 *
 * @param marks `true`, or for each field or item what is marked in it
 */
export function markedTexts(value: unknown, marks: unknown): readonly string[] {
  if (marks === true) return textsIn(value).flatMap(partsOf);
  if (Array.isArray(marks) && Array.isArray(value)) {
    return value.flatMap((item, index) => markedTexts(item, marks[index]));
  }
  if (!isFields(marks) || !isFields(value)) return [];
  return Object.entries(marks).flatMap(([key, inner]) => markedTexts(value[key], inner));
}

/** A text, and what of it may be shown in another: the parts of a pattern, the name in an ARN. */
export function partsOf(text: string): readonly string[] {
  const parts = text.split(/[*?]+|\$\{[^}]*\}/).map((part) => part.replace(/^arn:.*[:/]/, ''));
  return [...new Set([text, ...parts])].filter((part) => part.length >= SHORTEST && !PLAIN.test(part));
}

/** The same without secrets: in their place stands that there is one. What names principals and actions is kept. */
export function withoutSecrets<Shown>(shown: Shown, secrets: readonly string[]): Shown {
  if (secrets.length === 0) return shown;
  const longestFirst = [...new Set(secrets)].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(
    longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'),
    'g',
  );
  const hidden: Shown = JSON.parse(JSON.stringify(shown), (key, value: unknown) =>
    typeof value === 'string' && !NAMES.has(key) ? value.replace(pattern, SHOWN) : value,
  );
  return hidden;
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return documentTexts(value) ?? [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isFields(value) ? Object.values(value).flatMap(textsIn) : [];
}

/** What the statements of a policy document name and ask for; undefined of a text that is none. */
function documentTexts(text: string): readonly string[] | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    const document: unknown = JSON.parse(text);
    if (!isFields(document)) return undefined;
    const statements = [document.Statement].flat().filter(isFields);
    return statements.flatMap(({ Sid, Resource, NotResource, Principal, NotPrincipal, Condition }) =>
      [Sid, Resource, NotResource, Principal, NotPrincipal, Condition].flatMap(textsIn),
    );
  } catch {
    return undefined;
  }
}
