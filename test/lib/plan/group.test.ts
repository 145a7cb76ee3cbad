import type { Request } from '@permission-check/iam-policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contextKey, groupCalls } from '#lib/plan/group.ts';

const request = (action: string, resource: string, context: Request['context'] = {}): Request => ({
  action: `rekognition:${action}`,
  resource,
  context,
});

describe('groupCalls', () => {
  it('asks everything on * in one call and everything on ARNs in another', () => {
    const calls = groupCalls([
      request('DetectFaces', '*'),
      request('DetectText', '*'),
      request('DeleteFaces', 'arn:1'),
      request('DeleteProject', 'arn:2'),
    ]);
    expect(calls).toEqual([
      { context: {}, actions: ['rekognition:DetectFaces', 'rekognition:DetectText'], resources: [] },
      {
        context: {},
        actions: ['rekognition:DeleteFaces', 'rekognition:DeleteProject'],
        resources: ['arn:1', 'arn:2'],
      },
    ]);
  });

  it('takes contexts for the same whatever the order and case of their keys', () => {
    const calls = groupCalls([
      request('DetectFaces', '*', { 'aws:SourceIp': '192.0.2.1', 'aws:username': 'alice' }),
      request('DetectText', '*', { 'aws:UserName': 'alice', 'AWS:sourceip': '192.0.2.1' }),
    ]);
    expect(calls).toHaveLength(1);
    expect(contextKey({ 'aws:username': 'alice' })).not.toBe(contextKey({ 'aws:username': 'Alice' }));
  });

  it('refuses wildcard actions', () => {
    expect(() => groupCalls([request('Detect*', '*')])).toThrow(/wildcard/);
  });

  it('answers every request, within the limits', () => {
    const requests = fc.array(
      fc.record({
        action: fc.nat({ max: 150 }).map((n) => `rekognition:A${n}`),
        resource: fc.oneof(
          fc.constant('*'),
          fc.nat({ max: 60 }).map((n) => `arn:${n}`),
        ),
        context: fc.constantFrom<Request['context']>({}, { 'aws:SourceIp': '192.0.2.1' }),
      }),
      { maxLength: 600, size: 'max' },
    );
    fc.assert(
      fc.property(requests, (asked) => {
        const calls = groupCalls(asked);
        for (const { actions, resources } of calls) {
          expect(actions.length).toBeLessThanOrEqual(100);
          expect(actions.length * Math.max(1, resources.length)).toBeLessThanOrEqual(1000);
          expect(new Set(actions).size).toBe(actions.length);
          expect(resources).not.toContain('*');
        }
        for (const { action, resource, context } of asked) {
          const answered = calls.some(
            (call) =>
              contextKey(call.context) === contextKey(context) &&
              call.actions.includes(action) &&
              (resource === '*' ? call.resources.length === 0 : call.resources.includes(resource)),
          );
          expect(answered).toBe(true);
        }
      }),
      { seed: 11, numRuns: 60 },
    );
  });
});
