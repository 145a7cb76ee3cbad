import { decide, PolicyCompiler, type PolicySource } from '@permission-check/iam-policy';
import { expect, test } from 'vitest';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import { actions, actionTable } from '#lib/catalog/actions.ts';
import { observedPolicies } from '#lib/check/policy-sets.ts';
import { builtInExpectations } from '#lib/expectation/read.ts';
import { can, leastPolicyFor } from '#lib/workbench/can.ts';
import { Survey } from '#lib/workbench/survey.ts';
import { accountId, accountOf, policyOf, user } from '#test/lib/reach/account.ts';

const { baseline } = builtInExpectations();
const compiler = new PolicyCompiler(actionTable);
const collection = (name: string) => `arn:aws:rekognition:*:${accountId}:collection/${name}`;
const statement = (Effect: string, Action: string | string[], rest: object = { Resource: '*' }) => ({
  Effect,
  Action,
  ...rest,
});
const all = statement('Allow', 'rekognition:*');
const boundaryOf = (...statements: object[]): PolicySource => ({
  ...policyOf('boundary', statements),
  type: 'customer-managed',
});
const scpOf = (...statements: object[]): Guardrails => ({
  scps: [[{ ...policyOf('scp', statements), type: 'scp' }]],
});
const mfa = { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } };
const inEurope = { Condition: { StringNotEquals: { 'aws:RequestedRegion': ['eu-west-1', 'eu-central-1'] } } };

const onCollections = actions.filter(({ resourceTypes }) =>
  resourceTypes.some(({ name }) => name === 'collection'),
);

const layered: readonly (readonly [name: string, principal: Principal, guardrails?: Guardrails])[] = [
  [
    'a boundary on some collections',
    user('a', all, {
      boundary: boundaryOf(statement('Allow', 'rekognition:*Faces', { Resource: collection('a-*') })),
    }),
  ],
  [
    'a boundary with conditions',
    user('b', all, {
      boundary: boundaryOf(
        statement('Allow', 'rekognition:*', { Resource: '*', ...mfa }),
        statement('Allow', 'rekognition:List*'),
      ),
    }),
  ],
  [
    'a boundary with two conditional statements',
    user('c', all, {
      boundary: boundaryOf(
        statement('Allow', 'rekognition:*', { Resource: collection('a-*'), ...mfa }),
        statement('Allow', 'rekognition:*', { Resource: collection('b-*') }),
      ),
    }),
  ],
  [
    'an SCP for two Regions',
    user('d', [all]),
    scpOf(statement('Allow', '*'), statement('Deny', '*', { Resource: '*', ...inEurope })),
  ],
  [
    'all but some',
    user('e', [
      { Effect: 'Allow', NotAction: ['rekognition:Delete*', 's3:*'], NotResource: collection('hr-*') },
    ]),
  ],
  [
    'a Deny without MFA',
    user('f', [
      all,
      statement('Deny', 'rekognition:Delete*', {
        Resource: '*',
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      }),
    ]),
  ],
  [
    'a variable',
    user('g', statement('Allow', 'rekognition:IndexFaces', { Resource: collection(`$\{aws:username}-*`) })),
  ],
];

/** Every action on collections × names × Regions × with and without MFA. */
function* requestsOnCollections(principal: Principal) {
  const context = { ...baseline.context, ...principalContext(principal) };
  const places = ['a-1', 'b-1', 'hr-1', 'g-x', 'other'].flatMap((name) =>
    ['us-east-1', 'eu-west-1'].map((region) => ({ name, region })),
  );
  for (const { action } of onCollections) {
    for (const { name, region } of places) {
      const resource = `arn:aws:rekognition:${region}:${accountId}:collection/${name}`;
      for (const hasMfa of ['true', 'false']) {
        const asked = { 'aws:MultiFactorAuthPresent': hasMfa, 'aws:RequestedRegion': region };
        yield { action, resource, context: { ...context, ...asked } };
      }
    }
  }
}

test.each(layered.map(([name, principal, guardrails]) => ({ name, principal, guardrails })))(
  'one policy for $name decides as the layers do',
  ({ principal, guardrails }) => {
    const least = leastPolicyFor(principal, new Survey({ baseline, guardrails }));
    if (least.statements === undefined) throw new Error(least.why);
    const layers = compiler.compileSet(observedPolicies(principal, guardrails));
    const text = JSON.stringify({ Version: '2012-10-17', Statement: least.statements });
    const one = compiler.compileSet({ identity: [{ name: 'one', type: 'set', text }] });
    let allowed = 0;
    for (const request of requestsOnCollections(principal)) {
      const isAllowed = decide(layers, request).decision === 'allowed';
      if (isAllowed) allowed += 1;
      expect(decide(one, request).decision === 'allowed', JSON.stringify(request)).toBe(isAllowed);
    }
    expect(allowed).toBeGreaterThan(0);
  },
);

test('leaves out statements that make no difference', () => {
  const narrow = statement('Allow', 'rekognition:ListFaces', { Resource: collection('a') });
  const idle = statement('Deny', 'rekognition:ListFaces', {
    Resource: `arn:aws:rekognition:*:999999999999:collection/*`,
  });
  const least = leastPolicyFor(user('a', [narrow, idle, all]), new Survey({ baseline }));
  expect(least.statements).toEqual([{ Effect: 'Allow', Action: ['rekognition:*'], Resource: ['*'] }]);
});

test('says why there is no such policy', async () => {
  const test = { StringLike: { 'aws:userid': 'AIDA*' } };
  const quantified = { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['a'] } };
  const boundary = boundaryOf(statement('Allow', '*', { Resource: '*', Condition: quantified }));
  expect(leastPolicyFor(user('q', [all], { boundary }), new Survey({ baseline }))).toHaveProperty('why');
  const unreadable = await can(
    accountOf(
      user('u', statement('Allow', '*', { Resource: '*', Condition: test }), { unreadable: ['policy p'] }),
    ),
    'user/u',
    { baseline },
  );
  expect(unreadable).toMatchObject({ why: 'could not be read: policy p' });
  expect(unreadable).not.toHaveProperty('policy');
});

test('says nothing is allowed as a policy without statements', () => {
  expect(leastPolicyFor(user('n'), new Survey({ baseline }))).toEqual({ statements: [] });
});
