import { describe, expect, test } from 'vitest';
import { allow, arn, asked, baseline, compared, expecting, mfaForWrites, policy, user } from './fixtures.ts';

const withoutMfa = { ...baseline, 'aws:MultiFactorAuthPresent': 'false' };

describe('unguarded', () => {
  const train = policy('train', [allow('rekognition:StartProjectVersion')]);
  const guarded = expecting('train', [{ ...train, type: 'set' }], [mfaForWrites]);
  const request = { action: 'rekognition:StartProjectVersion', resource: arn('project/p/version/v/1') };

  test('allowed without the condition that a guard demands', () => {
    const findings = compared({
      principal: user('bob', [train]),
      expectation: guarded,
      observations: asked([{ ...request, context: withoutMfa }]),
    });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      kind: 'unguarded',
      severity: 'high',
      when: 'without MFA',
      subject: 'user/bob',
    });
    expect(findings[0]?.remedies).toEqual([
      'Add the condition of guard "mfa" to statement 1 (line 4) of inline policy "train".',
    ]);
  });

  test('no finding where the policy itself demands the condition', () => {
    const safe = policy('train', [
      allow('rekognition:StartProjectVersion', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
    ]);
    const observations = asked([{ ...request, context: withoutMfa }]);
    expect(compared({ principal: user('bob', [safe]), expectation: guarded, observations })).toEqual([]);
  });

  test('what the expected sets do not allow at all is excess, guard or not', () => {
    const findings = compared({
      principal: user('bob', [policy('delete', [allow('rekognition:DeleteCollection')])]),
      expectation: expecting('nothing', [], [mfaForWrites]),
      observations: asked([
        { action: 'rekognition:DeleteCollection', resource: arn('collection/c'), context: withoutMfa },
      ]),
    });
    expect(findings.map(({ kind }) => kind)).toEqual(['excess']);
  });
});
