import type { Statement } from '@permission-check/iam-policy';
import type { IamState } from '../account/state.ts';
import type { OperationInput } from './operation.ts';
import { limitExceeded, malformed, parsedDocument, policySize } from './validation.ts';

/** The text of a trust policy, valid as IAM demands. */
export function trustParam({ params, state, world }: OperationInput, parameter: string): string {
  const text = params.require(parameter);
  for (const statement of parsedDocument(text).statements) {
    const problem = problemOf(statement, state, world.accountId);
    if (problem !== undefined) throw malformed(problem);
  }
  if (policySize(text) > 2048) throw limitExceeded('Cannot exceed quota for ACLSizePerRole: 2048');
  return text;
}

/** Why IAM would not store a statement of a trust policy, in its words; whether it takes `sts:*` is not known: it may. */
function problemOf(statement: Statement, state: IamState, accountId: string): string | undefined {
  const { resources, principals, notPrincipal, actions, conditions } = statement;
  if (resources) return 'Has prohibited field Resource';
  if (!principals) return 'Missing required field Principal';
  if (notPrincipal) return 'AssumeRole policy must not contain NotPrincipal field.';
  if ('*' in principals) return 'AssumeRolepolicy contained an invalid principal: "STAR":"*".';
  if (actions.some((action) => !/^(\*$|sts:)/i.test(action))) {
    return 'AssumeRole policy may only specify STS AssumeRole actions.';
  }
  if (conditions.length === 0 && principals.Federated?.includes('cognito-identity.amazonaws.com')) {
    return 'A condition block must be present for the Cognito provider';
  }
  const unknown = Object.entries(principals)
    .flatMap(([kind, names]) => names.map((name) => ({ kind, name })))
    .find(({ kind, name }) => !isPrincipal(kind, name, state, accountId));
  return unknown && `Invalid principal in policy: "${unknown.kind.toUpperCase()}":"${unknown.name}"`;
}

/**
 * Whether IAM knows whom a trust policy names: principals of the account must exist, in that spelling. Those of other
 * accounts, whom IAM looks up as well, are taken as they are.
 */
function isPrincipal(kind: string, name: string, state: IamState, accountId: string): boolean {
  if (kind === 'Service') return /^[a-z0-9][\w.-]*\.amazonaws\.com(\.cn)?$/.test(name);
  if (kind !== 'AWS' || name === '*' || /^\d{12}$/.test(name)) return true;
  // A principal that was deleted stays in the policy by its unique id.
  if (/^A(ROA|IDA)[A-Z0-9]{12,}$/.test(name)) return true;
  const [, account = '', type = '', rest = ''] =
    /^arn:[\w-]+:(?:iam|sts)::(\d{12}):(root|user|role|assumed-role|federated-user)(?:\/(.+))?$/.exec(name) ??
    [];
  if (account === '' || rest.includes('*')) return false;
  if (type === 'root') return rest === '';
  if (account !== accountId || type === 'federated-user') return rest !== '';
  if (type === 'assumed-role') return state.roles.has(rest.split('/')[0] ?? '');
  const entities = type === 'user' ? state.users : state.roles;
  return entities.get(rest.slice(rest.lastIndexOf('/') + 1))?.arn === name;
}
