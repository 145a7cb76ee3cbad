import { PolicyCompiler, type RequestContext } from '@permission-check/iam-policy';
import { describe, expect, it } from 'vitest';
import { ToldApart } from '#lib/plan/told-apart.ts';

const compiler = new PolicyCompiler([]);

function toldApartBy(...statements: object[]): ToldApart {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const set = compiler.compileSet({ identity: [], resource: { name: 'p', type: 'resource', text } });
  return new ToldApart(set.layers.flatMap((layer) => layer.statements.map(({ compiled }) => compiled)));
}

const deny = (Condition: object, Resource = '*') => ({
  Effect: 'Deny',
  Principal: '*',
  Action: '*',
  Resource,
  Condition,
});
const arn = (name: string): RequestContext => ({ 'aws:PrincipalArn': `arn:aws:iam::111122223333:${name}` });

describe('statements', () => {
  it.each<[string, object, RequestContext, RequestContext, boolean]>([
    [
      'tell nobody apart of whom a test holds',
      deny({ ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/break-glass' } }),
      arn('role/a'),
      arn('user/b'),
      false,
    ],
    [
      'tell those apart of whom it does not',
      deny({ ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/break-glass' } }),
      arn('role/a'),
      arn('role/break-glass'),
      true,
    ],
    [
      'tell who lacks a key from who has it',
      deny({ StringEquals: { 'aws:PrincipalTag/team': 'vision' } }),
      {},
      { 'aws:PrincipalTag/team': 'vision' },
      true,
    ],
    [
      'tell values apart that a resource is named after',
      deny({}, `arn:aws:s3:::\u0024{aws:PrincipalTag/team}/*`),
      { 'aws:PrincipalTag/team': 'a' },
      { 'aws:PrincipalTag/team': 'b' },
      true,
    ],
    [
      'tell values apart that a value is named after',
      deny({ StringLike: { 's3:prefix': `\u0024{aws:PrincipalArn}/*` } }),
      arn('role/a'),
      arn('role/b'),
      true,
    ],
    [
      'tell values apart that are held against others',
      deny({ StringEquals: { 'aws:PrincipalTag/team': `\u0024{aws:RequestTag/team}` } }),
      { 'aws:PrincipalTag/team': 'a' },
      { 'aws:PrincipalTag/team': 'b' },
      true,
    ],
    [
      'tell those apart whom a Principal element names',
      { ...deny({}), Principal: { AWS: '111122223333' } },
      arn('role/a'),
      arn('role/b'),
      true,
    ],
    ['tell nobody apart by what they do not read', deny({}), arn('role/a'), arn('role/b'), false],
  ])('%s', (_, statement, one, other, apart) => {
    const told = toldApartBy(statement);
    expect(told.factsOf(one) !== told.factsOf(other)).toBe(apart);
  });
});
