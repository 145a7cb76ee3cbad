import {
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  GetLoginProfileCommand,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
  UpdateLoginProfileCommand,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startWritable, type WritableAccount } from './writable-account.ts';

let local: WritableAccount;
beforeEach(async () => {
  local = await startWritable(() => new Date());
});
afterEach(() => local.aws.stop());

const UserName = 'ann';
const create = async () => {
  const { AccessKey } = await local.iam.send(new CreateAccessKeyCommand({ UserName }));
  if (AccessKey === undefined) throw new Error('no key');
  return AccessKey;
};

describe('access keys', () => {
  it('are two at most, each told to CloudTrail without its secret', async () => {
    const keys = [await create(), await create()];
    await expect(create()).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for AccessKeysPerUser: 2',
    });
    const list = await local.iam.send(new ListAccessKeysCommand({ UserName }));
    expect(list.AccessKeyMetadata?.map(({ AccessKeyId }) => AccessKeyId)).toEqual(
      keys.map(({ AccessKeyId }) => AccessKeyId),
    );
    expect(local.calls.filter(({ operation }) => operation === 'CreateAccessKey')[0]).toMatchObject({
      requestParameters: { userName: 'ann' },
      responseElements: { accessKey: { userName: 'ann', status: 'Active' } },
    });
    for (const { SecretAccessKey } of keys)
      expect(JSON.stringify(local.calls)).not.toContain(SecretAccessKey);
  });

  it('are of a user, whom others than users must name', async () => {
    const { iam } = local.clients(local.aws.env);
    await expect(iam.send(new ListAccessKeysCommand({}))).rejects.toThrow(
      'Must specify userName when calling with non-User credentials',
    );
  });

  it('work while they are active and there', async () => {
    const key = await create();
    const { sts } = local.clients({
      AWS_ACCESS_KEY_ID: key.AccessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: key.SecretAccessKey ?? '',
    });
    const works = () =>
      sts.send(new GetCallerIdentityCommand({})).then(
        () => true,
        (error: Error) => error.name,
      );
    const set = (Status: 'Active' | 'Inactive') =>
      local.iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: key.AccessKeyId, Status }));
    expect(await works()).toBe(true);
    await set('Inactive');
    expect(await works()).toBe('InvalidClientTokenId');
    await set('Active');
    expect(await works()).toBe(true);
    await expect(local.iam.send(new DeleteUserCommand({ UserName }))).rejects.toMatchObject({
      name: 'DeleteConflictException',
    });
    await local.iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: key.AccessKeyId }));
    expect(await works()).toBe('InvalidClientTokenId');
    await local.iam.send(new DeleteUserCommand({ UserName }));
  });
});

it('a password for the console is made, changed and taken away, and never told', async () => {
  const Password = 'correct horse battery staple';
  await local.iam.send(new CreateLoginProfileCommand({ UserName, Password, PasswordResetRequired: true }));
  expect(local.calls.at(-1)).toMatchObject({
    operation: 'CreateLoginProfile',
    requestParameters: { userName: 'ann', passwordResetRequired: true },
    responseElements: { loginProfile: { userName: 'ann' } },
  });
  await expect(local.iam.send(new CreateLoginProfileCommand({ UserName, Password }))).rejects.toMatchObject({
    name: 'EntityAlreadyExistsException',
  });
  await local.iam.send(new UpdateLoginProfileCommand({ UserName, Password, PasswordResetRequired: false }));
  const { LoginProfile } = await local.iam.send(new GetLoginProfileCommand({ UserName }));
  expect(LoginProfile?.PasswordResetRequired).toBe(false);
  await local.iam.send(new DeleteLoginProfileCommand({ UserName }));
  await expect(local.iam.send(new GetLoginProfileCommand({ UserName }))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
  });
  expect(JSON.stringify(local.calls)).not.toContain(Password);
});
