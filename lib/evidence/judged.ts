import {
  compileActionPattern,
  PolicyError,
  type PolicySource,
  readPolicy,
  type Statement,
} from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import { STS_ACTIONS } from '#lib/reach/admission.ts';
import { escalationActions } from '#lib/reach/escalations.ts';

/** Every action that some question of a check is about, in lower case. */
const asked = [...actions.map(({ action }) => action), ...STS_ACTIONS, ...escalationActions].map((action) =>
  action.toLowerCase(),
);

const patterns = new Map<string, boolean>();

function isAsked(pattern: string): boolean {
  const known = patterns.get(pattern);
  if (known !== undefined) return known;
  const matches = compileActionPattern(pattern);
  const result = asked.some((action) => matches(action));
  patterns.set(pattern, result);
  return result;
}

/**
 * Prepares to leave out of policies the statements that no check reads: those about other services alone. Lines,
 * columns and numbers of the others stay as they are.
 *
 * @param services in lower case: other services that the expectations speak of
 */
export function judgedStatements(services: ReadonlySet<string>): {
  readonly principal: (principal: Principal) => Principal;
  readonly policy: (policy: PolicySource) => PolicySource;
} {
  const known = new WeakMap<PolicySource, PolicySource>();
  const lists = new WeakMap<readonly PolicySource[], readonly PolicySource[]>();
  const isJudged = ({ actions, notAction }: Statement) =>
    notAction ||
    actions.some((pattern) => services.has(pattern.toLowerCase().split(':')[0] ?? '') || isAsked(pattern));
  const judged = (policy: PolicySource): PolicySource => {
    const before = known.get(policy);
    if (before !== undefined) return before;
    const text = withoutStatements(policy.text, (statement) => !isJudged(statement));
    const result = text === policy.text ? policy : { ...policy, text };
    known.set(policy, result);
    return result;
  };
  return {
    policy: judged,
    principal: (principal) => {
      const policies = lists.get(principal.policies) ?? principal.policies.map(judged);
      lists.set(principal.policies, policies);
      const { boundary } = principal;
      return { ...principal, policies, ...(boundary === undefined ? {} : { boundary: judged(boundary) }) };
    },
  };
}

/** In the place of a statement that is left out; it is about nothing. */
const LEFT_OUT = '{"Effect":"Deny","Action":"left-out:statement","Resource":"*"';

/** The text with statements replaced by one that is about nothing, which takes as many lines and columns. */
function withoutStatements(text: string, isLeftOut: (statement: Statement) => boolean): string {
  const { statements, unreadable } = readable(text);
  const partly = new Set(unreadable.map(({ index }) => index));
  const lines = text.split('\n');
  const offsets: number[] = [];
  let offset = 0;
  for (const line of lines) {
    offsets.push(offset);
    offset += line.length + 1;
  }
  const at = ({ line, column }: Statement['start']) => (offsets[line - 1] ?? 0) + column - 1;
  let result = '';
  let from = 0;
  for (const statement of statements) {
    if (partly.has(statement.index) || !isLeftOut(statement)) continue;
    const [start, end] = [at(statement.start), at(statement.end)];
    result += text.slice(from, start) + blank(text.slice(start, end));
    from = end;
  }
  return result + text.slice(from);
}

function blank(statement: string): string {
  const breaks = statement.split('\n').length - 1;
  if (breaks === 0) {
    // A statement too short to be replaced without moving others stays.
    return statement.length <= LEFT_OUT.length ? statement : `${LEFT_OUT.padEnd(statement.length - 1)}}`;
  }
  const last = statement.length - statement.lastIndexOf('\n') - 1;
  return `${LEFT_OUT}${'\n'.repeat(breaks)}${'}'.padStart(last)}`;
}

function readable(text: string): Pick<ReturnType<typeof readPolicy>, 'statements' | 'unreadable'> {
  try {
    return readPolicy(text);
  } catch (error) {
    // What cannot be read at all stays as it is.
    if (error instanceof PolicyError) return { statements: [], unreadable: [] };
    throw error;
  }
}
