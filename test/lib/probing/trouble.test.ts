import { describe, expect, it } from 'vitest';
import type { ProbeNonce } from '#lib/catalog/probe-names.ts';
import { ProbeAlarm, probePrincipal, randomNonce } from '#lib/probing/principal.ts';
import { all, authorized, decided, identity, pace, probe } from './harness.ts';
import { serve } from './rekognition-harness.ts';

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
