import { randomBytes } from 'node:crypto';
import type { PolicySet, PolicySource, RequestContext } from '@permission-check/iam-policy';
import type { Caller } from '../types.ts';
import { boundPolicies } from './policy-set.ts';
import type { IamState, PrincipalEntity } from './state.ts';

/** Keys as the AWS SDK and the CLI take them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What makes a session more, or less, than the role behind it. */
export interface Session {
  readonly name: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** Session policies: the session can do what both they and the role allow. */
  readonly policies?: readonly PolicySource[];
  readonly mfa?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly sourceIdentity?: string;
}

/** Whom a pair of keys belongs to. */
export type Holder =
  | { readonly kind: 'root' }
  | { readonly kind: 'user'; readonly name: string }
  | { readonly kind: 'role'; readonly name: string; readonly session: Session }
  /** A session that the user named gave to somebody, with at most the user's own policies. */
  | { readonly kind: 'federated'; readonly name: string; readonly session: Session }
  /** A caller outside the account's IAM, with exactly these policies. */
  | { readonly kind: 'policies'; readonly name: string; readonly policies: readonly PolicySource[] };

export interface IssuedKey extends Credentials {
  readonly holder: Holder;
}

/** An organization's policies above the account. */
export interface Guardrails {
  /** Levels, the root's first. */
  readonly scps?: readonly (readonly PolicySource[])[];
  readonly rcps?: readonly (readonly PolicySource[])[];
  /** The AI services opt-out policy in effect, merged as DescribeEffectivePolicy has it; absent: there is none. */
  readonly aiServicesPolicy?: object;
}

/** What the account puts above and around its callers. */
export interface AccountFrame extends Guardrails {
  readonly accountId: string;
  readonly partition: string;
  readonly organizationId?: string;
  /** SCPs and RCPs bind nobody in an organization's management account. */
  readonly managementAccount: boolean;
}

/** Makes keys in AWS's form: `AKIA…` for long-term, `ASIA…` with a token for temporary ones. */
export function issueKey(holder: Holder): IssuedKey {
  const temporary = holder.kind !== 'root' && holder.kind !== 'user';
  const characters = randomBytes(16).toString('hex').toUpperCase().slice(0, 16);
  return {
    accessKeyId: (temporary ? 'ASIA' : 'AKIA') + characters,
    secretAccessKey: randomBytes(30).toString('base64'),
    ...(temporary && { sessionToken: randomBytes(96).toString('base64') }),
    holder,
  };
}

/** The caller that a pair of keys stands for, as IAM knows them now; `undefined` once the principal is deleted. */
export function callerOf(key: IssuedKey, state: () => IamState, frame: AccountFrame): Caller | undefined {
  const { holder } = key;
  if (holder.kind === 'root') return rootCaller(frame);
  if (holder.kind === 'policies') return policiesCaller(holder, frame);
  const find = (): PrincipalEntity | undefined =>
    holder.kind === 'role' ? state().roles.get(holder.name) : state().users.get(holder.name);
  const principal = find();
  if (!principal) return undefined;
  const session = holder.kind === 'user' ? undefined : holder.session;
  const policies = () => policySet(state(), find(), session, frame);
  const { accountId } = frame;
  const known =
    holder.kind === 'federated'
      ? federatedCaller(principal, holder.session, frame)
      : sessionCaller(principal, session, frame);
  return { accountId, principalArn: principal.arn, ...known, policies };
}

const commonContext = (frame: AccountFrame): Record<string, string> => ({
  'aws:PrincipalAccount': frame.accountId,
  ...organizationContext(frame),
});

function rootCaller(frame: AccountFrame): Caller {
  const { accountId, partition } = frame;
  const arn = `arn:${partition}:iam::${accountId}:root`;
  const context = {
    ...commonContext(frame),
    'aws:PrincipalArn': arn,
    'aws:PrincipalType': 'Account',
    'aws:userid': accountId,
  };
  return { accountId, arn, principalArn: arn, userId: accountId, context, policies: () => 'root' };
}

function policiesCaller(holder: Extract<Holder, { kind: 'policies' }>, frame: AccountFrame): Caller {
  const { accountId, partition } = frame;
  const principalArn = `arn:${partition}:iam::${accountId}:role/${holder.name}`;
  const userId = `AROALOCALCALLER000000:${holder.name}`;
  const arn = `arn:${partition}:sts::${accountId}:assumed-role/${holder.name}/${holder.name}`;
  const context = { ...commonContext(frame), 'aws:PrincipalArn': principalArn, ...roleContext(userId) };
  const policies = (): PolicySet => ({ identity: holder.policies, ...guardrailsFor(frame, '/') });
  return { accountId, arn, principalArn, userId, context, policies };
}

/** What is known of a caller by its kind alone. */
type CallerIdentity = Pick<Caller, 'arn' | 'userId' | 'context'>;

function federatedCaller(principal: PrincipalEntity, session: Session, frame: AccountFrame): CallerIdentity {
  const { accountId, partition } = frame;
  const userId = `${accountId}:${session.name}`;
  return {
    arn: `arn:${partition}:sts::${accountId}:federated-user/${session.name}`,
    userId,
    context: {
      ...commonContext(frame),
      'aws:PrincipalArn': principal.arn,
      'aws:PrincipalType': 'FederatedUser',
      'aws:userid': userId,
      'aws:MultiFactorAuthPresent': 'false',
      'aws:TokenIssueTime': session.issuedAt.toISOString(),
      ...tagContext(principal.tags, session),
    },
  };
}

/** A user by its long-term keys, or a session of a role. */
function sessionCaller(
  principal: PrincipalEntity,
  session: Session | undefined,
  frame: AccountFrame,
): CallerIdentity {
  const context = {
    ...commonContext(frame),
    'aws:PrincipalArn': principal.arn,
    ...tagContext(principal.tags, session),
  };
  if (session === undefined) {
    const user = {
      'aws:PrincipalType': 'User',
      'aws:userid': principal.id,
      'aws:username': principal.name,
    };
    return { arn: principal.arn, userId: principal.id, context: { ...context, ...user } };
  }
  const userId = `${principal.id}:${session.name}`;
  return {
    arn: `arn:${frame.partition}:sts::${frame.accountId}:assumed-role/${principal.name}/${session.name}`,
    userId,
    context: {
      ...context,
      ...(session.sourceIdentity !== undefined && { 'aws:SourceIdentity': session.sourceIdentity }),
      ...roleContext(userId),
      'aws:MultiFactorAuthPresent': String(session.mfa ?? false),
      'aws:TokenIssueTime': session.issuedAt.toISOString(),
    },
  };
}

function policySet(
  state: IamState,
  principal: PrincipalEntity | undefined,
  session: Session | undefined,
  frame: AccountFrame,
): PolicySet {
  if (!principal) return { identity: [] };
  const bound = boundPolicies(state, principal);
  return {
    identity: bound.identity,
    ...(bound.boundary && { boundary: bound.boundary }),
    ...guardrailsFor(frame, principal.path),
    ...(session?.policies && { session: session.policies }),
  };
}

/** Service-linked roles and the management account stand outside the organization's policies. */
function guardrailsFor(frame: AccountFrame, path: string): Pick<PolicySet, 'scps' | 'rcps'> {
  if (frame.managementAccount || path.startsWith('/aws-service-role/')) return {};
  return { ...(frame.scps && { scps: frame.scps }), ...(frame.rcps && { rcps: frame.rcps }) };
}

const organizationContext = (frame: AccountFrame): RequestContext =>
  frame.organizationId === undefined ? {} : { 'aws:PrincipalOrgID': frame.organizationId };

const roleContext = (userId: string): RequestContext => ({
  'aws:PrincipalType': 'AssumedRole',
  'aws:userid': userId,
});

/** The principal's own tags, and those of the session in the place of the ones with the same key in any case. */
function tagContext(
  own: Iterable<readonly [string, string]>,
  session: Pick<Session, 'tags'> | undefined,
): RequestContext {
  const passed = Object.entries(session?.tags ?? {});
  const names = new Set(passed.map(([key]) => key.toLowerCase()));
  const kept = [...own].filter(([key]) => !names.has(key.toLowerCase()));
  return Object.fromEntries([...kept, ...passed].map(([key, value]) => [`aws:PrincipalTag/${key}`, value]));
}
