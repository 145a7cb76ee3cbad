import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluatedStatements } from '../fuzz/case.ts';
import { fuzzCase } from '../fuzz/generate.ts';
import { textBetween } from '../fuzz/text.ts';
import { PolicyCompiler, PolicyError, parsePolicy } from '../index.ts';

const statement = (rest: string): string => `{"Version": "2012-10-17", "Statement": [{${rest}}]}`;
const valid = '"Effect": "Allow", "Action": "s3:*", "Resource": "*"';

function errorOf(text: string): PolicyError {
  try {
    parsePolicy(text);
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
  throw new Error('it parsed');
}

describe('parsePolicy', () => {
  it('reads single values where lists are usual', () => {
    const text = `{"Statement": {${valid}, "Condition": {"bool": {"aws:SecureTransport": true, "aws:x": [1, "a"]}}}}`;
    expect(parsePolicy(text)).toEqual({
      version: '2008-10-17',
      statements: [
        {
          index: 1,
          effect: 'Allow',
          actions: ['s3:*'],
          notAction: false,
          resources: ['*'],
          notResource: false,
          conditions: [
            { operator: 'Bool', ifExists: false, key: 'aws:SecureTransport', values: ['true'] },
            { operator: 'Bool', ifExists: false, key: 'aws:x', values: ['1', 'a'] },
          ],
          start: { line: 1, column: 15 },
          end: { line: 1, column: text.length },
        },
      ],
    });
  });

  it('takes numbers as they are written', () => {
    const text = statement(
      `${valid}, "Condition": {"StringEquals": {"aws:x": [9007199254740993, 0.10, 1E3]}}`,
    );
    const values = parsePolicy(text).statements[0]?.conditions[0]?.values;
    expect(values).toEqual(['9007199254740993', '0.10', '1E3']);
  });

  it('takes operators apart in any case', () => {
    const block = (operator: string) =>
      statement(`${valid}, "Condition": {"${operator}": {"aws:TagKeys": "x"}}`);
    const [parsed] = parsePolicy(block('forAnyValue:stringlikeIFEXISTS')).statements;
    expect(parsed?.conditions).toEqual([
      {
        operator: 'StringLike',
        quantifier: 'ForAnyValue',
        ifExists: true,
        key: 'aws:TagKeys',
        values: ['x'],
      },
    ]);
  });

  it.each([
    ['', 'the policy has no text'],
    ['[]', 'the policy must be an object, not an array'],
    ['{"Version": "2012-10-17"}', 'the policy has no Statement'],
    ['{"Version": "2012-10-18", "Statement": []}', 'Version must be'],
    ['{"Statement": [], "Comment": "x"}', 'unknown policy element "Comment"'],
    ['{"Statement": [], "Statement": []}', '"Statement" appears twice in the policy'],
    ['{"Statement": [],}', 'not valid JSON'],
    ['{"Statement": [] /* none */}', 'not valid JSON'],
    ['{"Statement": ["Allow"]}', 'statement 1 must be an object, not a string'],
    [statement(valid.replace('"Effect": "Allow", ', '')), 'statement 1 has no Effect'],
    [statement(valid.replace('Allow', 'allow')), 'Effect must be "Allow" or "Deny", not "allow"'],
    [statement('"Effect": "Deny", "Resource": "*"'), 'statement 1 has neither Action nor NotAction'],
    [statement(`${valid}, "NotAction": "s3:*"`), 'statement 1 has both Action and NotAction'],
    [statement(`${valid}, "NotResource": "*"`), 'statement 1 has both Resource and NotResource'],
    [statement(`${valid}, "action": "s3:*"`), 'unknown element "action" in statement 1'],
    [statement(`${valid}, "Sid": 1`), 'Sid must be a string, not a number'],
    [statement(valid.replace('s3:*', 's3')), 'Action "s3" must be "*" or "service:action"'],
    [statement(valid.replace('s3:*', 's*:Get')), 'Action "s*:Get" must name one service'],
    [statement(valid.replace('s3:*', 's3:Get Object')), 'has characters that no action has'],
    [statement(valid.replace('"s3:*"', '[]')), 'Action is an empty list'],
    [statement(valid.replace('"s3:*"', '{"s3": "*"}')), 'Action must be a string, not an object'],
    [statement(valid.replace('"*"', '"collection/x"')), 'Resource "collection/x" must be "*" or an ARN'],
    [statement(`${valid}, "Principal": "123456789012"`), 'a principal written as a string can only be "*"'],
    [statement(`${valid}, "Principal": {"User": "ann"}`), 'unknown principal type "User"'],
    [statement(`${valid}, "Condition": []`), 'Condition must be an object, not an array'],
    [
      statement(`${valid}, "Condition": {"StringIs": {"aws:x": "y"}}`),
      'unknown condition operator "StringIs"',
    ],
    [statement(`${valid}, "Condition": {"NullIfExists": {"aws:x": true}}`), 'unknown condition operator'],
    [statement(`${valid}, "Condition": {"ForSome:Bool": {"aws:x": true}}`), 'unknown condition operator'],
    [statement(`${valid}, "Condition": {"Bool": {"SecureTransport": true}}`), 'must be prefixed'],
    [
      statement(`${valid}, "Condition": {"Bool": {"aws:x": null}}`),
      'must be text, a number or a boolean, not null',
    ],
    [`{"Statement": [{"Sid": "a", ${valid}}, {"Sid": "a", ${valid}}]}`, 'the Sid "a" is used twice'],
  ])('rejects %s', (text, problem) => {
    expect(errorOf(text).problem).toContain(problem);
  });

  it('says where', () => {
    const text = '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {"Effect": "Maybe"}\n  ]\n}';
    const missingAction = errorOf(text);
    expect(missingAction).toMatchObject({ line: 4, column: 5 });
    expect(missingAction.message).toBe('line 4, column 5: statement 1 has neither Action nor NotAction');
    expect(missingAction.of('p"\u001b').message).toMatch(/^policy "p\\"\\u001b", line 4, column 5: /);
    expect(errorOf('{\r\n\t"Statement": [,]}')).toMatchObject({ line: 2, column: 16 });
  });
});

describe('compiling for a layer', () => {
  const compiler = new PolicyCompiler([]);
  const principal = '"Principal": "*"';
  const bind = (type: 'identity' | 'resource', rest: string) => {
    const policy = { name: 'p', type: 'inline', text: statement(rest) } as const;
    return () =>
      compiler.compileSet(type === 'identity' ? { identity: [policy] } : { identity: [], resource: policy });
  };

  it('demands the elements of that kind of policy', () => {
    expect(bind('identity', '"Effect": "Allow", "Action": "*"')).toThrow(
      'policy "p", line 1, column 41: statement 1 has neither Resource nor NotResource',
    );
    expect(bind('identity', `${valid}, ${principal}`)).toThrow('statement 1 has a Principal');
    expect(bind('resource', valid)).toThrow('statement 1 has no Principal');
    expect(bind('resource', `${valid}, ${principal}`)).not.toThrow();
  });

  it('names the policy that does not parse', () => {
    expect(bind('identity', '"Effect": "Allow"')).toThrow(
      'policy "p", line 1, column 41: statement 1 has neither',
    );
  });
});

it('reports layer, policy and place of every statement that applies', () => {
  let applied = 0;
  fc.assert(
    fc.property(fuzzCase, fc.constantFrom(undefined, 1, 4, '\t'), fc.boolean(), (asked, indent, windows) => {
      for (const { raw, matched, layer } of evaluatedStatements(asked, indent, windows)) {
        const { policy, statement: found } = matched;
        expect(matched.layer).toBe(layer);
        expect(JSON.parse(textBetween(policy.text, found.start, found.end))).toEqual(raw);
        applied += 1;
      }
    }),
    { numRuns: 500, seed: 7 },
  );
  expect(applied).toBeGreaterThan(300);
});
