import type { PolicySource } from '@permission-check/iam-policy';
import { PolicyCompiler } from '@permission-check/iam-policy';
import { describe, expect, test } from 'vitest';
import { actionTable } from '#lib/catalog/actions.ts';
import { evaluateRequests } from '#lib/observe/evaluate.ts';

const policy = (name: string, Effect: string, Action: string): PolicySource => ({
  name,
  type: 'inline',
  text: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Action, Resource: '*' }] }),
});

describe('evaluateRequests', () => {
  test('answers each request in order, with the statements and the layer', () => {
    const set = new PolicyCompiler(actionTable).compileSet({
      identity: [policy('all', 'Allow', 'rekognition:*'), policy('no', 'Deny', 'rekognition:Delete*')],
      boundary: policy('boundary', 'Allow', 'rekognition:D*'),
    });
    const ask = (action: string) => ({ action: `rekognition:${action}`, resource: '*', context: {} });
    const evidence = evaluateRequests(set, [ask('ListFaces'), ask('DetectFaces'), ask('DeleteFaces')]);
    expect(evidence.map(({ kind, decision, blockedBy }) => [kind, decision, blockedBy])).toEqual([
      ['evaluated', 'implicitDeny', 'boundary'],
      ['evaluated', 'allowed', undefined],
      ['evaluated', 'explicitDeny', 'identity'],
    ]);
    expect(evidence[2]?.matched?.[0]?.policy.name).toBe('no');
  });
});
