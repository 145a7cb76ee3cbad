import { IAMClient } from '@aws-sdk/client-iam';
import { RekognitionClient } from '@aws-sdk/client-rekognition';
import { RekognitionStreamingClient } from '@aws-sdk/client-rekognitionstreaming';
import { STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { PROBES } from '#lib/catalog/probes.ts';
import { calibrate } from '#lib/observe/calibrate.ts';
import { type Calibration, isCalibrated } from '#lib/observe/calibration.ts';
import { createPace } from '#lib/observe/pace.ts';
import { type ProbeOptions, probePrincipal } from '#lib/observe/probe.ts';
import type { ProbeClients } from '#lib/observe/probe-commands.ts';
import { probeContext } from '#lib/observe/probe-context.ts';
import {
  DENY_ALL_SESSION_POLICY,
  openProbeSession,
  ownIdentity,
  PROBE_USER_AGENT,
  type SessionCredentials,
} from '#lib/observe/probe-session.ts';
import { reconcile } from '#lib/observe/reconcile.ts';
import { simulatePrincipal } from '#lib/observe/simulate.ts';
import { groupCalls } from '#lib/plan/group.ts';
import type { Request } from '#lib/policy/types.ts';
import type { RekognitionOptions } from '#local/rekognition/service.ts';
import {
  ACCOUNT,
  allow,
  deny,
  policy,
  REGION,
  type RoleOptions,
  type Running,
  roleArn,
  start,
} from '#test/local/rekognition/account.ts';

/** Roles are probed as the checker does it: over STS, in a narrowed session, against the embedded AWS. */

const pace = { concurrency: 8, perSecond: 10_000, attempts: 1, pause: 0 } as const;
const all = [...PROBES.keys()];
const EXTERNAL_ID = 'team-vision-7f3a';
const CHECKER = 'checker';
const trust = policy({
  Effect: 'Allow',
  Principal: { AWS: roleArn(CHECKER) },
  Action: 'sts:AssumeRole',
  Condition: { StringEquals: { 'sts:ExternalId': EXTERNAL_ID } },
});
const checker: RoleOptions = {
  policies: [policy(allow('sts:AssumeRole'), allow('iam:SimulatePrincipalPolicy'))],
};
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

async function withRoles(
  roles: Readonly<Record<string, RoleOptions>>,
  options: RekognitionOptions & { readonly scps?: readonly string[] },
  test: (running: Running) => Promise<void>,
): Promise<void> {
  await using running = await start({ [CHECKER]: checker, ...roles }, options);
  await test(running);
}

const asChecker = ({ aws }: Running) => ({
  endpoint: aws.endpoint,
  region: REGION,
  credentials: aws.credentialsFor(roleArn(CHECKER)),
});

function clientsFor({ aws }: Running, credentials: SessionCredentials): ProbeClients {
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

async function open(
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

async function probeRole(running: Running, role: string, options: Partial<ProbeOptions> = {}) {
  const session = await open(running, role);
  if (session.kind !== 'open') throw new Error(session.reason);
  const clients = clientsFor(running, session.credentials);
  return probePrincipal({ clients, identity: session.identity, actions: all, pace, ...options });
}

describe('a session', () => {
  it('is opened with the external id, for the role that trusts the checker', () =>
    withRoles({ analyst: { trust } }, {}, async (running) => {
      expect(await open(running, 'analyst')).toMatchObject({
        kind: 'open',
        identity: { accountId: ACCOUNT, partition: 'aws', region: REGION, principalArn: roleArn('analyst') },
        credentials: { sessionToken: expect.any(String) },
      });
    }));

  it.each([
    ['the external id is wrong', 'analyst', { externalId: 'guess' }],
    ['the role does not trust the checker', 'closed', {}],
    ['there is no such role', 'nobody', {}],
  ])('is not, with the reason, where %s', (_, role, rest) =>
    withRoles({ analyst: { trust }, closed: {} }, {}, async (running) => {
      expect(await open(running, role, rest)).toEqual({
        kind: 'not-probed',
        reason: expect.stringMatching(/^not probed: the role cannot be assumed: it must trust/),
      });
    }),
  );

  it.each([
    [
      { kind: 'user', arn: `arn:aws:iam::${ACCOUNT}:user/bob`, serviceLinked: false },
      'not probed: IAM users cannot be assumed',
    ],
    [
      { kind: 'role', arn: roleArn('aws-service-role/x'), serviceLinked: true },
      'not probed: only its AWS service can assume a service-linked role',
    ],
    [
      { kind: 'role', arn: 'analyst', serviceLinked: false },
      'not probed: analyst is not the ARN of an IAM role',
    ],
  ] as const)('is not even tried for %j', async (principal, reason) => {
    const sts = { send: () => expect.unreachable('nothing must be asked') };
    expect(await openProbeSession({ sts, principal, region: REGION })).toEqual({
      kind: 'not-probed',
      reason,
    });
  });

  it('that STS throttles is not probed either', () =>
    withRoles({ analyst: { trust } }, {}, async (running) => {
      running.aws.world.faults.add({ operation: 'sts:AssumeRole', kind: 'throttle' });
      const sts = new STSClient({ ...asChecker(running), maxAttempts: 1 });
      const principal = { kind: 'role', arn: roleArn('analyst'), serviceLinked: false } as const;
      expect(await openProbeSession({ sts, principal, region: REGION, externalId: EXTERNAL_ID })).toEqual({
        kind: 'not-probed',
        reason: expect.stringContaining('sts:AssumeRole failed: Throttling'),
      });
    }));

  it('narrows: a role that may do everything can do nothing but Rekognition in it', () =>
    withRoles({ admin: { trust, policies: [policy(allow('*'))] } }, {}, async (running) => {
      const session = await open(running, 'admin');
      if (session.kind !== 'open') throw new Error(session.reason);
      const evidence = await probeRole(running, 'admin', { actions: ['rekognition:DeleteCollection'] });
      expect(evidence.get('rekognition:DeleteCollection')?.decision).toBe('allowed');
      const sts = new STSClient({ ...asChecker(running), credentials: session.credentials });
      const principal = { kind: 'role', arn: roleArn('admin'), serviceLinked: false } as const;
      expect(
        await openProbeSession({ sts, principal, region: REGION, externalId: EXTERNAL_ID }),
      ).toMatchObject({
        kind: 'not-probed',
      });
    }));
});

describe('the checker’s own role', () => {
  it('is known by its name, whatever its path', () =>
    withRoles({}, {}, async (running) => {
      const sts = new STSClient(asChecker(running));
      const withPath = roleArn(`team/${CHECKER}`);
      expect(await ownIdentity(sts, roleArn(CHECKER), REGION)).toMatchObject({
        principalArn: roleArn(CHECKER),
      });
      expect(await ownIdentity(sts, withPath, REGION)).toEqual({
        accountId: ACCOUNT,
        partition: 'aws',
        region: REGION,
        principalArn: withPath,
      });
      expect(await ownIdentity(sts, roleArn('analyst'), REGION)).toBeUndefined();
      expect(await ownIdentity(sts, `arn:aws:iam::999999999999:role/${CHECKER}`, REGION)).toBeUndefined();
    }));
});

describe('probing', () => {
  const readOnly = 'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess';

  it('finds what a managed policy allows, and changes nothing', () =>
    withRoles({ reader: { trust, managed: [readOnly] } }, { collections: ['staff'] }, async (running) => {
      const evidence = await probeRole(running, 'reader');
      expect(evidence.get('rekognition:ListFaces')).toMatchObject({ decision: 'allowed' });
      expect(evidence.get('rekognition:DescribeProjects')).toMatchObject({
        decision: 'allowed',
        code: 'success',
      });
      expect(evidence.get('rekognition:DeleteCollection')).toMatchObject({
        decision: 'implicitDeny',
        blockedBy: 'identity',
        resourceNamed: true,
      });
      expect(evidence.get('rekognition:CreateCollection')).toMatchObject({ decision: 'implicitDeny' });
      expect([...running.rekognition.state(REGION).collections.keys()]).toEqual(['staff']);
      const calls = running.aws.calls().filter(({ service }) => service === 'rekognition');
      expect(calls.length).toBe(73);
      expect(new Set(calls.map(({ caller }) => caller))).toEqual(
        new Set([`arn:aws:sts::${ACCOUNT}:assumed-role/reader/rekognition-permission-check-probe`]),
      );
    }));

  it('sees what stands above the role', () =>
    withRoles(
      { trainer: { trust, policies: [policy(allow('rekognition:*'))] } },
      { scps: [policy(allow('*'), deny('rekognition:*ProjectVersion'))] },
      async (running) => {
        const evidence = await probeRole(running, 'trainer');
        expect(evidence.get('rekognition:StartProjectVersion')).toMatchObject({
          decision: 'explicitDeny',
          blockedBy: 'scp',
          namedLayer: 'scp',
        });
        expect(evidence.get('rekognition:DeleteProject')).toMatchObject({ decision: 'allowed' });
      },
    ));

  it('says nothing where validation comes before authorization', () =>
    withRoles({ nobody: { trust } }, { validateFirst: true }, async (running) => {
      const evidence = await probeRole(running, 'nobody');
      for (const name of [
        'CreateCollection',
        'CreateProject',
        'CreateStreamProcessor',
        'StartMediaAnalysisJob',
      ]) {
        expect(evidence.get(`rekognition:${name}`), name).toMatchObject({
          decision: 'inconclusive',
          code: 'ValidationException',
        });
      }
      expect(evidence.get('rekognition:DeleteCollection')).toMatchObject({ decision: 'implicitDeny' });
    }));

  it('does not take a closed feature for a denial', () =>
    withRoles(
      { nobody: { trust }, everybody: { trust, policies: [policy(allow('rekognition:*'))] } },
      { closedFeatures: ['streaming-video', 'media-analysis'] },
      async (running) => {
        for (const role of ['everybody', 'nobody']) {
          const evidence = await probeRole(running, role);
          const decision = role === 'everybody' ? 'inconclusive' : 'implicitDeny';
          expect(evidence.get('rekognition:ListStreamProcessors'), role).toMatchObject({ decision });
          expect(evidence.get('rekognition:GetMediaAnalysisJob'), role).toMatchObject({ decision });
        }
      },
    ));
});

describe('calibration', () => {
  const canary = { trust, policies: [policy(allow('rekognition:*'))] };

  async function calibrated(running: Running): Promise<Calibration> {
    const denied = await open(running, 'canary', { sessionPolicy: DENY_ALL_SESSION_POLICY });
    const allowed = await open(running, 'canary');
    if (denied.kind !== 'open' || allowed.kind !== 'open') throw new Error('the canary cannot be assumed');
    return calibrate({
      denyAll: clientsFor(running, denied.credentials),
      allowAll: clientsFor(running, allowed.credentials),
      identity: allowed.identity,
      pace,
    });
  }

  it('shows that 69 probes tell denied from allowed, StartFaceLivenessSession among them', () =>
    withRoles({ canary, viewer: { trust } }, {}, async (running) => {
      const calibration = await calibrated(running);
      expect(all.filter((action) => isCalibrated(calibration, action)).length).toBe(69);
      expect(calibration.customLabels).toBe('present');
      const before = await probeRole(running, 'canary');
      expect(before.get('rekognition:StartFaceLivenessSession')).toMatchObject({
        decision: 'inconclusive',
        probable: true,
      });
      const after = await probeRole(running, 'canary', { calibration });
      expect(after.get('rekognition:StartFaceLivenessSession')).toMatchObject({
        decision: 'allowed',
        calibratedAt: calibration.at,
      });
      const viewer = await probeRole(running, 'viewer', { calibration });
      expect(viewer.get('rekognition:DeleteProject')).toMatchObject({ decision: 'implicitDeny' });
    }));

  it('finds that the Region has no Custom Labels', () =>
    withRoles({ canary, viewer: { trust } }, { regionsWithoutCustomLabels: [REGION] }, async (running) => {
      const calibration = await calibrated(running);
      expect(calibration.customLabels).toBe('absent');
      const evidence = await probeRole(running, 'viewer', { calibration });
      expect(evidence.get('rekognition:DeleteProject')).toMatchObject({
        decision: 'inconclusive',
        reason: expect.stringContaining('has no Custom Labels'),
      });
      expect(evidence.get('rekognition:DeleteFaces')).toMatchObject({ decision: 'implicitDeny' });
    }));
});

describe('reconciliation with the simulation', () => {
  async function reconciled(running: Running, role: string, pause: () => Promise<void> = async () => {}) {
    const iam = new IAMClient(asChecker(running));
    return reconcile({
      probed: [...(await probeRole(running, role)).values()],
      context: (action) => probeContext(action, { region: REGION, time: new Date(0), sourceIp: '127.0.0.1' }),
      ask: async (requests: readonly Request[]) => {
        const answers = await simulatePrincipal({
          client: iam,
          principalArn: roleArn(role),
          requests,
          calls: groupCalls(requests),
          pace: createPace({ callsPerSecond: 10_000, concurrency: 4 }),
        });
        return answers.map((answer) => [answer]);
      },
      pause,
      probeAgain: async (actions) => [...(await probeRole(running, role, { actions })).values()],
    });
  }

  type Kind = 'agreed' | 'contradiction' | 'not-comparable' | 'alone';

  /** The actions of one kind; `alone`: no other source could judge the request. */
  const actionsOf = ({ observations }: Awaited<ReturnType<typeof reconciled>>, kind: Kind) =>
    observations
      .filter(({ reconciliation }) => (reconciliation?.kind ?? 'alone') === kind)
      .map(({ request }) => request.action)
      .sort();

  it('agrees on every action that both can judge', () =>
    withRoles(
      { reader: { trust, managed: ['arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess'] } },
      {},
      async (running) => {
        const found = await reconciled(running, 'reader');
        expect(actionsOf(found, 'contradiction')).toEqual([]);
        expect(actionsOf(found, 'not-comparable')).toEqual([]);
        // The simulator does not judge these on the ARNs that the service names.
        expect(actionsOf(found, 'agreed').length).toBe(70);
        expect(actionsOf(found, 'alone')).toEqual([
          'rekognition:CreateCollection',
          'rekognition:CreateProject',
          'rekognition:CreateStreamProcessor',
        ]);
      },
    ));

  it('agrees on a grant that is limited to certain names and tags', () =>
    withRoles(
      {
        scoped: {
          trust,
          policies: [
            policy(
              allow('rekognition:*', `arn:aws:rekognition:*:${ACCOUNT}:collection/team-*`),
              allow('rekognition:*', '*', {
                Condition: { StringEquals: { 'aws:ResourceTag/Team': 'vision' } },
              }),
            ),
          ],
        },
      },
      {},
      async (running) => {
        const found = await reconciled(running, 'scoped');
        expect(actionsOf(found, 'contradiction')).toEqual([]);
        // Without anything allowed in Custom Labels, the denials of its 20 actions say nothing.
        expect(actionsOf(found, 'agreed').length).toBe(51);
        expect(found.unproven.filter(({ reason }) => reason?.includes('Custom Labels')).length).toBe(20);
      },
    ));

  it('finds the endpoint policy that the simulation does not see', () =>
    withRoles(
      { searcher: { trust, policies: [policy(allow('rekognition:*'))] } },
      { endpointPolicy: policy(allow('rekognition:Search*', '*', { Principal: '*' })) },
      async (running) => {
        let pauses = 0;
        const result = await reconciled(running, 'searcher', async () => {
          pauses += 1;
        });
        expect(pauses).toBe(1);
        const { observations } = result;
        const of = (name: string) =>
          observations.find(({ request }) => request.action === `rekognition:${name}`);
        expect(of('SearchFaces')?.reconciliation).toEqual({ kind: 'agreed' });
        expect(of('DeleteCollection')).toMatchObject({
          request: { resource: expect.stringMatching(/:collection\/permission-check-none-[0-9a-f]{32}$/) },
          evidence: [
            { kind: 'simulated', decision: 'allowed' },
            { kind: 'probed', decision: 'implicitDeny', namedLayer: 'endpoint' },
          ],
          reconciliation: {
            kind: 'contradiction',
            causes: expect.arrayContaining([
              expect.stringMatching(/^a VPC endpoint policy, which the live denial names/),
            ]),
          },
        });
      },
    ));

  it('waits for IAM to settle before it calls anything a contradiction', () =>
    withRoles({ late: { trust, policies: [policy(allow('rekognition:*'))] } }, {}, async (running) => {
      // Live calls are refused until the change of the endpoint's policy has arrived everywhere.
      running.rekognition.options = { endpointPolicy: policy(deny('*', '*', { Principal: '*' })) };
      const found = await reconciled(running, 'late', async () => {
        running.rekognition.options = {};
      });
      expect(actionsOf(found, 'contradiction')).toEqual([]);
      expect(actionsOf(found, 'agreed').length).toBeGreaterThan(60);
    }));
});
