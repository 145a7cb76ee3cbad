import { describe, expect, it } from 'vitest';
import type { Calibration } from '#lib/probing/calibration.ts';
import { all, authorized, decided, probe } from './harness.ts';
import { type Answer, denied, type SeenCall } from './rekognition-harness.ts';

describe('a principal that is allowed everything', () => {
  it('is proven to be for 68 actions, by one call each, and answered for all 76', async () => {
    const { evidence, calls } = await probe(authorized);
    expect([...evidence.keys()]).toEqual(all);
    expect(decided(evidence, 'allowed').length).toBe(68);
    expect(calls.length).toBe(72);
    expect(new Set(calls.map(({ operation }) => operation)).size).toBe(72);
    const rest = decided(evidence, 'inconclusive');
    expect(Object.fromEntries(rest.map(({ action, reason }) => [action.split(':')[1], reason]))).toEqual({
      ...Object.fromEntries(
        ['CreateCollection', 'CreateProject', 'CreateStreamProcessor', 'StartMediaAnalysisJob'].map(
          (name) => [name, 'the request was refused as invalid, which may happen before authorization'],
        ),
      ),
      GetPersonTracking: expect.stringMatching(/^not probed: People Pathing was discontinued/),
      StartPersonTracking: expect.stringMatching(/^not probed: People Pathing was discontinued/),
      CreateFaceLivenessSession: expect.stringMatching(/^not probed: .*never probed$/),
      StartFaceLivenessSession: expect.stringMatching(/^not probed: no client for the streaming endpoint/),
    });
  });

  it('is asked about nothing that exists, under a name that tells where the call came from', async () => {
    const { calls, evidence } = await probe(authorized, { actions: ['rekognition:DeleteCollection'] });
    expect(calls).toEqual([
      {
        operation: 'DeleteCollection',
        input: { CollectionId: expect.stringMatching(/^permission-check-none-[0-9a-f]{32}$/) },
        userAgent: expect.stringMatching(/ rekognition-permission-check\/probe$/),
      },
    ]);
    expect(evidence.get('rekognition:DeleteCollection')).toEqual({
      kind: 'probed',
      action: 'rekognition:DeleteCollection',
      decision: 'allowed',
      code: 'ResourceNotFoundException',
      probedResources: [
        `arn:aws:rekognition:eu-west-1:123456789012:collection/${calls[0]?.input.CollectionId}`,
      ],
      requestId: 'request-1',
      at: expect.any(String),
    });
  });

  it('gets fresh names in each run', async () => {
    const names = new Set<unknown>();
    for (let run = 0; run < 3; run += 1) {
      const { calls } = await probe(authorized, {
        actions: ['rekognition:DeleteUser', 'rekognition:CreateUser'],
      });
      for (const { input } of calls) names.add(input.CollectionId);
    }
    expect(names.size).toBe(3);
  });
});

describe('a principal that is denied everything', () => {
  it('is denied by name, except where the Region may lack Custom Labels', async () => {
    const { evidence } = await probe(({ operation }) => denied(operation));
    const custom = decided(evidence, 'inconclusive').filter(({ reason }) =>
      reason?.includes('Custom Labels'),
    );
    expect(custom.length).toBe(20);
    expect(decided(evidence, 'implicitDeny').length).toBe(72 - 20);
    expect(evidence.get('rekognition:CreateCollection')).toMatchObject({
      decision: 'implicitDeny',
      namedLayer: 'identity',
    });
  });

  it('is denied Custom Labels too, once anything shows that the Region has it', async () => {
    const { evidence } = await probe((call) =>
      call.operation === 'DescribeProjects' ? { status: 200 } : denied(call.operation),
    );
    expect(evidence.get('rekognition:DeleteProject')).toMatchObject({ decision: 'implicitDeny' });
    expect(decided(evidence, 'implicitDeny').length).toBe(71);
  });

  it('is denied Custom Labels by a policy that the message names, whatever the Region', async () => {
    const { evidence } = await probe(({ operation }) =>
      denied(operation, 'with an explicit deny in a service control policy'),
    );
    expect(evidence.get('rekognition:DeleteProject')).toMatchObject({
      decision: 'explicitDeny',
      blockedBy: 'scp',
    });
  });

  it('keeps the ARN and an endpoint policy that the message names', async () => {
    const arn = 'arn:aws:rekognition:eu-west-1:123456789012:collection/x';
    const { evidence } = await probe(
      ({ operation }) =>
        denied(operation, `on resource: ${arn} with an explicit deny in a VPC endpoint policy`),
      { actions: ['rekognition:DeleteFaces'] },
    );
    const seen = evidence.get('rekognition:DeleteFaces');
    expect(seen).toMatchObject({ decision: 'explicitDeny', namedLayer: 'endpoint', probedResources: [arn] });
    expect(seen).toMatchObject({ blockedBy: 'endpoint' });
  });
});

describe('calibration', () => {
  const calibration = (customLabels: Calibration['customLabels'], region = 'eu-west-1'): Calibration => ({
    version: 1,
    accountId: '123456789012',
    region,
    roleArn: 'arn:aws:iam::123456789012:role/canary',
    at: '2026-11-01T00:00:00.000Z',
    customLabels,
    probes: [
      {
        action: 'rekognition:DeleteCollection',
        denied: { code: 'AccessDeniedException', verdict: 'denied' },
        allowed: { code: 'ResourceNotFoundException', verdict: 'allowed' },
      },
      {
        action: 'rekognition:DescribeCollection',
        denied: { code: 'ResourceNotFoundException', verdict: 'allowed' },
        allowed: { code: 'ResourceNotFoundException', verdict: 'allowed' },
      },
    ],
  });
  const actions = [
    'rekognition:DeleteCollection',
    'rekognition:DescribeCollection',
    'rekognition:DeleteProject',
  ];
  const invalid: Answer = {
    status: 400,
    code: 'InvalidParameterException',
    message: 'Request has invalid parameters',
  };

  it('turns a probable answer into proof, and takes a worthless one away', async () => {
    const before = await probe(() => invalid, { actions });
    expect(before.evidence.get('rekognition:DeleteCollection')).toMatchObject({
      decision: 'inconclusive',
      probable: true,
    });
    const after = await probe(() => invalid, { actions, calibration: calibration('present') });
    expect(after.evidence.get('rekognition:DeleteCollection')).toMatchObject({
      decision: 'allowed',
      calibratedAt: '2026-11-01T00:00:00.000Z',
    });
    const refuted = await probe(authorized, { actions, calibration: calibration('present') });
    expect(refuted.evidence.get('rekognition:DescribeCollection')).toMatchObject({
      decision: 'inconclusive',
    });
  });

  it('of another Region counts for nothing', async () => {
    const { evidence } = await probe(() => invalid, {
      actions,
      calibration: calibration('present', 'us-east-1'),
    });
    expect(evidence.get('rekognition:DeleteCollection')).toMatchObject({
      decision: 'inconclusive',
      probable: true,
    });
  });

  it('tells a denial from a Region without Custom Labels', async () => {
    const deny = ({ operation }: SeenCall) => denied(operation);
    const present = await probe(deny, { actions, calibration: calibration('present') });
    expect(present.evidence.get('rekognition:DeleteProject')).toMatchObject({ decision: 'implicitDeny' });
    const absent = await probe(deny, { actions, calibration: calibration('absent') });
    expect(absent.evidence.get('rekognition:DeleteProject')).toMatchObject({
      decision: 'inconclusive',
      reason: expect.stringContaining('eu-west-1 has no Custom Labels'),
    });
  });
});
