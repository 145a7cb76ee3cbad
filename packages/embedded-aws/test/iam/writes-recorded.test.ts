import {
  AttachRolePolicyCommand,
  CreateGroupCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  PutRolePermissionsBoundaryCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  TagRoleCommand,
} from '@aws-sdk/client-iam';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountId, allow, policyArn, policyText, userArn } from '../start.ts';
import { startWritable, type WritableAccount } from './writable-account.ts';

let local: WritableAccount;
let now: Date;

beforeEach(async () => {
  now = new Date();
  local = await startWritable(() => now);
});
afterEach(() => local.aws.stop());

describe('refusals', () => {
  const put = (PolicyDocument: string) =>
    new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'p', PolicyDocument });

  it.each<[string, () => Promise<unknown>, string]>([
    ['text that is no JSON', () => local.iam.send(put('{')), 'MalformedPolicyDocumentException'],
    [
      'an unknown effect',
      () =>
        local.iam.send(
          put('{"Version":"2012-10-17","Statement":{"Effect":"Permit","Action":"s3:*","Resource":"*"}}'),
        ),
      'MalformedPolicyDocumentException',
    ],
    [
      'a policy without a resource',
      () => local.iam.send(put('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*"}}')),
      'MalformedPolicyDocumentException',
    ],
    [
      'a principal in an identity-based policy',
      () => local.iam.send(put(policyText(allow('s3:*', { Principal: '*' })))),
      'MalformedPolicyDocumentException',
    ],
    [
      'an action without a service',
      () => local.iam.send(put(policyText(allow('DetectFaces')))),
      'MalformedPolicyDocumentException',
    ],
    [
      'a resource that is no ARN',
      () => local.iam.send(put(policyText(allow('s3:*', { Resource: 'bucket' })))),
      'MalformedPolicyDocumentException',
    ],
    [
      'the same Sid twice',
      () => local.iam.send(put(policyText(allow('s3:*', { Sid: 'A' }), allow('s3:*', { Sid: 'A' })))),
      'MalformedPolicyDocumentException',
    ],
    [
      '2,049 characters inline',
      () => local.iam.send(put(policyText(allow(`s3:${'x'.repeat(2049)}`)))),
      'LimitExceededException',
    ],
    [
      'a trust policy with a resource',
      () =>
        local.iam.send(
          new CreateRoleCommand({
            RoleName: 'x',
            AssumeRolePolicyDocument: policyText(allow('sts:AssumeRole')),
          }),
        ),
      'MalformedPolicyDocumentException',
    ],
    [
      'a name in another case',
      () => local.iam.send(new CreateUserCommand({ UserName: 'ANN' })),
      'EntityAlreadyExistsException',
    ],
    [
      'a group that exists',
      () => local.iam.send(new CreateGroupCommand({ GroupName: 'team' })),
      'EntityAlreadyExistsException',
    ],
    [
      'a wrong path',
      () => local.iam.send(new CreateUserCommand({ UserName: 'x', Path: 'team' })),
      'ValidationError',
    ],
    ['a wrong name', () => local.iam.send(new CreateUserCommand({ UserName: 'a b' })), 'ValidationError'],
    [
      'a policy that does not exist',
      () => local.iam.send(new AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn: policyArn('none') })),
      'NoSuchEntityException',
    ],
    [
      'a policy that is not attached',
      () =>
        local.iam.send(new DetachRolePolicyCommand({ RoleName: 'worker', PolicyArn: policyArn('limit') })),
      'NoSuchEntityException',
    ],
    [
      'what is no ARN',
      () =>
        local.iam.send(
          new AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn: 'arn:aws:iam::1:user/ann-ann-ann' }),
        ),
      'InvalidInputException',
    ],
    [
      'an inline policy that does not exist',
      () => local.iam.send(new DeleteRolePolicyCommand({ RoleName: 'worker', PolicyName: 'none' })),
      'NoSuchEntityException',
    ],
    [
      'a boundary that is not there',
      () => local.iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'worker' })),
      'NoSuchEntityException',
    ],
    [
      'a member that is none',
      () => local.iam.send(new RemoveUserFromGroupCommand({ GroupName: 'empty', UserName: 'ann' })),
      'NoSuchEntityException',
    ],
  ])('refuses %s', async (_, write, name) => {
    await expect(write()).rejects.toMatchObject({ name });
    expect(local.calls.at(-1)).toMatchObject({ requestParameters: null, responseElements: null });
    expect(local.calls.at(-1)?.errorCode).toMatch(/Exception$/);
  });
});

describe('what CloudTrail is told', () => {
  it('carries names, tags and booleans as CloudTrail writes them', async () => {
    await local.iam.send(new AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn: policyArn('limit') }));
    await local.iam.send(
      new TagRoleCommand({ RoleName: 'worker', Tags: [{ Key: 'Department', Value: 'vision' }] }),
    );
    const PolicyDocument = policyText(allow('rekognition:*'));
    await local.iam.send(
      new CreatePolicyVersionCommand({ PolicyArn: policyArn('limit'), PolicyDocument, SetAsDefault: true }),
    );
    expect(local.calls).toMatchObject([
      {
        service: 'iam',
        operation: 'AttachRolePolicy',
        region: 'us-east-1',
        readOnly: false,
        requestParameters: { roleName: 'worker', policyArn: policyArn('limit') },
        responseElements: null,
      },
      {
        operation: 'TagRole',
        requestParameters: { roleName: 'worker', tags: [{ key: 'Department', value: 'vision' }] },
      },
      {
        operation: 'CreatePolicyVersion',
        requestParameters: {
          policyArn: policyArn('limit'),
          policyDocument: PolicyDocument,
          setAsDefault: true,
        },
        responseElements: { policyVersion: { versionId: 'v2', isDefaultVersion: true, createDate: now } },
      },
    ]);
    expect(local.calls[0]?.accessKeyId).toBe(local.aws.env.AWS_ACCESS_KEY_ID);
  });

  it('tells of denied calls, without parameters', async () => {
    const ann = local.clients(local.aws.envFor(userArn('ann')));
    await expect(
      ann.iam.send(
        new PutRolePermissionsBoundaryCommand({
          RoleName: 'worker',
          PermissionsBoundary: policyArn('limit'),
        }),
      ),
    ).rejects.toThrow();
    expect(local.calls).toMatchObject([
      {
        operation: 'PutRolePermissionsBoundary',
        errorCode: 'AccessDenied',
        errorMessage: expect.stringContaining(`User: ${userArn('ann')} is not authorized`),
        requestParameters: null,
        caller: { arn: userArn('ann') },
      },
    ]);
  });

  it('tells of reads as reads', async () => {
    await local.iam.send(new GetRoleCommand({ RoleName: 'worker' }));
    expect(local.calls).toMatchObject([
      { operation: 'GetRole', readOnly: true, caller: { arn: `arn:aws:iam::${accountId}:root` } },
    ]);
  });
});
