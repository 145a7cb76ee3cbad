import { describe, expect, it } from 'vitest';
import type { ProbeNonce } from '#lib/catalog/probe-names.ts';
import { PROBES } from '#lib/catalog/probes.ts';
import type { Calibration } from '#lib/observe/calibration.ts';
import { ProbeAlarm, type ProbeOptions, probePrincipal, randomNonce } from '#lib/observe/probe.ts';
import type { ProbePace } from '#lib/observe/probe-run.ts';
import type { ProbedEvidence } from '#lib/observe/types.ts';
import { type Answer, denied, type SeenCall, serve } from '#test/lib/observe/rekognition-harness.ts';

const pace: ProbePace = { concurrency: 8, perSecond: 10_000, attempts: 2, pause: 1 };
const identity = {
  accountId: '123456789012',
  partition: 'aws',
  region: 'eu-west-1',
  principalArn: 'arn:aws:iam::123456789012:role/analyst',
};
const all = [...PROBES.keys()];

const decided = (evidence: ReadonlyMap<string, ProbedEvidence>, decision: ProbedEvidence['decision']) =>
  [...evidence.values()].filter((entry) => entry.decision === decision);

const isRead = (operation: string) => PROBES.get(`rekognition:${operation}`)?.class === 'safe-by-read';

/** What an authorized caller is told: the first code that proves it, or a validation error. */
const authorized = ({ operation }: SeenCall): Answer => {
  if (isRead(operation)) return { status: 200 };
  const code = PROBES.get(`rekognition:${operation}`)?.proves[0];
  return code
    ? { status: 400, code, message: 'as expected' }
    : { status: 400, code: 'ValidationException', message: '1 validation error detected: …' };
};

const probe = async (
  answer: (call: SeenCall) => Answer | Promise<Answer>,
  options: Partial<ProbeOptions> = {},
) => {
  await using harness = await serve(answer);
  const evidence = await probePrincipal({
    clients: harness.clients,
    identity,
    actions: all,
    pace,
    ...options,
  });
  return { evidence, calls: harness.calls };
};

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
    expect(seen).not.toHaveProperty('blockedBy');
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

describe('a call that was meant to fail and succeeds', () => {
  it('stops everything and raises the alarm, with what was seen', async () => {
    await using harness = await serve(async (call) => {
      if (call.operation === 'DeleteFaces') return { status: 200 };
      return authorized(call);
    });
    const running = probePrincipal({
      clients: harness.clients,
      identity,
      actions: all,
      pace: { ...pace, concurrency: 1 },
    });
    const alarm = await running.then(
      () => expect.unreachable('there must be an alarm'),
      (error: unknown) => error,
    );
    if (!(alarm instanceof ProbeAlarm)) throw alarm;
    expect(alarm.message).toMatch(
      /DeleteFaces on arn:aws:rekognition:.*permission-check-none-.*\(request request-\d+\)/,
    );
    expect(alarm.calls).toEqual([
      expect.objectContaining({ action: 'rekognition:DeleteFaces', requestId: expect.any(String) }),
    ]);
    expect(harness.calls.at(-1)?.operation).toBe('DeleteFaces');
    expect(alarm.evidence.size).toBe(76);
    expect(alarm.evidence.get('rekognition:DeleteProject')).toMatchObject({
      decision: 'inconclusive',
      reason: 'rekognition:DeleteFaces succeeded, although it was meant to fail',
    });
  });
});

describe('credentials that are refused', () => {
  it('end the run at once: nothing is recorded as denied, and what was answered stays', async () => {
    let asked = 0;
    const { evidence, calls } = await probe(
      (call) => {
        asked += 1;
        return asked <= 10
          ? authorized(call)
          : { status: 400, code: 'ExpiredTokenException', message: 'expired' };
      },
      { pace: { ...pace, concurrency: 1 } },
    );
    expect(calls.length).toBe(11);
    expect(decided(evidence, 'allowed').length).toBe(10);
    expect(decided(evidence, 'implicitDeny')).toEqual([]);
    expect(evidence.size).toBe(76);
    expect(evidence.get('rekognition:DeleteCollection')?.reason).toContain('the credentials were refused');
  });
});

describe('a service in trouble', () => {
  it('is asked once more, and no more than that', async () => {
    const tries = new Map<string, number>();
    const { evidence, calls } = await probe(
      (call) => {
        const nth = (tries.get(call.operation) ?? 0) + 1;
        tries.set(call.operation, nth);
        if (call.operation === 'DetectFaces' && nth === 1)
          return { status: 400, code: 'ThrottlingException' };
        if (call.operation === 'DetectText') return { status: 500, code: 'InternalServerError' };
        if (call.operation === 'DetectLabels') return 'disconnect';
        if (call.operation === 'CompareFaces') return { status: 502, body: '<html>Bad Gateway</html>' };
        return authorized(call);
      },
      {
        actions: ['DetectFaces', 'DetectText', 'DetectLabels', 'CompareFaces'].map(
          (name) => `rekognition:${name}`,
        ),
      },
    );
    expect(evidence.get('rekognition:DetectFaces')).toMatchObject({ decision: 'allowed' });
    for (const name of ['DetectText', 'DetectLabels', 'CompareFaces']) {
      expect(evidence.get(`rekognition:${name}`), name).toMatchObject({ decision: 'inconclusive' });
    }
    expect(calls.length).toBe(8);
  });

  it('is not asked again when one attempt is allowed', async () => {
    const { calls } = await probe(() => ({ status: 500, code: 'InternalServerError' }), {
      actions: ['rekognition:DetectFaces'],
      pace: { ...pace, attempts: 1 },
    });
    expect(calls.length).toBe(1);
  });

  it('never has more calls under way than the pace allows', async () => {
    let under = 0;
    let most = 0;
    await probe(
      async (call) => {
        under += 1;
        most = Math.max(most, under);
        await new Promise((resolve) => setTimeout(resolve, 2));
        under -= 1;
        return authorized(call);
      },
      { pace: { ...pace, concurrency: 3 } },
    );
    expect(most).toBe(3);
  });
});

describe('stopping', () => {
  it('leaves what was not asked inconclusive', async () => {
    const stop = new AbortController();
    let asked = 0;
    const { evidence } = await probe(
      (call) => {
        asked += 1;
        if (asked === 5) stop.abort();
        return authorized(call);
      },
      { signal: stop.signal, pace: { ...pace, concurrency: 1 } },
    );
    expect(evidence.size).toBe(76);
    expect(evidence.get('rekognition:DeleteUser')).toMatchObject({
      decision: 'inconclusive',
      reason: 'stopped before it was answered',
    });
  });
});

describe('refusals', () => {
  it('knows no action that Rekognition does not have', async () => {
    await expect(probe(authorized, { actions: ['rekognition:DeleteEverything'] })).rejects.toThrow(
      /no action/,
    );
  });

  it('asks nothing under names that are not random', async () => {
    const constant = (): ProbeNonce => ({ ...randomNonce(), nonce: '0'.repeat(32) });
    await using harness = await serve(authorized);
    await expect(
      probePrincipal({ clients: harness.clients, identity, actions: all, nonce: constant }),
    ).rejects.toThrow(/is not random/);
    expect(harness.calls).toEqual([]);
  });
});
