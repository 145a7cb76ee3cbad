import type { RequestContext } from '@permission-check/iam-policy';
import { describe, expect, test } from 'vitest';
import { InputError } from '#lib/errors.ts';
import { members } from '#test/support/query-server.ts';
import { request, results, simulate } from './simulate-harness.ts';

describe('the context of a simulation', () => {
  test('gives every context key its type', async () => {
    const context: RequestContext = {
      'aws:SecureTransport': 'true',
      'AWS:MultiFactorAuthAge': '60',
      'aws:CurrentTime': '2026-11-24T00:00:00Z',
      'aws:EpochTime': '1795478400',
      'aws:SourceIp': '192.0.2.1',
      'aws:TagKeys': 'team',
      'aws:PrincipalTag/team': 'vision',
      'custom:list': ['a', 'b'],
      'aws:CalledVia': [],
    };
    const { asked } = await simulate(
      (call) => results(call, () => 'allowed'),
      [request('DetectFaces', '*', context)],
    );
    const parameters = asked[0] ?? new URLSearchParams();
    const entries: string[][] = [];
    for (let index = 1; parameters.has(`ContextEntries.member.${index}.ContextKeyName`); index++) {
      const prefix = `ContextEntries.member.${index}`;
      entries.push([
        String(parameters.get(`${prefix}.ContextKeyName`)),
        String(parameters.get(`${prefix}.ContextKeyType`)),
        ...members(parameters, `${prefix}.ContextKeyValues`),
      ]);
    }
    expect(entries).toEqual([
      ['aws:SecureTransport', 'boolean', 'true'],
      ['AWS:MultiFactorAuthAge', 'numeric', '60'],
      ['aws:CurrentTime', 'date', '2026-11-24T00:00:00Z'],
      ['aws:EpochTime', 'numeric', '1795478400'],
      ['aws:SourceIp', 'ip', '192.0.2.1'],
      ['aws:TagKeys', 'stringList', 'team'],
      ['aws:PrincipalTag/team', 'string', 'vision'],
      ['custom:list', 'stringList', 'a', 'b'],
    ]);
  });

  test('refuses a context key given twice', async () => {
    const context = { 'aws:SourceIp': '192.0.2.1', 'AWS:sourceip': '192.0.2.2' };
    const simulating = simulate(
      (call) => results(call, () => 'allowed'),
      [request('DetectFaces', '*', context)],
    );
    await expect(simulating).rejects.toThrow(InputError);
  });

  test('answers are kept apart by context', async () => {
    const requests = ['true', 'false'].map((value) =>
      request('DetectFaces', '*', { 'aws:MultiFactorAuthPresent': value }),
    );
    const { evidence } = await simulate(
      (call) =>
        results(call, () =>
          call.parameters.get('ContextEntries.member.1.ContextKeyValues.member.1') === 'true'
            ? 'allowed'
            : 'implicitDeny',
        ),
      requests,
    );
    expect(evidence.map(({ decision }) => decision)).toEqual(['allowed', 'implicitDeny']);
  });
});
