import { describe, expect, it } from 'vitest';
import { globalConditionKeys, isPrincipalKey, keyFacts } from '../src/condition-keys.ts';

describe('keyFacts', () => {
  it('knows a key in any case, and a tag by its prefix', () => {
    expect(keyFacts('AWS:SOURCEIP')).toMatchObject({ type: 'ip', multivalued: false });
    expect(keyFacts('aws:requesttag/Team')).toMatchObject({
      type: 'text',
      setBy: 'caller',
      mayBeEmpty: true,
    });
    expect(keyFacts('aws:TagKeys').multivalued).toBe(true);
  });

  it('says that nothing is known of other keys', () => {
    expect(keyFacts('my:key')).toMatchObject({ type: 'unknown', multivalued: undefined });
    expect(keyFacts('aws:PrincipalTag').type).toBe('unknown');
  });

  it('names every key once', () => {
    const lower = globalConditionKeys.map((key) => key.toLowerCase());
    expect(new Set(lower).size).toBe(lower.length);
  });

  it('counts what says who asks as the principal’s', () => {
    for (const key of ['aws:PrincipalTag/team', 'aws:userid']) {
      expect(isPrincipalKey(key)).toBe(true);
      expect(keyFacts(key).setBy).toBe('principal');
    }
  });
});
