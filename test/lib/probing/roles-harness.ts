import { IAMClient } from '@aws-sdk/client-iam';
import { RekognitionClient } from '@aws-sdk/client-rekognition';
import { RekognitionStreamingClient } from '@aws-sdk/client-rekognitionstreaming';
import { STSClient } from '@aws-sdk/client-sts';
import type { RekognitionOptions } from '@permission-check/embedded-aws';
import { PROBES } from '#lib/catalog/probes.ts';
import { createPace } from '#lib/iam/pace.ts';
import type { ProbeClients } from '#lib/probing/calls.ts';
import { type ProbeOptions, probePrincipal } from '#lib/probing/principal.ts';
import { openProbeSession, PROBE_USER_AGENT, type SessionCredentials } from '#lib/probing/session.ts';
import {
  allow,
  policy,
  REGION,
  type RoleOptions,
  type Running,
  roleArn,
  start,
} from '#test/support/rekognition-account.ts';

/** Roles are probed as the checker does it: over STS, in a narrowed session, against the embedded AWS. */

export const pace = { concurrency: 8, perSecond: 10_000, attempts: 1, pause: 0 } as const;
export const all = [...PROBES.keys()];
export const EXTERNAL_ID = 'team-vision-7f3a';
export const CHECKER = 'checker';
export const trust = policy({
  Effect: 'Allow',
  Principal: { AWS: roleArn(CHECKER) },
  Action: 'sts:AssumeRole',
  Condition: { StringEquals: { 'sts:ExternalId': EXTERNAL_ID } },
});
export const checker: RoleOptions = {
  policies: [policy(allow('sts:AssumeRole'), allow('iam:SimulatePrincipalPolicy'))],
};
export const readOnly = 'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess';
/** A role that may only read. */
export const reader: RoleOptions = { trust, managed: [readOnly] };
/** A role that may do everything in Rekognition. */
export const canary: RoleOptions = { trust, policies: [policy(allow('rekognition:*'))] };
export const quiet = { debug() {}, info() {}, warn() {}, error() {} };

export async function withRoles(
  roles: Readonly<Record<string, RoleOptions>>,
  options: RekognitionOptions & { readonly scps?: readonly string[] },
  test: (running: Running) => Promise<void>,
): Promise<void> {
  await using running = await start({ [CHECKER]: checker, ...roles }, options);
  await test(running);
}

export const asChecker = ({ aws }: Running) => ({
  endpoint: aws.endpoint,
  region: REGION,
  credentials: aws.credentialsFor(roleArn(CHECKER)),
});

export const iamOf = (running: Running) => new IAMClient(asChecker(running));
export const iamPace = createPace({ callsPerSecond: 10_000, concurrency: 4 });

export function clientsFor({ aws }: Running, credentials: SessionCredentials): ProbeClients {
  const common = {
    endpoint: aws.endpoint,
    region: REGION,
    credentials,
    maxAttempts: 1,
    customUserAgent: PROBE_USER_AGENT,
    logger: quiet,
  };
  return { rekognition: new RekognitionClient(common), streaming: new RekognitionStreamingClient(common) };
}

export async function open(
  running: Running,
  role: string,
  rest: { externalId?: string; sessionPolicy?: string } = {},
) {
  return openProbeSession({
    sts: new STSClient(asChecker(running)),
    principal: { kind: 'role', arn: roleArn(role), serviceLinked: false },
    region: REGION,
    externalId: EXTERNAL_ID,
    ...rest,
  });
}

export async function probeRole(running: Running, role: string, options: Partial<ProbeOptions> = {}) {
  const session = await open(running, role);
  if (session.kind !== 'open') throw new Error(session.reason);
  const clients = clientsFor(running, session.credentials);
  return probePrincipal({ clients, identity: session.identity, actions: all, pace, ...options });
}
