/**
 * Text of which a part is known only after a deployment. The unknown part stands in the text as its name between two
 * marks, so that text with unknown parts can be joined, cut and put into JSON like any other.
 */

/** Private-use characters: no ARN, name or policy has them. */
const OPEN = '\u{f0001}';
const CLOSE = '\u{f0002}';
const MARK = /\u{f0001}([^\u{f0002}]*)\u{f0002}/gu;

/** The unknown part with a name that people find it by: `aws_iam_policy.search.policy`, `Parameters.Caller`. */
export function unknown(name: string): string {
  return `${OPEN}${name}${CLOSE}`;
}

/** Whether any part of a text is unknown. */
export function hasUnknown(text: string): boolean {
  return text.includes(OPEN);
}

/** Whether nothing of a value is known. */
export function isUnknown(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.startsWith(OPEN) &&
    value.indexOf(CLOSE) === value.length - CLOSE.length
  );
}

/** The names of the unknown parts of a value, of whatever shape. */
export function unknownsIn(value: unknown): string[] {
  if (typeof value === 'string') {
    return hasUnknown(value) ? [...new Set([...value.matchAll(MARK)].map(([, name = '']) => name))] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  const keys = Array.isArray(value) ? [] : Object.keys(value);
  return [...new Set([...keys, ...Object.values(value)].flatMap(unknownsIn))];
}

/** The text with `*` for each unknown part: a pattern of what it may turn out to be, and a form that people read. */
export function asPattern(text: string): string {
  return text.replaceAll(MARK, '*').replaceAll(/\*+/g, '*');
}

/** What text with unknown parts may turn out to be. */
export function mayBe(text: string): (other: string) => boolean {
  const parts = text.split(MARK).filter((_, index) => index % 2 === 0);
  const source = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*');
  const test = new RegExp(`^${source}$`, 'u');
  return (other) => test.test(other);
}

/** Text that others wrote, without marks of ours. */
export function withoutMarks(text: string): string {
  return text.replaceAll(/[\u{f0001}\u{f0002}]/gu, '\ufffd');
}
