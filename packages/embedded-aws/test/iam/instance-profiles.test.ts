import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateServiceLinkedRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteServiceLinkedRoleCommand,
  DetachRolePolicyCommand,
  GetAccountAuthorizationDetailsCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  ListInstanceProfilesCommand,
  ListInstanceProfilesForRoleCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagRoleCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allow, policyText, roleArn } from '../start.ts';
import { readOnly, startWritable, type WritableAccount } from './writable-account.ts';

let local: WritableAccount;
beforeEach(async () => {
  local = await startWritable(() => new Date());
});
afterEach(() => local.aws.stop());

const profile = { InstanceProfileName: 'web' };
const pair = { ...profile, RoleName: 'worker' };

describe('an instance profile', () => {
  it('has one role, and keeps it from being deleted', async () => {
    const { iam } = local;
    const made = await iam.send(new CreateInstanceProfileCommand({ ...profile, Path: '/ec2/' }));
    expect(made.InstanceProfile).toMatchObject({
      Arn: 'arn:aws:iam::123456789012:instance-profile/ec2/web',
      InstanceProfileId: expect.stringMatching(/^AIPA/),
    });
    expect(local.calls.at(-1)?.responseElements).toMatchObject({
      instanceProfile: { instanceProfileName: 'web' },
    });
    await iam.send(new AddRoleToInstanceProfileCommand(pair));
    await expect(
      iam.send(new AddRoleToInstanceProfileCommand({ ...profile, RoleName: 'worker' })),
    ).rejects.toMatchObject({ name: 'LimitExceededException' });
    const found = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName: 'WEB' }));
    expect(found.InstanceProfile?.Roles?.map(({ RoleName }) => RoleName)).toEqual(['worker']);
    const ofRole = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: 'worker' }));
    expect(ofRole.InstanceProfiles).toHaveLength(1);
    const details = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }));
    const worker = details.RoleDetailList?.find(({ RoleName }) => RoleName === 'worker');
    expect(worker?.InstanceProfileList?.map(({ InstanceProfileName }) => InstanceProfileName)).toEqual([
      'web',
    ]);

    await iam.send(new DetachRolePolicyCommand({ RoleName: 'worker', PolicyArn: readOnly }));
    await expect(iam.send(new DeleteRoleCommand({ RoleName: 'worker' }))).rejects.toThrow(/instance profile/);
    await expect(iam.send(new DeleteInstanceProfileCommand(profile))).rejects.toMatchObject({
      name: 'DeleteConflictException',
    });
    await iam.send(new RemoveRoleFromInstanceProfileCommand(pair));
    await iam.send(new DeleteInstanceProfileCommand(profile));
    expect((await iam.send(new ListInstanceProfilesCommand({}))).InstanceProfiles).toEqual([]);
    await iam.send(new DeleteRoleCommand({ RoleName: 'worker' }));
  });

  it('takes PassRole to be given a role', async () => {
    await local.iam.send(new CreateInstanceProfileCommand(profile));
    const add = (...actions: string[]) =>
      local
        .clients(local.aws.envFor({ policies: [policyText(allow(actions))] }))
        .iam.send(new AddRoleToInstanceProfileCommand(pair));
    await expect(add('iam:AddRoleToInstanceProfile')).rejects.toThrow(
      `iam:PassRole on resource: ${roleArn('worker')}`,
    );
    await add('iam:AddRoleToInstanceProfile', 'iam:PassRole');
  });
});

it('a service-linked role is made for a service, and deleted as one', async () => {
  const { iam } = local;
  const create = new CreateServiceLinkedRoleCommand({ AWSServiceName: 'batch.amazonaws.com' });
  const { Role } = await iam.send(create);
  expect(Role).toMatchObject({ Path: '/aws-service-role/batch.amazonaws.com/' });
  expect(local.calls.at(-1)).toMatchObject({
    requestParameters: { aWSServiceName: 'batch.amazonaws.com' },
    responseElements: { role: { roleName: Role?.RoleName } },
  });
  await expect(iam.send(create)).rejects.toThrow(/has been taken in this account/);
  await expect(iam.send(new DeleteRoleCommand({ RoleName: Role?.RoleName }))).rejects.toMatchObject({
    name: 'UnmodifiableEntityException',
  });
  // Terraform writes both; what the role may do and for how long stays the service's.
  await iam.send(new UpdateRoleCommand({ RoleName: Role?.RoleName, Description: 'batch' }));
  await iam.send(new TagRoleCommand({ RoleName: Role?.RoleName, Tags: [{ Key: 'team', Value: 'a' }] }));
  expect((await iam.send(new GetRoleCommand({ RoleName: Role?.RoleName }))).Role).toMatchObject({
    Description: 'batch',
    Tags: [{ Key: 'team', Value: 'a' }],
  });
  await expect(
    iam.send(new UpdateRoleCommand({ RoleName: Role?.RoleName, MaxSessionDuration: 7200 })),
  ).rejects.toMatchObject({ name: 'UnmodifiableEntityException' });
  const { DeletionTaskId } = await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName: Role?.RoleName }));
  const status = await iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
  expect(status.Status).toBe('SUCCEEDED');
});

it('a service-linked role has the name that AWS gives it', async () => {
  const { iam } = local;
  const create = (AWSServiceName: string, CustomSuffix?: string) =>
    iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName, CustomSuffix }));
  expect((await create('ecs.amazonaws.com')).Role?.RoleName).toBe('AWSServiceRoleForECS');
  expect((await create('autoscaling.amazonaws.com', 'a')).Role?.RoleName).toBe(
    'AWSServiceRoleForAutoScaling_a',
  );
  await expect(create('autoscaling.amazonaws.com', 'A')).rejects.toThrow(/has been taken in this account/);
});
