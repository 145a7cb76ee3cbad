import { STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { openProbeSession, ownIdentity } from '#lib/probing/session.ts';
import { ACCOUNT, allow, deny, policy, REGION, roleArn } from '#test/support/rekognition-account.ts';
import { asChecker, CHECKER, EXTERNAL_ID, open, probeRole, trust, withRoles } from './roles-harness.ts';

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
