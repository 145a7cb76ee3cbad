import { describe, expect, it } from 'vitest';
import { PROBES } from '#lib/catalog/probes.ts';
import { calibrate } from '#lib/probing/calibrate.ts';
import {
  isCalibrated,
  parseCalibration,
  serializeCalibration,
  standingOf,
} from '#lib/probing/calibration.ts';
import { ProbeAlarm } from '#lib/probing/principal.ts';
import { type Answer, denied, type SeenCall, serve } from './rekognition-harness.ts';

const identity = {
  accountId: '123456789012',
  partition: 'aws',
  region: 'eu-west-1',
  principalArn: 'arn:aws:iam::123456789012:role/canary',
};
const pace = { concurrency: 8, perSecond: 10_000, attempts: 1, pause: 0 } as const;
const now = () => new Date('2026-11-01T00:00:00.000Z');

const probeOf = (operation: string) => PROBES.get(`rekognition:${operation}`);
const refused = ({ operation }: SeenCall): Answer =>
  denied(operation, 'with an explicit deny in a session policy');
const authorized = ({ operation }: SeenCall): Answer => {
  const probe = probeOf(operation);
  if (probe?.class === 'safe-by-read') return { status: 200 };
  const code = probe?.proves[0] ?? 'ValidationException';
  return { status: 400, code, message: 'as expected' };
};

type Endpoint = (call: SeenCall) => Answer;

const run = async (asDenied: Endpoint, asAllowed: Endpoint) => {
  await using one = await serve(asDenied);
  await using two = await serve(asAllowed);
  return await calibrate({ denyAll: one.clients, allowAll: two.clients, identity, pace, now });
};

describe('a Region where all is as documented', () => {
  it('calibrates 68 probes; the four that tell only denials stay what they are; it is kept as JSON', async () => {
    const result = await run(refused, authorized);
    const proven = [...PROBES.keys()].filter((action) => isCalibrated(result, action));
    expect(proven.length).toBe(68);
    expect(result).toMatchObject({
      customLabels: 'present',
      region: 'eu-west-1',
      at: '2026-11-01T00:00:00.000Z',
    });
    expect(result.probes.length).toBe(76);
    expect(result.probes.find(({ action }) => action === 'rekognition:CreateCollection')).toEqual({
      action: 'rekognition:CreateCollection',
      denied: { code: 'AccessDeniedException', verdict: 'denied' },
      allowed: { code: 'ValidationException', verdict: 'undetermined', reason: expect.any(String) },
    });
    expect(result.probes.find(({ action }) => action === 'rekognition:GetPersonTracking')?.denied).toEqual({
      verdict: 'undetermined',
      reason: 'not probed',
    });
    expect(parseCalibration(serializeCalibration(result))).toEqual(result);
  });
});

describe('a probe that a denied caller is answered too', () => {
  it('is taken for worthless', async () => {
    const result = await run(
      (call) => (call.operation === 'DescribeDataset' ? authorized(call) : refused(call)),
      authorized,
    );
    expect(standingOf(result, 'eu-west-1', 'rekognition:DescribeDataset')).toEqual({
      orderProven: false,
      refuted: ['ResourceNotFoundException'],
    });
    expect(standingOf(result, 'eu-west-1', 'rekognition:DeleteDataset')).toEqual({
      orderProven: true,
      refuted: [],
    });
    expect(standingOf(result, 'us-east-1', 'rekognition:DescribeDataset').refuted).toEqual([]);
  });
});

describe('Custom Labels', () => {
  const isCustom = (operation: string) => probeOf(operation)?.feature === 'custom-labels';

  it('is absent where even rekognition:* is denied it, and nothing else', async () => {
    const result = await run(refused, (call) =>
      isCustom(call.operation) ? denied(call.operation) : authorized(call),
    );
    expect(result.customLabels).toBe('absent');
  });

  it.each([
    ['an SCP denies it', 'with an explicit deny in a service control policy'],
    ['no boundary allows it', 'because no permissions boundary allows it'],
  ])('is not taken for absent where %s', async (_, clause) => {
    const result = await run(refused, (call) =>
      isCustom(call.operation) ? denied(call.operation, clause) : authorized(call),
    );
    expect(result.customLabels).toBe('unknown');
  });

  it('is not taken for absent where the role is denied everything', async () => {
    expect((await run(refused, ({ operation }) => denied(operation))).customLabels).toBe('unknown');
  });
});

describe('what ends a calibration', () => {
  it('is a call that succeeds although it was meant to fail', async () => {
    await expect(
      run(refused, (call) => (call.operation === 'DeleteFaces' ? { status: 200 } : authorized(call))),
    ).rejects.toThrow(ProbeAlarm);
  });

  it('is a refusal of the credentials: half a calibration would mislead', async () => {
    await expect(
      run(() => ({ status: 400, code: 'ExpiredTokenException', message: 'expired' }), authorized),
    ).rejects.toThrow(/eu-west-1 was not calibrated .*ExpiredTokenException/);
  });
});

describe('a calibration from elsewhere', () => {
  it.each([
    ['no JSON', '{', /not JSON/],
    ['another version', '{"version": 2}', /not valid at version/],
    [
      'a verdict that does not exist',
      '{"version":1,"accountId":"1","region":"r","roleArn":"a","at":"2026-11-01T00:00:00Z","customLabels":"present","probes":[{"action":"a","denied":{"verdict":"sure"},"allowed":{"verdict":"allowed"}}]}',
      /probes\.0\.denied\.verdict/,
    ],
  ])('is refused: %s', (_, text, message) => {
    expect(() => parseCalibration(text)).toThrow(message);
  });
});
