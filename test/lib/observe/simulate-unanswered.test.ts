import { describe, expect, test } from 'vitest';
import { AccessError, PrincipalGoneError } from '#lib/errors.ts';
import { groupCalls } from '#lib/plan/group.ts';
import { type QueryAnswer, startQueryServer } from '#test/support/query-server.ts';
import { COLLECTION, fail, OTHER, request, results, simulate } from './simulate-harness.ts';

describe('a request that IAM leaves unanswered', () => {
  const unanswered: [name: string, answer: QueryAnswer, reason: RegExp][] = [
    [
      'throttling',
      fail('Throttling', 'Rate exceeded'),
      /did not answer: Throttling: Rate exceeded \(2 attempts\)/,
    ],
    ['a failed evaluation', fail('PolicyEvaluation', 'failed', 500), /did not answer: PolicyEvaluation/],
    ['an internal failure', fail('InternalFailure', 'oops', 500), /did not answer: InternalFailure/],
  ];
  test.each(unanswered)('is inconclusive after %s, and answers the rest', async (_, answer, reason) => {
    const { evidence, asked } = await simulate(
      (call) => (call.resources.length > 0 ? answer : results(call, () => 'allowed')),
      [request('DetectFaces'), request('SearchFaces', COLLECTION)],
      { maxAttempts: 2 },
    );
    expect(evidence[0]?.decision).toBe('allowed');
    expect(evidence[1]?.decision).toBe('inconclusive');
    expect(evidence[1]?.reason).toMatch(reason);
    expect(asked).toHaveLength(3);
  });

  test('keeps the pages it has when the next one fails', async () => {
    const { evidence } = await simulate(
      ({ actions, parameters }) => {
        if (parameters.has('Marker')) return fail('ServiceUnavailable', 'later', 503);
        const answer = results({ actions: actions.slice(0, 1), resources: [] }, () => 'allowed');
        return 'error' in answer ? answer : { result: { ...answer.result, IsTruncated: true, Marker: '1' } };
      },
      [request('DetectFaces'), request('DetectLabels')],
    );
    expect(evidence.map(({ decision }) => decision)).toEqual(['allowed', 'inconclusive']);
  });

  test('is inconclusive when nobody answers at all', async () => {
    const idle = await startQueryServer(() => ({ result: {} }));
    const client = idle.client();
    await idle.stop();
    const { evidence } = await simulate(() => ({ result: {} }), [request('DetectFaces')], { client });
    expect(evidence[0]).toMatchObject({
      decision: 'inconclusive',
      reason: expect.stringMatching(/did not answer/),
    });
  });

  test('fails loudly when the caller may not simulate', async () => {
    const simulating = simulate(
      () => fail('AccessDenied', 'User x is not authorized', 403),
      [request('DetectFaces')],
    );
    await expect(simulating).rejects.toThrow(AccessError);
    await expect(simulating).rejects.toThrow(/not permitted to simulate .*analyst: AccessDenied/);
  });

  test('says that the principal is gone', async () => {
    await expect(
      simulate(() => fail('NoSuchEntity', 'Unable to retrieve', 404), [request('DetectFaces')]),
    ).rejects.toThrow(PrincipalGoneError);
  });

  test('an answer of one call stands where another call was refused', async () => {
    const requests = [request('SearchFaces', COLLECTION), request('SearchFaces', OTHER)];
    const [first] = requests;
    const { evidence } = await simulate(
      (call) =>
        call.resources.length > 1 ? fail('Throttling', 'Rate exceeded') : results(call, () => 'allowed'),
      requests,
      { calls: [...groupCalls(requests), ...groupCalls(first ? [first] : [])] },
    );
    expect(evidence.map(({ decision }) => decision)).toEqual(['allowed', 'inconclusive']);
  });

  test('what no call asks is inconclusive', async () => {
    const { evidence } = await simulate(() => ({ result: {} }), [request('DetectFaces')], { calls: [] });
    expect(evidence[0]).toMatchObject({
      decision: 'inconclusive',
      reason: expect.stringMatching(/^not asked/),
    });
  });

  test('stops when told to, and says what was not answered', async () => {
    const stopped = AbortSignal.abort();
    const { evidence, asked } = await simulate(
      (call) => results(call, () => 'allowed'),
      [request('DetectFaces')],
      {
        signal: stopped,
      },
    );
    expect(asked).toHaveLength(0);
    expect(evidence[0]).toMatchObject({ decision: 'inconclusive', reason: expect.stringMatching(/stopped/) });
  });
});
