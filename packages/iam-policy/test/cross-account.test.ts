import { describe, expect, it } from 'vitest';
import { evaluate } from '../reference/evaluate.ts';
import { PolicyCompiler } from '../src/compile.ts';
import { decide } from '../src/evaluate.ts';
import { accessOf } from '../src/solver/cases.ts';
import { Problem } from '../src/solver/problem.ts';
import type { PolicySet, PolicySource, Request } from '../src/types.ts';

const own = '111122223333';
const other = '999999999999';
const user = `arn:aws:iam::${own}:user/ann`;
const context = { 'aws:PrincipalArn': user, 'aws:PrincipalAccount': own, 'aws:PrincipalType': 'User' };
const action = 'rekognition:CopyProjectVersion';

const policy = (type: PolicySource['type'], ...Statement: unknown[]): PolicySource => ({
  name: type,
  type,
  text: JSON.stringify({ Version: '2012-10-17', Statement }),
});
const allow = { Effect: 'Allow', Action: '*', Resource: '*' };
const deny = { Effect: 'Deny', Action: '*', Resource: '*' };
const forPrincipal = (AWS: string, rest: object = allow) => ({ ...rest, Principal: { AWS } });
const identity = [policy('inline', allow)];
const everybody = policy('resource', { ...allow, Principal: '*' });

const request = (owner?: string): Request => ({
  action,
  resource: `arn:aws:rekognition:us-east-1:${owner ?? own}:project/a/version/b/1`,
  context,
  ...(owner !== undefined && { resourceAccount: owner }),
});

/** What evaluator and reference say, and whether the search finds a request that is allowed. */
function answers(set: PolicySet, asked: Request) {
  const compiled = new PolicyCompiler([action]).compileSet(set);
  const decided = decide(compiled, asked);
  const slow = evaluate(set, asked);
  expect([slow.decision, slow.blockedBy]).toEqual([decided.decision, decided.blockedBy]);
  const { resourceAccount } = asked;
  const space = { resource: asked.resource, known: context, ...(resourceAccount && { resourceAccount }) };
  expect(accessOf(compiled, action, space)).toBe(decided.decision === 'allowed' ? 'full' : 'none');
  return decided.blockedBy ?? decided.decision;
}

describe('a resource of another account', () => {
  const rows: readonly [name: string, set: PolicySet, own: string, across: string][] = [
    ['the identity side alone', { identity }, 'allowed', 'resource'],
    ['the resource side alone', { identity: [], resource: everybody }, 'allowed', 'identity'],
    ['both sides, for everybody', { identity, resource: everybody }, 'allowed', 'allowed'],
    [
      'both sides, for the account',
      { identity, resource: policy('resource', forPrincipal(own)) },
      'allowed',
      'allowed',
    ],
    [
      'a resource policy for somebody else',
      { identity, resource: policy('resource', forPrincipal(other)) },
      'allowed',
      'resource',
    ],
    [
      'a boundary that lacks it, under a grant to the user',
      {
        identity,
        boundary: policy('customer-managed', { ...allow, Action: 's3:*' }),
        resource: policy('resource', forPrincipal(user)),
      },
      'allowed',
      'boundary',
    ],
    [
      'an SCP that lacks it',
      { identity, scps: [[policy('scp', { ...allow, Action: 's3:*' })]], resource: everybody },
      'scp',
      'scp',
    ],
    [
      'an RCP of the own account that denies it',
      { identity, rcps: [[policy('rcp', { ...deny, Principal: '*' })]], resource: everybody },
      'rcp',
      'allowed',
    ],
    [
      'a Deny of the resource policy',
      { identity, resource: policy('resource', forPrincipal(own, deny)) },
      'resource',
      'resource',
    ],
  ];
  it.each(rows)('%s', (_, set, whenOwn, across) => {
    expect(answers(set, request())).toBe(whenOwn);
    expect(answers(set, request(own))).toBe(whenOwn);
    expect(answers(set, request(other))).toBe(across);
  });
});

describe('the keys of the resource follow its owner', () => {
  const never = 'none';
  const on = (key: string, value: string, more: object = {}): PolicySet => ({
    identity: [policy('inline', { ...allow, Condition: { StringEquals: { [key]: value, ...more } } })],
    resource: everybody,
  });
  const find = (set: PolicySet, resourceAccount?: string) => {
    const problem = new Problem({
      resource: '*',
      known: context,
      ...(resourceAccount !== undefined && { resourceAccount }),
    });
    const { allowed } = problem.formulaOf(
      // The own account's resource has a policy, too, but that must not be what allows.
      new PolicyCompiler([action]).compileSet(
        resourceAccount === undefined ? { identity: set.identity } : set,
      ),
      action,
    );
    return problem.find(allowed);
  };

  it('aws:ResourceAccount', () => {
    expect(find(on('aws:ResourceAccount', own))).toMatchObject({ context: { 'aws:ResourceAccount': own } });
    expect(find(on('aws:ResourceAccount', other))).toBe(never);
    expect(find(on('aws:ResourceAccount', own), other)).toBe(never);
    expect(find(on('aws:ResourceAccount', other), other)).toMatchObject({
      resourceAccount: other,
      context: { 'aws:ResourceAccount': other },
    });
  });

  it('aws:ResourceOrgID, which is the principal’s on its own resources', () => {
    const ofOne = on('aws:ResourceOrgID', 'o-one', { 'aws:PrincipalOrgID': 'o-one' });
    const ofTwo = on('aws:ResourceOrgID', 'o-two', { 'aws:PrincipalOrgID': 'o-one' });
    expect(find(ofOne)).toBeTypeOf('object');
    expect(find(ofTwo)).toBe(never);
    expect(find(ofTwo, other)).toBeTypeOf('object');
  });
});
