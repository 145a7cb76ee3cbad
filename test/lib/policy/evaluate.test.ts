import { describe, expect, it } from 'vitest';
import { decide, PolicyCompiler } from '#lib/policy/index.ts';
import type { PolicySet, PolicySource } from '#lib/policy/types.ts';

const compiler = new PolicyCompiler(['rekognition:DeleteCollection', 'rekognition:ListCollections']);

function source(name: string, statement: unknown, type: PolicySource['type'] = 'inline'): PolicySource {
  return { name, type, text: JSON.stringify({ Version: '2012-10-17', Statement: statement }, null, 2) };
}

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };

function ask(set: PolicySet, action = 'rekognition:DeleteCollection', context = {}) {
  const resource = 'arn:aws:rekognition:us-east-1:123456789012:collection/visitors';
  return decide(compiler.compileSet(set), { action, resource, context });
}

describe('decide', () => {
  it('denies implicitly without policies', () => {
    expect(ask({ identity: [] })).toEqual({ decision: 'implicitDeny', blockedBy: 'identity', matched: [] });
  });

  it('reports the statement that allows, with policy and place', () => {
    const policy = source('p', [everything]);
    const { decision, blockedBy, matched } = ask({ identity: [policy] });
    expect({ decision, blockedBy }).toEqual({ decision: 'allowed', blockedBy: undefined });
    expect(matched).toMatchObject([
      { policy, layer: 'identity', statement: { index: 1, start: { line: 4, column: 5 } } },
    ]);
  });
});
