/** What statements, or parts of them, that cannot be read can be about at most. */
import type { PolicyError } from './error.ts';
import type { JsonText, Node } from './json.ts';
import { actionProblem } from './parse-statement.ts';
import type { Effect, Statement, UnreadableStatement } from './types.ts';

/** What texts that are no action patterns can be about: the services that they name, or any. */
export function unreadableActions(statement: Statement, odd: readonly string[]): UnreadableStatement {
  const { index, sid, effect, notAction, start, end } = statement;
  const [first = ''] = odd;
  return {
    index,
    ...(sid !== undefined && { sid }),
    problem: `${notAction ? 'NotAction' : 'Action'} ${JSON.stringify(first)} ${actionProblem(first)}`,
    effect,
    actions: [...new Set(odd.flatMap(servicesIn))],
    notAction: false,
    partly: true,
    start,
    end,
  };
}

function servicesIn(text: string): string[] {
  // Actions have no variables; a text that looks like one may be anything.
  const plain = text.replaceAll(/\$\{[^}]*\}/g, '*');
  const named = [...plain.matchAll(/([A-Za-z0-9*?-]+)\s*:/g)].map(([, service]) => `${service}:*`);
  return named.length === 0 ? ['*'] : named;
}

/** What can be told of a statement that is not in IAM's grammar. */
export function unreadableStatement(
  json: JsonText,
  node: Node,
  index: number,
  error: PolicyError,
): UnreadableStatement {
  // Which of several elements of one name counts, and in which letters, is not known: all may.
  const members = (name: string): Node[] =>
    (node.children ?? []).flatMap(({ children: [key, value] = [] }) =>
      value !== undefined && String(key?.value).toLowerCase() === name ? [value] : [],
    );
  const sid: unknown = members('sid')[0]?.value;
  const isExact = members('action').length > 0 && members('notaction').length === 0;
  const actions = isExact
    ? members('action').flatMap((action) => json.list(action).flatMap(actionsIn))
    : ['*'];
  return {
    index,
    ...(typeof sid === 'string' && { sid }),
    problem: error.problem,
    place: { line: error.line, column: error.column },
    ...effectIn(members('effect')),
    actions: actions.length === 0 ? ['*'] : [...new Set(actions)],
    notAction: false,
    partly: false,
    start: json.position(node.offset),
    end: json.position(node.offset + node.length),
  };
}

/** Whatever it is, in other letters it is not its opposite; of several that differ, it may be any. */
function effectIn(elements: readonly Node[]): { readonly effect?: Effect } {
  const written = new Set(elements.map(({ value }) => String(value).toLowerCase()));
  if (written.size !== 1) return {};
  if (written.has('allow')) return { effect: 'Allow' };
  return written.has('deny') ? { effect: 'Deny' } : {};
}

function actionsIn(node: Node): string[] {
  if (node.type === 'null') return [];
  if (node.type !== 'string') return ['*'];
  const text: string = node.value;
  return actionProblem(text) === undefined ? [text] : servicesIn(text);
}
