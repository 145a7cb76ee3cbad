import { describe, expect, it } from 'vitest';
import { outputs } from './fixtures.ts';

describe('parameters and rules', () => {
  const template = `
Parameters:
  Days: { Type: Number, MinValue: 1, MaxValue: 30, Default: 7 }
  Level: { Type: String, AllowedValues: [INFO, WARN], Default: INFO }
  Email: { Type: String, AllowedPattern: '[^@]+@[^@]+', ConstraintDescription: one address }
Rules:
  OneRegion:
    RuleCondition: !Equals [!Ref Level, WARN]
    Assertions:
      - Assert: !Contains [[eu-west-1], !Ref AWS::Region]
        AssertDescription: Deploy to eu-west-1.
Resources: {}
Outputs: { Days: { Value: !Ref Days } }
`;
  it('takes defaults and given values', () => {
    expect(outputs(template, { Email: 'a@b' })).toEqual({ Days: '7' });
    expect(outputs(template, { Email: 'a@b', Days: '30' })).toEqual({ Days: '30' });
  });

  it.each([
    [{}, 'Parameters.Email: needs a value'],
    [{ Email: 'nobody' }, '"nobody" does not match [^@]+@[^@]+ (one address)'],
    [{ Email: 'a@b', Days: '31' }, '"31" is more than 30'],
    [{ Email: 'a@b', Days: 'x' }, '"x" is not a number'],
    [{ Email: 'a@b', Level: 'DEBUG' }, '"DEBUG" is none of INFO, WARN'],
    [{ Email: 'a@b', Other: '1' }, 'Parameters.Other: the template has no such parameter'],
    [{ Email: 'a@b', Level: 'WARN' }, 'Rules.OneRegion: Deploy to eu-west-1.'],
  ])('refuses %j', (parameters, message) => {
    expect(() => outputs(template, parameters)).toThrow(message);
  });
});
