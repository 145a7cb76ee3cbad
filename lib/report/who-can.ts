import type { MatchedStatement } from '@permission-check/iam-policy';
import { groupBy } from '#lib/compare/group-by.ts';
import { escapeText, safeJson } from '#lib/words/escape.ts';
import { actionName, counted, listed } from '#lib/words/labels.ts';
import type { ActionAccess, PrincipalAccess } from './access.ts';
import { statementPointer } from './finding-line.ts';
import { wrap } from './wrap.ts';

/** Who can do any of some actions. */
export interface WhoCan {
  readonly accountId: string;
  /** `rekognition:DeleteFaces` */
  readonly actions: readonly string[];
  readonly resource?: string;
  /** Everybody, those without access among them. */
  readonly principals: readonly PrincipalAccess[];
}

const WIDTH = 80;
const SHOWN_NAMES = 3;
const COLUMN = 18;

/** For a terminal, equals as one. Ends with a newline. */
export function renderWhoCan({ principals, actions, resource }: WhoCan): string {
  const can = principals.filter(({ access }) => access !== 'none');
  const any = actions.length === 1 ? '' : 'do any of ';
  const what = `${any}${listed(actions.map(actionName), 4)}${resource === undefined ? '' : ` on ${resource}`}`;
  const known = can.filter(({ access }) => access !== 'unknown').length;
  const open = can.length === known ? '' : `; of ${can.length - known} it is not known`;
  const title = `${known} of ${counted(principals.length, 'principal')} can ${what}${open}`;
  const lines = [...wrap(title, '', WIDTH)];
  for (const group of groupBy(can, alike).values()) lines.push('', ...linesOf(group, actions.length));
  return `${lines.map((line) => escapeText(line)).join('\n')}\n`;
}

/** The same text for principals that can do the same by the same statements, and whom the same can become. */
function alike({ subject, actions, reachedBy }: PrincipalAccess): string {
  return JSON.stringify([
    subject.split('/')[0],
    reachedBy,
    actions.map(({ access, where, by, doubt }) => [access, where, by.map(statementPointer), doubt]),
  ]);
}

function linesOf(group: readonly [PrincipalAccess, ...PrincipalAccess[]], asked: number): string[] {
  const [first, ...others] = group;
  const name = others.length === 0 ? first.subject : counted(group.length, first.subject.split('/')[0] ?? '');
  const head = name.length < COLUMN ? [] : [name];
  const label = (text: string) => text.padEnd(COLUMN);
  const rows = [
    ...groupBy(
      first.actions.filter(({ access }) => access !== 'none'),
      sameWay,
    ).values(),
  ];
  const body = rows.flatMap((ways, index) => [
    ...wrap(wayWords(ways, asked), label(index === 0 && head.length === 0 ? name : ''), WIDTH),
    ...throughWords(ways[0]),
  ]);
  const names = group.map(({ subject }) => subject);
  return [
    ...head,
    ...body,
    ...(others.length === 0 ? [] : wrap(listed(names, SHOWN_NAMES), label(''), WIDTH)),
    ...(first.reachedBy === undefined ? [] : wrap(first.reachedBy, `${label('')}reached by `, WIDTH)),
  ];
}

const sameWay = ({ access, where, by, doubt }: ActionAccess): string =>
  JSON.stringify([access, where, by.map(statementPointer), doubt]);

function wayWords(ways: readonly [ActionAccess, ...ActionAccess[]], asked: number): string {
  const [{ access, where, doubt }] = ways;
  const names =
    asked === 1
      ? ''
      : `${listed(
          ways.map(({ action }) => actionName(action)),
          6,
        )}: `;
  const said = where.length === 0 ? 'not known' : where.join('; or ');
  const more = doubt === undefined ? '' : access === 'unknown' ? `: ${doubt}` : `; perhaps more: ${doubt}`;
  return `${names}${said}${more}`;
}

function throughWords({ by }: ActionAccess): string[] {
  const pointers = [...new Set(by.map(statementPointer))];
  if (pointers.length === 0) return [];
  return wrap(listed(pointers, 4), `${' '.repeat(COLUMN)}through `, WIDTH);
}

/** For machines, in the form of answers.schema.json. */
export function whoCanJson({ accountId, actions, resource, principals }: WhoCan): string {
  const answer = {
    command: 'who-can',
    account: accountId,
    actions,
    ...(resource === undefined ? {} : { resource }),
    principals: principals.map(principalJson),
  };
  return `${safeJson(answer, 2)}\n`;
}

/** A principal's access as JSON; actions that it does not have are left out. */
export function principalJson({ subject, arn, access, actions, reachedBy }: PrincipalAccess): object {
  return {
    subject,
    arn,
    access,
    actions: actions.filter((one) => one.access !== 'none').map(actionJson),
    ...(reachedBy === undefined ? {} : { reachedBy }),
  };
}

function actionJson({ action, access, where, by, example, doubt }: ActionAccess): object {
  return {
    action,
    access,
    where,
    through: by.map(statementJson),
    ...(example === undefined ? {} : { example: { resource: example.resource, context: example.context } }),
    ...(doubt === undefined ? {} : { doubt }),
  };
}

/** Where a statement stands, as JSON. */
export function statementJson({ policy, statement }: MatchedStatement): object {
  return {
    policy: policy.name,
    type: policy.type,
    ...(policy.arn === undefined ? {} : { arn: policy.arn }),
    ...(policy.versionId === undefined ? {} : { version: policy.versionId }),
    ...(policy.group === undefined ? {} : { group: policy.group }),
    statement: statement.index,
    line: statement.start.line,
  };
}
