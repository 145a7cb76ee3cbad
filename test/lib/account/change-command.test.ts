import { expect, test } from 'vitest';
import type { AccountChange } from '#lib/account/apply-change.ts';
import { changeCommand } from '#lib/account/change-command.ts';

const holder = { kind: 'role', name: 'analyst' } as const;
const policy = {
  name: 'p',
  type: 'customer-managed',
  arn: 'arn:aws:iam::123456789012:policy/p',
  text: '{}',
} as const;

test.each<[AccountChange, string]>([
  [{ kind: 'attach', holder, policy }, `attach-role-policy --role-name analyst --policy-arn ${policy.arn}`],
  [
    { kind: 'put', holder: { kind: 'group', name: 'vision' }, name: "it's", text: '{ "Statement": [] }' },
    `put-group-policy --group-name vision --policy-name 'it'\\''s' --policy-document '{"Statement":[]}'`,
  ],
  [
    { kind: 'set-default-version', policyArn: policy.arn, versionId: 'v2', text: '{}' },
    `create-policy-version --policy-arn ${policy.arn} --policy-document '{}' --set-as-default`,
  ],
  [
    { kind: 'put-boundary', principal: { kind: 'user', name: 'bob' }, policy },
    `put-user-permissions-boundary --user-name bob --permissions-boundary ${policy.arn}`,
  ],
  [
    { kind: 'put-trust', role: 'analyst', policy },
    "update-assume-role-policy --role-name analyst --policy-document '{}'",
  ],
  [
    { kind: 'remove-from-group', user: 'bob', group: 'vision' },
    'remove-user-from-group --user-name bob --group-name vision',
  ],
])('a change is a command that can be pasted: %j', (change, command) => {
  expect(changeCommand(change)).toBe(`aws iam ${command}`);
});
