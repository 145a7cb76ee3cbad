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
  const member = (name: string): Node | undefined =>
    node.children?.find(({ children }) => children?.[0]?.value === name)?.children?.[1];
  const effect: unknown = member('Effect')?.value;
  const sid: unknown = member('Sid')?.value;
  const action = member('Action');
  const actions = action === undefined ? ['*'] : json.list(action).flatMap(actionsIn);
  return {
    index,
    ...(typeof sid === 'string' && { sid }),
    problem: error.problem,
    place: { line: error.line, column: error.column },
    ...effectIn(effect),
    actions: actions.length === 0 ? ['*'] : [...new Set(actions)],
    notAction: false,
    partly: false,
    start: json.position(node.offset),
    end: json.position(node.offset + node.length),
  };
}

/** Whatever it is, in other letters it is not its opposite. */
function effectIn(text: unknown): { readonly effect?: Effect } {
  switch (typeof text === 'string' ? text.toLowerCase() : undefined) {
    case 'allow':
      return { effect: 'Allow' };
    case 'deny':
      return { effect: 'Deny' };
    default:
      return {};
  }
}

function actionsIn(node: Node): string[] {
  if (node.type === 'null') return [];
  if (node.type !== 'string') return ['*'];
  const text: string = node.value;
  return actionProblem(text) === undefined ? [text] : servicesIn(text);
}
