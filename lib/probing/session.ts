import { AssumeRoleCommand, GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import type { Principal } from '#lib/account/types.ts';
import { codeMeaning } from '#lib/iam/error-codes.ts';
import { outcomeOf } from './answer.ts';
import type { ProbeClients } from './calls.ts';
import type { ProbeIdentity } from './principal.ts';

/** `customUserAgent` of every client that probes: how the calls are told apart in CloudTrail. */
export const PROBE_USER_AGENT: [string, string][] = [['rekognition-permission-check', 'probe']];

/** RoleSessionName of the sessions in which roles are probed. */
export const PROBE_SESSION_NAME = 'rekognition-permission-check-probe';

/**
 * A session can do what both the role and this policy allow. It takes nothing from what is asked and everything else
 * from whoever might get hold of the session.
 */
export const PROBE_SESSION_POLICY = policy('Allow');

/** For calibration: a session that is denied all of Rekognition, whatever the role may do. */
export const DENY_ALL_SESSION_POLICY = policy('Deny');

/** Temporary keys, as the SDK's clients take them. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration?: Date;
}

/** Makes the clients that sign with these keys; see ProbeClients for how. */
export type ProbeClientFactory = (credentials: SessionCredentials, region: string) => ProbeClients;

export type ProbeSession =
  | { readonly kind: 'open'; readonly credentials: SessionCredentials; readonly identity: ProbeIdentity }
  /** Why the principal cannot be probed; to be shown, so that it is no silent gap. */
  | { readonly kind: 'not-probed'; readonly reason: string };

export interface ProbeSessionOptions {
  /** Signs as the checker itself. */
  readonly sts: Pick<STSClient, 'send'>;
  readonly principal: Pick<Principal, 'kind' | 'arn' | 'serviceLinked'>;
  /** Where the session will probe. */
  readonly region: string;
  /** As the role's trust policy demands. */
  readonly externalId?: string;
  /** Defaults to PROBE_SESSION_POLICY. */
  readonly sessionPolicy?: string;
  readonly signal?: AbortSignal;
}

/**
 * Assumes the role for a quarter of an hour, the shortest session there is. Never throws for what IAM or STS say: a
 * principal that cannot be assumed is not probed, with the reason.
 */
export async function openProbeSession(options: ProbeSessionOptions): Promise<ProbeSession> {
  const { principal, sts } = options;
  const impossible = unassumable(principal);
  if (impossible !== undefined) return notProbed(impossible);
  const where = /^arn:([^:]+):iam::(\d{12}):role\//.exec(principal.arn);
  if (!where) return notProbed(`${principal.arn} is not the ARN of an IAM role`);
  const [, partition = '', accountId = ''] = where;
  try {
    const { Credentials: keys } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: principal.arn,
        RoleSessionName: PROBE_SESSION_NAME,
        DurationSeconds: 900,
        Policy: options.sessionPolicy ?? PROBE_SESSION_POLICY,
        ...(options.externalId !== undefined && { ExternalId: options.externalId }),
      }),
      options.signal ? { abortSignal: options.signal } : {},
    );
    if (!keys?.AccessKeyId || !keys.SecretAccessKey || !keys.SessionToken) {
      return notProbed('sts:AssumeRole answered without credentials');
    }
    return {
      kind: 'open',
      credentials: {
        accessKeyId: keys.AccessKeyId,
        secretAccessKey: keys.SecretAccessKey,
        sessionToken: keys.SessionToken,
        ...(keys.Expiration && { expiration: keys.Expiration }),
      },
      identity: { accountId, partition, region: options.region, principalArn: principal.arn },
    };
  } catch (error) {
    return notProbed(refusal(error));
  }
}

/**
 * For probing the role that the checker itself runs as, with clients that sign as it does: no session is opened.
 * Answers `undefined` where the caller is not that role. Throws what the SDK throws.
 */
export async function ownIdentity(
  sts: Pick<STSClient, 'send'>,
  roleArn: string,
  region: string,
): Promise<ProbeIdentity | undefined> {
  const { Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
  // The session's ARN has the role's name and not its path.
  const own = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(Arn);
  const role = /^arn:([^:]+):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(roleArn);
  if (!own || !role || own.slice(1).join() !== role.slice(1).join()) return undefined;
  const [, partition = '', accountId = ''] = role;
  return { accountId, partition, region, principalArn: roleArn };
}

function unassumable({ kind, serviceLinked }: ProbeSessionOptions['principal']): string | undefined {
  if (kind === 'user') return 'IAM users cannot be assumed';
  if (serviceLinked) return 'only its AWS service can assume a service-linked role';
  return undefined;
}

function refusal(error: unknown): string {
  const { code, message } = outcomeOf(error);
  if (codeMeaning(code) === 'denied') {
    return `the role cannot be assumed: it must trust the checker's role with this external id, and the checker must be allowed sts:AssumeRole (${message})`;
  }
  return `sts:AssumeRole failed: ${code}${message ? `: ${message}` : ''}`;
}

const notProbed = (reason: string): ProbeSession => ({ kind: 'not-probed', reason: `not probed: ${reason}` });

function policy(effect: 'Allow' | 'Deny'): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: effect, Action: 'rekognition:*', Resource: '*' }],
  });
}
