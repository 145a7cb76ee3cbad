import {
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateUserCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetRoleCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListGroupsForUserCommand,
  PutRolePermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { allow, policyArn, policyText, roleArn, userArn } from '../start.ts';
import { readOnly, startWritable, type WritableAccount } from './writable-account.ts';

let local: WritableAccount;
beforeEach(async () => {
  local = await startWritable(() => new Date());
});
afterEach(() => local.aws.stop());

const last = () => local.calls.at(-1);

it('finds users, roles and groups in any case, and answers with their own spelling', async () => {
  const { iam } = local;
  expect((await iam.send(new GetUserCommand({ UserName: 'ANN' }))).User?.UserName).toBe('ann');
  expect((await iam.send(new GetRoleCommand({ RoleName: 'Worker' }))).Role?.Arn).toBe(roleArn('worker'));
  await iam.send(new AddUserToGroupCommand({ UserName: 'Ann', GroupName: 'EMPTY' }));
  // The record of the call has the name as it was sent.
  expect(last()?.requestParameters).toEqual({ userName: 'Ann', groupName: 'EMPTY' });
  const groups = await iam.send(new ListGroupsForUserCommand({ UserName: 'ann' }));
  expect(groups.Groups?.map(({ GroupName }) => GroupName)).toEqual(['empty']);
  const policy = policyText(allow('s3:GetObject'));
  await iam.send(new PutUserPolicyCommand({ UserName: 'aNN', PolicyName: 'p', PolicyDocument: policy }));
  const inline = await iam.send(new GetUserPolicyCommand({ UserName: 'ANN', PolicyName: 'p' }));
  expect(inline).toMatchObject({ UserName: 'ann', PolicyName: 'p' });
});

it('attaches and detaches the policy that an ARN means in any case, and keeps the spelling of its maker', async () => {
  const { iam } = local;
  const variant = policyArn('LIMIT');
  expect((await iam.send(new GetPolicyCommand({ PolicyArn: variant }))).Policy?.Arn).toBe(policyArn('limit'));
  const shouted = readOnly.toUpperCase().replace(/^ARN:AWS:IAM::AWS:POLICY/, 'arn:aws:iam::aws:policy');
  await iam.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn: shouted }));
  expect(local.aws.world.latest().users.get('ann')?.attached).toEqual([readOnly]);
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'WORKER', PolicyArn: variant }));
  expect(last()?.requestParameters).toEqual({ roleName: 'WORKER', policyArn: variant });
  const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'worker' }));
  expect(attached.AttachedPolicies?.map(({ PolicyArn }) => PolicyArn)).toEqual([
    readOnly,
    policyArn('limit'),
  ]);
  await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: 'worker', PermissionsBoundary: variant }));
  expect(local.aws.world.latest().roles.get('worker')?.boundary).toBe(policyArn('limit'));
  await iam.send(new DetachRolePolicyCommand({ RoleName: 'worker', PolicyArn: shouted }));
  expect(local.aws.world.latest().roles.get('worker')?.attached).toEqual([policyArn('limit')]);
});

it('holds a condition on the policy to its own spelling', async () => {
  const limited = local.clients(
    local.aws.envFor({
      policies: [
        policyText(
          allow('iam:AttachUserPolicy'),
          allow('iam:AttachUserPolicy', {
            Effect: 'Deny',
            Condition: { ArnEquals: { 'iam:PolicyARN': policyArn('limit') } },
          }),
        ),
      ],
    }),
  ).iam;
  await expect(
    limited.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn: policyArn('Limit') })),
  ).rejects.toMatchObject({ name: 'AccessDenied' });
});

it('refuses a twin in another case, and simulates whom an ARN means in any case', async () => {
  await expect(local.iam.send(new CreateUserCommand({ UserName: 'Ann' }))).rejects.toMatchObject({
    name: 'EntityAlreadyExistsException',
  });
  const simulate = new SimulatePrincipalPolicyCommand({
    PolicySourceArn: userArn('ANN'),
    ActionNames: ['s3:GetObject'],
  });
  expect((await local.iam.send(simulate)).EvaluationResults?.[0]?.EvalDecision).toBe('implicitDeny');
});
