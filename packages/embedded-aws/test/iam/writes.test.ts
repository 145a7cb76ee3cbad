import {
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeleteAccessKeyCommand,
  DeleteGroupCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DetachRolePolicyCommand,
  GetGroupCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  RemoveUserFromGroupCommand,
  SetDefaultPolicyVersionCommand,
  SimulatePrincipalPolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateGroupCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allow, policyArn, policyText, roleArn, userArn } from '../start.ts';
import { readOnly, startWritable, type WritableAccount } from './writable-account.ts';

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

let local: WritableAccount;
let now: Date;

beforeEach(async () => {
  now = new Date();
  local = await startWritable(() => now);
});
afterEach(() => local.aws.stop());

async function decision(PolicySourceArn: string, action: string): Promise<string | undefined> {
  const answer = await local.iam.send(
    new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames: [action] }),
  );
  return answer.EvaluationResults?.[0]?.EvalDecision;
}

describe('roles', () => {
  it('lives a whole life', async () => {
    const created = await local.iam.send(
      new CreateRoleCommand({
        RoleName: 'new',
        Path: '/shop/',
        AssumeRolePolicyDocument: trust,
        PermissionsBoundary: policyArn('limit'),
        Tags: [{ Key: 'Team', Value: 'web' }],
      }),
    );
    expect(created.Role).toMatchObject({
      Arn: roleArn('shop/new'),
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
    });
    await local.iam.send(
      new PutRolePolicyCommand({
        RoleName: 'new',
        PolicyName: 'p',
        PolicyDocument: policyText(allow('rekognition:*')),
      }),
    );
    await local.iam.send(new AttachRolePolicyCommand({ RoleName: 'new', PolicyArn: readOnly }));
    expect(await decision(roleArn('shop/new'), 'rekognition:ListCollections')).toBe('allowed');
    expect(await decision(roleArn('shop/new'), 'rekognition:DetectFaces')).toBe('implicitDeny');
    await local.iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'new' }));
    expect(await decision(roleArn('shop/new'), 'rekognition:DetectFaces')).toBe('allowed');
    await expect(local.iam.send(new DeleteRoleCommand({ RoleName: 'new' }))).rejects.toMatchObject({
      name: 'DeleteConflictException',
      message: 'Cannot delete entity, must detach all policies first.',
    });
    await local.iam.send(new DetachRolePolicyCommand({ RoleName: 'new', PolicyArn: readOnly }));
    await expect(local.iam.send(new DeleteRoleCommand({ RoleName: 'new' }))).rejects.toThrow(
      'must delete policies first',
    );
    await local.iam.send(new DeleteRolePolicyCommand({ RoleName: 'new', PolicyName: 'p' }));
    await local.iam.send(new DeleteRoleCommand({ RoleName: 'new' }));
    await expect(local.iam.send(new GetRoleCommand({ RoleName: 'new' }))).rejects.toThrow('cannot be found');
  });

  it('tags and untags, keys without regard to case', async () => {
    await local.iam.send(
      new TagRoleCommand({
        RoleName: 'worker',
        Tags: [
          { Key: 'Team', Value: 'a' },
          { Key: 'Cost', Value: '1' },
        ],
      }),
    );
    await local.iam.send(new TagRoleCommand({ RoleName: 'worker', Tags: [{ Key: 'team', Value: 'b' }] }));
    await local.iam.send(new UntagRoleCommand({ RoleName: 'worker', TagKeys: ['cost'] }));
    expect((await local.iam.send(new ListRoleTagsCommand({ RoleName: 'worker' }))).Tags).toEqual([
      { Key: 'team', Value: 'b' },
    ]);
  });

  it('protects the roles that AWS keeps', async () => {
    await expect(
      local.iam.send(
        new AttachRolePolicyCommand({ RoleName: 'AWSReservedSSO_Reader_1', PolicyArn: readOnly }),
      ),
    ).rejects.toMatchObject({ name: 'UnmodifiableEntityException' });
  });
});

describe('users and groups', () => {
  it('moves users between groups, and groups under other names', async () => {
    await local.iam.send(new AddUserToGroupCommand({ GroupName: 'team', UserName: 'ann' }));
    await local.iam.send(new UpdateGroupCommand({ GroupName: 'team', NewGroupName: 'crew' }));
    const { Users } = await local.iam.send(new GetGroupCommand({ GroupName: 'crew' }));
    expect(Users?.map((user) => user.UserName)).toEqual(['ann', 'gus']);
    await expect(local.iam.send(new DeleteGroupCommand({ GroupName: 'crew' }))).rejects.toThrow(
      'must remove users',
    );
    await expect(local.iam.send(new DeleteUserCommand({ UserName: 'gus' }))).rejects.toThrow(
      'must remove users',
    );
    await local.iam.send(new RemoveUserFromGroupCommand({ GroupName: 'crew', UserName: 'gus' }));
    await local.iam.send(new DeleteUserCommand({ UserName: 'gus' }));
  });

  it('renames', async () => {
    await local.iam.send(
      new UpdateUserCommand({ UserName: 'ann', NewUserName: 'anna', NewPath: '/people/' }),
    );
    expect((await local.iam.send(new GetUserCommand({ UserName: 'anna' }))).User?.Arn).toBe(
      userArn('people/anna'),
    );
    await expect(local.iam.send(new GetUserCommand({ UserName: 'ann' }))).rejects.toThrow('cannot be found');
  });

  it('gives a user keys that work until the user is gone', async () => {
    const { AccessKey } = await local.iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
    const sts = new STSClient({
      region: 'us-east-1',
      endpoint: local.aws.endpoint,
      credentials: {
        accessKeyId: AccessKey?.AccessKeyId ?? '',
        secretAccessKey: AccessKey?.SecretAccessKey ?? '',
      },
    });
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(userArn('ann'));
    expect(JSON.stringify(local.calls)).not.toContain(AccessKey?.SecretAccessKey);
    await local.iam.send(
      new DeleteAccessKeyCommand({ UserName: 'ann', AccessKeyId: AccessKey?.AccessKeyId }),
    );
    await local.iam.send(new DeleteUserCommand({ UserName: 'ann' }));
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
  });
});

describe('managed policies', () => {
  it('keeps five versions, and never uses a number again', async () => {
    const PolicyArn = policyArn('vision');
    await local.iam.send(
      new CreatePolicyCommand({
        PolicyName: 'vision',
        PolicyDocument: policyText(allow('rekognition:Detect*')),
      }),
    );
    await local.iam.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn }));
    for (let version = 2; version <= 5; version += 1) {
      await local.iam.send(
        new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: policyText(allow('rekognition:*')) }),
      );
    }
    expect(await decision(userArn('ann'), 'rekognition:ListFaces')).toBe('implicitDeny');
    await expect(
      local.iam.send(
        new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: policyText(allow('s3:*')) }),
      ),
    ).rejects.toMatchObject({ name: 'LimitExceededException' });
    await local.iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v3' }));
    expect(await decision(userArn('ann'), 'rekognition:ListFaces')).toBe('allowed');
    await local.iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v5' }));
    const next = await local.iam.send(
      new CreatePolicyVersionCommand({
        PolicyArn,
        PolicyDocument: policyText(allow('s3:*')),
        SetAsDefault: true,
      }),
    );
    expect(next.PolicyVersion).toMatchObject({ VersionId: 'v6', IsDefaultVersion: true });
    await expect(
      local.iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v6' })),
    ).rejects.toThrow('default version');
    await expect(local.iam.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toThrow(
      'attached to entities',
    );
  });

  it("refuses to change AWS's own", async () => {
    await expect(
      local.iam.send(
        new CreatePolicyVersionCommand({ PolicyArn: readOnly, PolicyDocument: policyText(allow('*')) }),
      ),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
    const publish = () => local.aws.world.publishAwsPolicy(readOnly, policyText(allow('rekognition:*')));
    expect(publish()).toBe('v11');
    expect(await decision(roleArn('worker'), 'rekognition:DeleteFaces')).toBe('allowed');
    expect(local.calls.filter((call) => !call.readOnly && call.errorCode === undefined)).toEqual([]);
  });
});

describe('eventual consistency', () => {
  it('shows a write to reads and the simulator only later, to writes at once', async () => {
    local.aws.world.faults.iamDelay = 4000;
    const action = 'rekognition:DeleteFaces';
    await local.iam.send(
      new PutRolePolicyCommand({
        RoleName: 'worker',
        PolicyName: 'p',
        PolicyDocument: policyText(allow(action)),
      }),
    );
    expect(await decision(roleArn('worker'), action)).toBe('implicitDeny');
    await expect(
      local.iam.send(new GetRolePolicyCommand({ RoleName: 'worker', PolicyName: 'p' })),
    ).rejects.toThrow();
    now = new Date(now.getTime() + 2000);
    await local.iam.send(
      new PutRolePolicyCommand({
        RoleName: 'worker',
        PolicyName: 'q',
        PolicyDocument: policyText(allow('rekognition:ListFaces')),
      }),
    );
    now = new Date(now.getTime() + 2000);
    expect(await decision(roleArn('worker'), action)).toBe('allowed');
    expect(await decision(roleArn('worker'), 'rekognition:CreateUser')).toBe('implicitDeny');
    now = new Date(now.getTime() + 2000);
    await local.iam.send(new DeleteRolePolicyCommand({ RoleName: 'worker', PolicyName: 'p' }));
    expect(await decision(roleArn('worker'), action)).toBe('allowed');
    now = new Date(now.getTime() + 4000);
    expect(await decision(roleArn('worker'), action)).toBe('implicitDeny');
  });
});
