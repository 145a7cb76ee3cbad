import { GetAccountAuthorizationDetailsCommand, type IAMClient } from '@aws-sdk/client-iam';
import * as z from 'zod/mini';
import { describeSchemaError } from '#lib/errors.ts';
import { type IamCaller, iamCall, pages } from '#lib/iam/call.ts';
import { arnParts } from './arn.ts';
import { Bindings, type ManagedPolicyLookup } from './bindings.ts';
import {
  groupDetail,
  policyDetail,
  type RoleDetail,
  roleDetail,
  type UserDetail,
  userDetail,
} from './details.ts';
import type { Account, Principal } from './types.ts';

export interface IamAccountOptions extends IamCaller {
  /** Finds a managed policy that is attached but not in IAM's answer. */
  readonly managedPolicies?: ManagedPolicyLookup;
}

/** An account that was read from IAM whole. */
export interface IamAccount extends Account {
  /** Calls that it took. */
  readonly pages: number;
}

/**
 * The whole account as IAM describes it now, in one call for each 1,000 users, groups, roles and policies. All of it
 * is read before this returns.
 *
 * @throws AccessError when the caller may not read the account.
 */
export async function accountFromIam(client: IAMClient, options: IamAccountOptions): Promise<IamAccount> {
  const users: UserDetail[] = [];
  const roles: RoleDetail[] = [];
  const groups: z.infer<typeof groupDetail>[] = [];
  const bindings = new Bindings(options.managedPolicies);
  const action = 'iam:GetAccountAuthorizationDetails';
  let count = 0;
  for await (const page of pages((request) =>
    iamCall(options, action, (call) => client.send(new GetAccountAuthorizationDetailsCommand(request), call)),
  )) {
    count += 1;
    users.push(...parseAll(userDetail, page.UserDetailList));
    roles.push(...parseAll(roleDetail, page.RoleDetailList));
    groups.push(...parseAll(groupDetail, page.GroupDetailList));
    for (const policy of parseAll(policyDetail, page.Policies)) bindings.addManagedPolicy(policy);
  }
  for (const group of groups) bindings.addGroup(group);

  const principals: Principal[] = [
    ...users.map((user) => bindings.user(user)),
    ...roles.map((role) => bindings.role(role)),
  ];
  const [first] = principals;
  if (first === undefined) throw new Error('IAM says that the account has neither users nor roles');
  return {
    ...arnParts(first.arn),
    pages: count,
    async *principals() {
      yield* principals;
    },
    managedPolicy: (arn) => bindings.managedPolicy(arn),
    groupPolicies: (name) => bindings.groupPolicies(name),
    managedPolicies: () => bindings.managedPolicies(),
    groups: () => bindings.groups(),
    otherVersions: () => bindings.otherVersions(),
  };
}

function parseAll<T>(schema: z.ZodMiniType<T>, list: readonly unknown[] = []): T[] {
  return list.map((element) => {
    const { success, data, error } = z.safeParse(schema, element);
    if (!success)
      throw new Error(`IAM described the account in an unexpected way: ${describeSchemaError(error)}`);
    return data;
  });
}
