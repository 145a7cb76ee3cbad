import { describe, expect, test } from 'vitest';
import { members } from '#test/support/query-server.ts';
import { COLLECTION, fail, OTHER, request, results, simulate } from './simulate-harness.ts';

describe('a call that IAM refuses', () => {
  test('splits by the groups of actions that IAM cannot judge together', async () => {
    const message =
      'Invalid Input Actions: [rekognition:SearchFaces,rekognition:DeleteFaces] and [rekognition:BrandNew] require different authorization information.';
    const { evidence, asked } = await simulate(
      (call) =>
        call.actions.length > 1 && call.actions.includes('rekognition:BrandNew')
          ? fail('InvalidInput', message)
          : results(call, () => 'allowed'),
      [
        request('SearchFaces', COLLECTION),
        request('BrandNew', COLLECTION),
        request('DeleteFaces', COLLECTION),
      ],
    );
    expect(evidence.map(({ decision }) => decision)).toEqual(['allowed', 'allowed', 'allowed']);
    expect(asked.map((call) => members(call, 'ActionNames').length).sort()).toEqual([1, 2, 3]);
  });

  test('falls back to one action a call when the groups do not help', async () => {
    const { evidence, asked } = await simulate(
      (call) =>
        call.actions.length > 1
          ? fail('InvalidInput', 'Invalid Input Actions: they require different authorization information.')
          : results(call, () => 'allowed'),
      ['SearchFaces', 'DeleteFaces', 'IndexFaces'].map((action) => request(action, COLLECTION)),
    );
    expect(evidence.every(({ decision }) => decision === 'allowed')).toBe(true);
    expect(asked).toHaveLength(4);
  });

  test('leaves only the resource unanswered that IAM refuses', async () => {
    const bad = 'not-an-arn';
    const { evidence } = await simulate(
      (call) =>
        call.resources.includes(bad)
          ? fail('InvalidInput', `ResourceNames are not in a valid ARN format: ${bad}.`)
          : results(call, () => 'allowed'),
      [request('SearchFaces', COLLECTION), request('SearchFaces', bad), request('SearchFaces', OTHER)],
    );
    expect(evidence.map(({ decision }) => decision)).toEqual(['allowed', 'inconclusive', 'allowed']);
    expect(evidence[1]?.reason).toMatch(/InvalidInput.*not in a valid ARN format/);
  });

  test('finds the refused action by halves when the message names nothing', async () => {
    const actions = ['DetectFaces', 'DetectLabels', 'DetectText', 'CompareFaces', 'RecognizeCelebrities'];
    const { evidence } = await simulate(
      (call) =>
        call.actions.includes('rekognition:DetectText')
          ? fail('ValidationError', 'something is wrong')
          : results(call, () => 'allowed'),
      actions.map((action) => request(action)),
    );
    expect(evidence.map(({ decision }) => decision)).toEqual([
      'allowed',
      'allowed',
      'inconclusive',
      'allowed',
      'allowed',
    ]);
  });

  test('does not take a call apart when its parts would be refused as well', async () => {
    const { evidence, asked } = await simulate(
      () => fail('InvalidInput', 'Invalid ARN provided in the request: arn:aws:iam::123456789012:root'),
      ['DetectFaces', 'DetectLabels', 'DetectText'].map((action) => request(action)),
    );
    expect(asked).toHaveLength(1);
    expect(evidence.every(({ decision }) => decision === 'inconclusive')).toBe(true);
  });
});
