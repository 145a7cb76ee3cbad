import { describe, expect, it } from 'vitest';
import { outputs } from './fixtures.ts';

/** A template whose one output is an expression. */
const evaluate = (expression: string) =>
  outputs(`
Parameters: { Name: { Type: String, Default: visitors }, List: { Type: CommaDelimitedList, Default: 'a, b' } }
Mappings: { Sizes: { small: { Memory: 128 } } }
Conditions:
  Yes: !Equals [!Ref Name, visitors]
  No: !Not [!Condition Yes]
  Both: !And [!Condition Yes, !Condition No]
  Either: !Or [!Condition Yes, !Condition No]
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: jobs } }
Outputs: { Value: { Value: ${expression} } }
`).Value;

describe('intrinsic functions', () => {
  it.each([
    ['!Ref Name', 'visitors'],
    ['{ Ref: Name }', 'visitors'],
    ['!Ref AWS::Region', 'us-east-1'],
    ['!Ref List', ['a', 'b']],
    ['!Ref Queue', 'https://sqs.us-east-1.amazonaws.com/123456789012/jobs'],
    ['!GetAtt Queue.Arn', 'arn:aws:sqs:us-east-1:123456789012:jobs'],
    ["{ 'Fn::GetAtt': [Queue, QueueName] }", 'jobs'],
    [
      "!Sub '${AWS::Partition}/${Name}/${Queue.Arn}/${!literal}'",
      'aws/visitors/arn:aws:sqs:us-east-1:123456789012:jobs/${literal}',
    ],
    ["!Sub ['${a}-${Name}', { a: !Ref AWS::AccountId }]", '123456789012-visitors'],
    ["!Join ['-', [a, !Ref Name]]", 'a-visitors'],
    ['!Select [1, !Ref List]', 'b'],
    ["!Split ['|', 'a|b']", ['a', 'b']],
    ['!FindInMap [Sizes, small, Memory]', 128],
    ['!If [Yes, 1, 2]', 1],
    ['!If [Both, 1, 2]', 2],
    ['!If [Either, 1, 2]', 1],
    ['[a, !If [No, b, !Ref AWS::NoValue]]', ['a']],
    ['{ a: 1, b: !If [No, b, !Ref AWS::NoValue] }', { a: 1 }],
    ['!Base64 abc', 'YWJj'],
    ['012345678901', '012345678901'],
  ])('works out %s', (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  it.each([
    ['!Ref Nobody', 'Outputs.Value.Value: there is no parameter or resource Nobody'],
    ['!ImportValue x', 'Fn::ImportValue is not supported here'],
    ['!Unheard of', '!Unheard is not an intrinsic function'],
    ['!GetAtt Queue.Colour', 'GetAtt Colour of a AWS::SQS::Queue is not supported here'],
    ['!If [Maybe, 1, 2]', 'there is no condition Maybe'],
    ['!FindInMap [Sizes, large, Memory]', 'Mappings.Sizes has no large.Memory'],
  ])('refuses %s', (expression, message) => {
    expect(() => evaluate(expression)).toThrow(message);
  });
});
