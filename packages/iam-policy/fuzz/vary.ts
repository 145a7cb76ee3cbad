import { ACTIONS, EXTRA_VALUES, type KeyType } from './vocabulary.ts';

/** How to vary a text: which way, and where. */
export interface Variation {
  way: number;
  at: number;
}

export function pick<T>(values: readonly T[], index: number): T {
  const value = values[index % values.length];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

const replaceAt = (text: string, at: number, replacement: string): string => {
  const index = at % Math.max(text.length, 1);
  return text.slice(0, index) + replacement + text.slice(index + 1);
};

export function swapCase(text: string): string {
  return [...text]
    .map((letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()))
    .join('');
}

/** An action pattern that covers the action, or just fails to. */
export function varyAction(action: string, { way, at }: Variation, rcp: boolean): string {
  const [service = '', name = ''] = action.split(':');
  switch (way % 12) {
    case 0:
      return rcp ? `${service}:*` : '*';
    case 1:
      return `${service}:*`;
    case 2:
      return swapCase(action);
    case 3:
      return `${service}:${name.slice(0, at % name.length)}*`;
    case 4:
      return `${service}:*${name.slice(at % name.length)}`;
    case 5:
      return `${service}:${replaceAt(name, at, '?')}`;
    case 6:
      return `${service}:${name}?`;
    case 7:
      return `${service}:${replaceAt(name, at, '*')}`;
    case 8:
      return pick(ACTIONS, at).action;
    case 9:
      return `${service}:${name}*`;
    default:
      return action;
  }
}

/** A resource pattern that covers the ARN, or just fails to. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a table, one row for each way to vary a pattern
export function varyResource(resource: string, { way, at }: Variation, kind: string): string {
  const segments = resource.split(':');
  if (segments.length < 6) return way % 3 === 0 ? pick(pick(ACTIONS, at).resources, at) : '*';
  const head = segments.slice(0, 5).join(':');
  const tail = segments.slice(5).join(':');
  const separator = Math.max(tail.lastIndexOf('/'), tail.lastIndexOf(':')) + 1;
  const name = tail.slice(separator);
  const path = `${head}:${tail.slice(0, separator)}`;
  switch (way % 24) {
    case 0:
    case 1:
      return '*';
    case 2:
      return `${resource}*`;
    case 3:
      return `${path}${name.slice(0, at % (name.length + 1))}*`;
    case 4:
      return `${path}${replaceAt(name, at, '?')}`;
    case 5:
      return `${path}*`;
    case 6:
      return [...segments.slice(0, 3), '*', '*', tail].join(':');
    case 7:
      return `${path}\${aws:username}`;
    case 8:
      return `${path}\${aws:PrincipalTag/Team}*`;
    case 9:
      return `${path}\${aws:PrincipalTag/Team, 'visitors'}`;
    case 10:
      return `${path}${replaceAt(name, at, '*')}`;
    case 11:
      return `${path}${swapCase(name)}`;
    case 12:
      return [...segments.slice(0, 3), replaceAt(segments[3] ?? '', at, '*'), segments[4], tail].join(':');
    case 13:
      return pick(pick(ACTIONS, at).resources, way);
    case 14:
      return `arn:*:${segments[2]}:*:${segments[4]}:${tail}`;
    case 15:
      return `${path}${replaceAt(name, at, pick(['${*}', '${?}', '${$}'], at))}`;
    case 16:
      return `${head}:${replaceAt(tail, at, pick(['*', '?'], at))}`;
    case 17:
      return shortArn(segments, kind === 'identity' ? at : 0);
    case 18:
      return [...segments.slice(0, 3), swapCase(segments[3] ?? ''), segments[4], tail].join(':');
    case 19:
      return [...segments.slice(0, 3), '${aws:RequestedRegion}', segments[4], tail].join(':');
    case 20:
      return `${path}${name}?`;
    case 21:
      return `${path}${overlap(name, at)}`;
    case 22:
      return [...segments.slice(0, 3), pick(ACROSS_A_COLON, at), tail].join(':');
    default:
      return resource;
  }
}

/** Region and account as a wildcard would have to read them that does not stop at the colon. */
const ACROSS_A_COLON = ['u*2', 'us-east-1?123456789012', 'us-east-1:1*2:'] as const;

/** A pattern whose texts would have to overlap to cover the text, at one `*` or at the second of two. */
function overlap(text: string, at: number): string {
  const second = 1 + (at % Math.max(text.length - 1, 1));
  const rest = `${text.slice(0, second)}*${text.slice(second - 1)}`;
  const first = (at >> 3) % second;
  return at % 2 === 0 ? rest : `${text.slice(0, first)}*${rest.slice(first)}`;
}

/** An ARN with fewer than six segments. What those without `*` mean is known for identity-based policies only. */
function shortArn(segments: readonly string[], at: number): string {
  const head = segments.slice(0, 3 + (at % 3)).join(':');
  switch (at % 7) {
    case 1:
      return head;
    case 2:
      return `${head}:*`;
    case 3:
      return head.slice(0, -1);
    case 4:
      return [...segments.slice(0, 3), '*', segments[4]].join(':');
    case 5:
      return `${head.slice(0, -2)}*`;
    default:
      return [...segments.slice(0, 3), '*', segments.slice(5).join(':')].join(':');
  }
}

/** A condition value that compares with the one present, or just fails to. */
export function varyValue(present: string | string[] | undefined, type: KeyType, { way, at }: Variation) {
  const value = Array.isArray(present) ? present[0] : present;
  if (value === undefined || way % 2 === 0) return pick(EXTRA_VALUES[type], at);
  switch (way % 12) {
    case 1:
      return swapCase(value);
    case 3:
      return `${value}*`;
    case 5:
      return replaceAt(value, at, '?');
    case 7:
      return `${value}x`;
    case 9:
      return overlap(value, at);
    default:
      return value;
  }
}
