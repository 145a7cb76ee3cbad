import { singleValue } from './context.ts';
import type { Request, RequestContext, Statement } from './types.ts';

/**
 * How a Principal element covers the one who asks.
 *
 * - `direct`: the user, the federated user session or the role session itself, or everybody. Such an Allow needs no
 *   other policy of the principal, and boundary and session policy do not limit it.
 * - `limited`: the role of a role session, or the user behind a federated session. Such an Allow counts like an
 *   identity-based one: boundary and session policy limit it.
 * - `account`: the account of the principal. Such an Allow leaves the decision to the identity-based policies.
 */
export type PrincipalMatch = 'direct' | 'limited' | 'account' | 'none';

/** `bounded`: the principal has a permissions boundary. */
export type PrincipalTest = (context: RequestContext, bounded: boolean) => PrincipalMatch;

/**
 * Compiles Principal or NotPrincipal. Who asks is read from the context: aws:PrincipalArn, and for the name of a role
 * session aws:userid (`AROA…:session`).
 *
 * Source: IAM User Guide, "AWS JSON policy elements: Principal", "… NotPrincipal", "Permissions boundaries for IAM
 * entities".
 */
export function compilePrincipal(statement: Statement): PrincipalTest {
  const tests = Object.entries(statement.principals ?? {}).flatMap(([type, values]) =>
    values.map((value) => compileValue(type, value)),
  );
  if (statement.notPrincipal !== true) return (context) => strongest(tests.map((test) => test(context)));
  const deny = statement.effect === 'Deny';
  return (context, bounded) => {
    // "NotPrincipal with a Deny effect will always deny any IAM principal that has a permissions boundary attached."
    if (deny && bounded) return 'direct';
    return tests.some((test) => test(context) !== 'none') ? 'none' : 'direct';
  };
}

function strongest(matches: readonly PrincipalMatch[]): PrincipalMatch {
  for (const match of ['direct', 'limited', 'account'] as const) if (matches.includes(match)) return match;
  return 'none';
}

function compileValue(type: string, value: string): (context: RequestContext) => PrincipalMatch {
  if (value === '*' && (type === '*' || type === 'AWS')) return () => 'direct';
  if (type !== 'AWS') return () => 'none';
  const account = /^\d{12}$/.test(value) ? value : /^arn:[^:]+:iam::(\d{12}):root$/.exec(value)?.[1];
  if (account !== undefined) return (context) => (accountOf(context) === account ? 'account' : 'none');
  return (context) => {
    const arn = singleValue(context, 'aws:PrincipalArn');
    if (arn === undefined) return 'none';
    if (value === arn) return /^arn:[^:]+:iam::\d+:role\//.test(arn) ? 'limited' : 'direct';
    if (value === sessionArn(arn, singleValue(context, 'aws:userid'))) return 'direct';
    return value === federatingUserArn(arn) ? 'limited' : 'none';
  };
}

/** The account of the one who asks; undefined where the context does not say. */
export function accountOf(context: RequestContext): string | undefined {
  return (
    singleValue(context, 'aws:PrincipalAccount') ?? singleValue(context, 'aws:PrincipalArn')?.split(':')[4]
  );
}

/** Whether a resource belongs to another account than the one who asks. */
export function isOfOtherAccount({
  resourceAccount,
  context,
}: Omit<Request, 'action' | 'resource'>): boolean {
  return resourceAccount !== undefined && resourceAccount !== accountOf(context);
}

/** The sts ARN of a role's session: without the role's path. */
function sessionArn(roleArn: string, userId: string | undefined): string | undefined {
  const role = /^arn:([^:]+):iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(roleArn);
  const session = userId?.split(':')[1];
  if (role === null || session === undefined) return undefined;
  return `arn:${role[1]}:sts::${role[2]}:assumed-role/${role[3]}/${session}`;
}

function federatingUserArn(arn: string): string | undefined {
  const federated = /^arn:([^:]+):sts::(\d+):federated-user\/(.+)$/.exec(arn);
  return federated === null ? undefined : `arn:${federated[1]}:iam::${federated[2]}:user/${federated[3]}`;
}
