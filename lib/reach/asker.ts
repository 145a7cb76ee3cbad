import type { RequestContext } from '@permission-check/iam-policy';

/** Somebody whom a trust policy may let in, as far as the policy names him. */
export type Asker =
  /** Any AWS principal of any account. */
  | { readonly kind: 'anyone' }
  /** Somebody of an account: whom that account's administrators let. */
  | { readonly kind: 'account'; readonly accountId: string }
  /** A user, a role or one session of it. */
  | { readonly kind: 'principal'; readonly arn: string }
  | { readonly kind: 'service'; readonly name: string }
  /** A SAML or OIDC provider: its ARN in IAM, or the host of one that AWS knows by itself. */
  | { readonly kind: 'federated'; readonly provider: string }
  /** A principal that was deleted: its id stands for it, and lets nobody in, a namesake least of all. */
  | { readonly kind: 'deleted'; readonly id: string };

/** A Principal or NotPrincipal element. */
export interface PrincipalElement {
  readonly effect: 'Allow' | 'Deny';
  readonly principals?: Readonly<Record<string, readonly string[]>>;
  readonly notPrincipal?: boolean;
}

/**
 * Whom a value of a Principal element names.
 *
 * Source: IAM User Guide, "AWS JSON policy elements: Principal".
 */
export function askerOf(type: string, value: string): Asker | undefined {
  if (type === '*') return { kind: 'anyone' };
  if (type === 'Service') return { kind: 'service', name: value };
  if (type === 'Federated') return { kind: 'federated', provider: value };
  if (type !== 'AWS') return undefined;
  if (value === '*') return { kind: 'anyone' };
  const accountId = accountIn(value);
  if (accountId !== undefined) return { kind: 'account', accountId };
  if (/^(AROA|AIDA|AGPA)[A-Z0-9]+$/.test(value)) return { kind: 'deleted', id: value };
  return { kind: 'principal', arn: value };
}

/** The account that a value of Principal.AWS names as a whole. */
function accountIn(value: string): string | undefined {
  return /^\d{12}$/.test(value) ? value : /^arn:[^:]+:iam::(\d{12}):root$/.exec(value)?.[1];
}

/** Whether a statement is about an asker, whatever else it is about. */
export function covers({ principals = {}, notPrincipal }: PrincipalElement, asker: Asker): boolean {
  const named = Object.entries(principals).some(([type, values]) =>
    values.some((value) => names(type, value, asker)),
  );
  return notPrincipal === true ? !named : named;
}

function names(type: string, value: string, asker: Asker): boolean {
  if (type === '*') return true;
  switch (asker.kind) {
    case 'anyone':
      return type === 'AWS' && value === '*';
    case 'service':
      return type === 'Service' && (value === '*' || value === asker.name);
    case 'federated':
      return type === 'Federated' && (value === '*' || value === asker.provider);
    case 'deleted':
      return type === 'AWS' && value === asker.id;
    case 'account':
      return type === 'AWS' && (value === '*' || accountIn(value) === asker.accountId);
    case 'principal':
      return (
        type === 'AWS' &&
        (value === '*' ||
          value === asker.arn ||
          isSessionOf(asker.arn, value) ||
          accountIn(value) === asker.arn.split(':')[4])
      );
  }
}

const sessionArn = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\/(.+)$/;
const roleArn = /^arn:([^:]+):iam::(\d+):role\/(?:.*\/)?([^/]+)$/;

/** Whether one ARN is of a session of the role that the other is of; of a role whose path the session does not show. */
function isSessionOf(session: string, role: string): boolean {
  const one = sessionArn.exec(session);
  const other = roleArn.exec(role);
  return one !== null && other !== null && [1, 2, 3].every((part) => one[part] === other[part]);
}

/** The sessions of a role that are named among the values of Principal elements. */
export function sessionsOfRole(role: string, values: readonly string[]): readonly Asker[] {
  return values.filter((value) => isSessionOf(value, role)).map((arn) => ({ kind: 'principal', arn }));
}

/** The name of the session that an asker is; undefined where he is no session. */
export function sessionNameOf(asker: Asker): string | undefined {
  return asker.kind === 'principal' ? sessionArn.exec(asker.arn)?.[4] : undefined;
}

/** What IAM says of an asker in every request; the other keys of the principal are not known. */
export function contextOf(asker: Asker): RequestContext {
  switch (asker.kind) {
    case 'account':
      return { 'aws:PrincipalAccount': asker.accountId };
    case 'principal':
      return {
        'aws:PrincipalArn': asker.arn,
        'aws:PrincipalAccount': asker.arn.split(':')[4] ?? '',
      };
    case 'service':
      return { 'aws:PrincipalIsAWSService': 'true', 'aws:PrincipalServiceName': asker.name };
    case 'federated':
      return { 'aws:FederatedProvider': asker.provider };
    default:
      return {};
  }
}
