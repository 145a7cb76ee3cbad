import { type AccessKey, replaceEntity, type User } from '../account/state.ts';
import {
  entityArn,
  type IamOperation,
  mustNameUser,
  noSuchEntity,
  type OperationInput,
  page,
  userNamed,
} from './operation.ts';
import { alreadyExists, limitExceeded } from './validation.ts';

const keyQuota = 2;

/** IAM's operations that show how users prove who they are: access keys and passwords for the console. */
export const credentialReads: Readonly<Record<string, IamOperation>> = {
  ListAccessKeys: (input) => {
    const user = userOrCaller(input);
    const { items, more } = page(input, user.accessKeys ?? []);
    return { answer: { AccessKeyMetadata: items.map((key) => keyShape(user, key)), ...more } };
  },
  GetAccessKeyLastUsed: (input) => {
    const id = input.params.require('AccessKeyId');
    const owner = [...input.state.users.values()].find((user) =>
      user.accessKeys?.some((key) => key.id === id),
    );
    input.authorize(owner?.arn ?? '*');
    if (owner === undefined) throw noSuchEntity(`The Access Key with id ${id} cannot be found.`);
    // No call of a key is remembered: what AWS answers about one that was never used.
    return { answer: { UserName: owner.name, AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' } } };
  },
  GetLoginProfile: (input) => {
    const user = userOrCaller(input);
    return { answer: { LoginProfile: loginShape(user, loginOf(user)) } };
  },
};

/** And those that change it. */
export const credentialWrites: Readonly<Record<string, IamOperation>> = {
  CreateAccessKey: (input) => {
    const user = userOrCaller(input);
    const keys = user.accessKeys ?? [];
    if (keys.length >= keyQuota)
      throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${keyQuota}`);
    const issued = input.world.issue({ kind: 'user', name: user.name });
    const key = { id: issued.accessKeyId, active: true, createDate: input.world.clock() };
    const shape = keyShape(user, key);
    return {
      next: replaceEntity(input.state, { ...user, accessKeys: [...keys, key] }),
      answer: { AccessKey: { ...shape, SecretAccessKey: issued.secretAccessKey } },
      recorded: { AccessKey: shape },
    };
  },
  UpdateAccessKey: (input) => {
    const user = userOrCaller(input);
    const key = keyOf(input, user);
    const active = input.params.require('Status') === 'Active';
    input.world.setActive(key.id, active);
    const accessKeys = (user.accessKeys ?? []).map((one) => (one === key ? { ...key, active } : one));
    return { next: replaceEntity(input.state, { ...user, accessKeys }) };
  },
  DeleteAccessKey: (input) => {
    const user = userOrCaller(input);
    const key = keyOf(input, user);
    input.world.setActive(key.id, false);
    const accessKeys = (user.accessKeys ?? []).filter((one) => one !== key);
    return { next: replaceEntity(input.state, { ...user, accessKeys }) };
  },
  CreateLoginProfile: (input) => {
    const user = userOrCaller(input);
    input.params.require('Password');
    if (user.login !== undefined) throw alreadyExists(`Login Profile for user ${user.name} already exists.`);
    const login = {
      createDate: input.world.clock(),
      passwordResetRequired: input.params.boolean('PasswordResetRequired') ?? false,
    };
    const answer = { LoginProfile: loginShape(user, login) };
    return { next: replaceEntity(input.state, { ...user, login }), answer, recorded: answer };
  },
  UpdateLoginProfile: (input) => {
    const user = userOrCaller(input);
    const login = loginOf(user);
    const passwordResetRequired =
      input.params.boolean('PasswordResetRequired') ?? login.passwordResetRequired;
    return { next: replaceEntity(input.state, { ...user, login: { ...login, passwordResetRequired } }) };
  },
  DeleteLoginProfile: (input) => {
    const user = userOrCaller(input);
    loginOf(user);
    const { login: _, ...rest } = user;
    return { next: replaceEntity(input.state, rest) };
  },
};

/** Authorizes the operation on the user that the request names, or on the caller where it names nobody. */
function userOrCaller(input: OperationInput): User {
  const own = input.caller.context['aws:username'];
  const name = input.params.get('UserName') ?? own;
  if (typeof name !== 'string') throw mustNameUser();
  input.authorize(entityArn(input, 'user', name));
  return userNamed(input.state, name);
}

function keyOf(input: OperationInput, user: User): AccessKey {
  const id = input.params.require('AccessKeyId');
  const key = user.accessKeys?.find((one) => one.id === id);
  if (key === undefined) throw noSuchEntity(`The Access Key with id ${id} cannot be found.`);
  return key;
}

function loginOf(user: User): NonNullable<User['login']> {
  if (user.login === undefined) throw noSuchEntity(`Login Profile for User ${user.name} cannot be found.`);
  return user.login;
}

const keyShape = (user: User, { id, active, createDate }: AccessKey) => ({
  UserName: user.name,
  AccessKeyId: id,
  Status: active ? 'Active' : 'Inactive',
  CreateDate: createDate,
});

const loginShape = (user: User, login: NonNullable<User['login']>) => ({
  UserName: user.name,
  CreateDate: login.createDate,
  PasswordResetRequired: login.passwordResetRequired,
});
