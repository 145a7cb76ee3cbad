import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policySet } from '../../fuzz/case.ts';
import { fuzzCase } from '../../fuzz/generate.ts';
import { fuzzNone } from '../../fuzz/none.ts';
import { companionCase } from '../../fuzz/none-companions.ts';
import { listCase } from '../../fuzz/none-lists.ts';
import { sessionCase } from '../../fuzz/none-sessions.ts';
import { evaluate } from '../../reference/evaluate.ts';
import { PolicyCompiler } from '../../src/compile.ts';
import { decide } from '../../src/evaluate.ts';
import type { Decision, PolicySet } from '../../src/types.ts';

const wordsOf = ({ decision, blockedBy, matched }: Decision) => ({
  decision,
  blockedBy,
  matched: matched.map(({ layer, policy, statement }) => `${layer} ${policy.name} ${statement.index}`),
});

describe('the engine decides as the reference evaluator', () => {
  it('random cases of every layer and operator', () => {
    for (const asked of fc.sample(fuzzCase, { numRuns: 300, seed: 11 })) {
      const set = policySet(asked);
      const decided = decide(new PolicyCompiler([]).compileSet(set), asked.request);
      expect(wordsOf(decided), JSON.stringify(asked)).toEqual(wordsOf(evaluate(set, asked.request)));
    }
  });

  it('text that is no ARN, against a variable that has no value', () => {
    const Statement = [
      { Effect: 'Allow', Action: '*', Resource: '*', Condition: { ArnNotLike: { 'my:a': '${my:none}' } } },
    ];
    const text = JSON.stringify({ Version: '2012-10-17', Statement });
    const set: PolicySet = { identity: [{ name: 'one', type: 'inline', text }] };
    const answers = ['arn:aws:s3:::a', 'a'].map((value) => {
      const request = { action: 's3:GetObject', resource: '*', context: { 'my:a': value } };
      const decided = decide(new PolicyCompiler([]).compileSet(set), request);
      expect(wordsOf(decided)).toEqual(wordsOf(evaluate(set, request)));
      return decided.decision;
    });
    expect(answers).toEqual(['allowed', 'implicitDeny']);
  });

  it.each([
    ['Allow', 'ForAnyValue:ArnLike', 'allowed'],
    ['Allow', 'ForAllValues:ArnLike', 'implicitDeny'],
    ['Deny', 'ForAnyValue:ArnLike', 'explicitDeny'],
    ['Deny', 'ForAllValues:ArnLike', 'allowed'],
  ])(
    '%s, %s: of several values no one comes first, also beside what is no ARN',
    (Effect, operator, answer) => {
      const values = Effect === 'Deny' && operator.startsWith('ForAll') ? ['arn:aws:s3:::b', 'x'] : both;
      for (const asked of [values, values.toReversed()]) {
        const Condition = { [operator]: { 'my:a': ['arn:aws:s3:::a*', 'arn::::'] } };
        const allow = { Effect: 'Allow', Action: '*', Resource: '*' };
        const Statement = [...(Effect === 'Deny' ? [allow] : []), { ...allow, Effect, Condition }];
        const text = JSON.stringify({ Version: '2012-10-17', Statement });
        const set: PolicySet = { identity: [{ name: 'one', type: 'inline', text }] };
        const request = { action: 's3:GetObject', resource: '*', context: { 'my:a': asked } };
        const decided = decide(new PolicyCompiler([]).compileSet(set), request);
        expect(wordsOf(decided)).toEqual(wordsOf(evaluate(set, request)));
        expect(decided.decision).toBe(answer);
      }
    },
  );
});

const both = ['arn:aws:s3:::b', 'arn:aws:s3:::a1'];

describe('brute force over odd values', () => {
  it('refutes no none of the search', () => {
    const { refuted, none, found } = fuzzNone(300, 5);
    expect(refuted).toEqual([]);
    expect(none).toBeGreaterThan(100);
    expect(found).toBeGreaterThan(100);
  });

  it.each([
    ['keys of which one says what the other is', companionCase],
    ['lists and what they stand for', listCase],
    ['what a session has, and what every request meets', sessionCase],
  ])('refutes none about %s', (_, random) => {
    const { refuted, none, found } = fuzzNone(300, 2, undefined, random);
    expect(refuted).toEqual([]);
    expect(none).toBeGreaterThan(30);
    expect(found).toBeGreaterThan(100);
  });
});
