import { actions } from '#lib/catalog/actions.ts';
import { severities } from '#lib/catalog/severity.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import { escapeText, safeJson } from '#lib/words/escape.ts';
import { actionName, counted, listed } from '#lib/words/labels.ts';
import type { ActionAccess, PrincipalAccess } from './access.ts';
import { statementPointer } from './finding-line.ts';
import { principalJson } from './who-can.ts';
import { wrap } from './wrap.ts';

/** What a principal can do in all. */
export interface Can {
  readonly accountId: string;
  readonly principal: PrincipalAccess;
  /** The text of one policy that is proved to amount to the same, or why there is none. */
  readonly policy?: string;
  readonly statements?: number;
  readonly why?: string;
}

const WIDTH = 80;

/** For a terminal: a table, worst first, and the policy. Ends with a newline. */
export function renderCan({ principal, policy, statements = 0, why }: Can): string {
  const has = principal.actions.filter(({ access }) => access !== 'none');
  const known = has.filter(({ access }) => access !== 'unknown').length;
  const open = has.length === known ? '' : `; of ${has.length - known} it is not known`;
  const lines = [
    ...wrap(
      `${principal.subject} can use ${known} of Rekognition's ${counted(actions.length, 'action')}${open}`,
      '',
      WIDTH,
    ),
    ...(principal.reachedBy === undefined ? [] : wrap(principal.reachedBy, 'reached by ', WIDTH)),
  ];
  const severityOf = new Map(actions.map(({ action, severity }) => [action, severity]));
  for (const severity of severities) {
    const own = has.filter(({ action }) => severityOf.get(action) === severity);
    for (const ways of groupBy(own, sameWay).values()) lines.push('', ...linesOf(severity, ways));
  }
  lines.push('');
  if (policy === undefined) lines.push(...wrap(`No single policy: ${why}.`, '', WIDTH));
  else if (statements === 0) lines.push('Proved: in no case anything.');
  else {
    lines.push('The same as one policy, proved in both directions:', ...policy.split('\n'));
  }
  return `${lines.map((line) => escapeText(line, Number.POSITIVE_INFINITY)).join('\n')}\n`;
}

const sameWay = ({ access, where, by, doubt }: ActionAccess): string =>
  JSON.stringify([access, where, by.map(statementPointer), doubt]);

function linesOf(severity: string, ways: readonly [ActionAccess, ...ActionAccess[]]): string[] {
  const [{ where, by, doubt }] = ways;
  const label = (text: string) => text.padEnd(10);
  const pointers = [...new Set(by.map(statementPointer))];
  return [
    ...wrap(ways.map(({ action }) => actionName(action)).join(', '), label(severity), WIDTH),
    ...wrap(where.length === 0 ? 'not known' : where.join('; or '), label('  on'), WIDTH),
    ...(pointers.length === 0 ? [] : wrap(listed(pointers, 4), label('  through'), WIDTH)),
    ...(doubt === undefined ? [] : wrap(`perhaps more: ${doubt}`, label(''), WIDTH)),
  ];
}

/** For machines, in the form of answers.schema.json. */
export function canJson({ accountId, principal, policy, why }: Can): string {
  const document: unknown = policy === undefined ? undefined : JSON.parse(policy);
  const answer = {
    command: 'can',
    account: accountId,
    principal: principalJson(principal),
    ...(policy === undefined ? { why } : { policy: document }),
  };
  return `${safeJson(answer, 2)}\n`;
}
