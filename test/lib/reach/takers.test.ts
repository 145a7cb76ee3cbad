import { expect, test } from 'vitest';
import { Admissions } from '#lib/reach/admission.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Takers } from '#lib/reach/takers.ts';
import { accountId, policyOf, user } from './account.ts';

test('those whom no condition tells apart take steps as one', () => {
  const text = JSON.stringify({
    Statement: [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      {
        Effect: 'Deny',
        NotAction: 's3:*',
        Resource: '*',
        Condition: {
          StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' },
          ArnNotLike: { 'aws:PrincipalArn': `arn:aws:iam::${accountId}:user/break-glass` },
        },
      },
    ],
  });
  const takers = new Takers(
    new Admissions({ scps: [[{ name: 'scp', type: 'scp', text }]] }),
    new Callers(),
    {},
  );
  const policies = [policyOf('own', { Effect: 'Allow', Action: 'iam:PutUserPolicy', Resource: '*' })];
  const [first, second, exempt] = ['a', 'b', 'break-glass'].map((name) =>
    takers.of(user(name, [], { policies })),
  );
  expect(first).toBeDefined();
  expect(second).toBe(first);
  expect(exempt).not.toBe(first);
});
