import { GetGroupCommand, type IAMClient, ListEntitiesForPolicyCommand } from '@aws-sdk/client-iam';
import type { Affected } from '#lib/change/types.ts';
import { type IamCaller, iamCall, pages } from '#lib/iam/call.ts';

type Names = readonly string[];

/**
 * The users and roles that a change of a group or a managed policy affects now, as `user/alice` and `role/analyst`: the
 * members of the group, everybody who has the policy attached, through a group, or as a boundary. Each group and policy is
 * asked once, however often and in whatever spelling it occurs. A group or policy that is gone affects nobody any more; the sweep finds what it left behind.
 *
 * Source: IAM API, GetGroup and ListEntitiesForPolicy (without PolicyUsageFilter: attachments and boundaries).
 *
 * @throws AccessError when the caller may not read groups or policies.
 */
export function affectedPrincipals(
  client: IAMClient,
  caller: IamCaller,
): (affected: Affected) => Promise<Names> {
  const members = onceEach((group) => membersOf(client, caller, group));
  const holders = onceEach((arn) => holdersOf(client, caller, arn, members));
  return async (affected) => {
    switch (affected.kind) {
      case 'principal':
      case 'deleted':
        return [`${affected.type}/${affected.name}`];
      case 'group':
        return members(affected.name);
      case 'policy':
        return holders(affected.arn);
      case 'projects':
      case 'account':
        return [];
    }
  };
}

function onceEach(find: (key: string) => Promise<Names>): (key: string) => Promise<Names> {
  const found = new Map<string, Promise<Names>>();
  return (key) => {
    // IAM resolves names and ARNs without regard to case.
    const name = key.toLowerCase();
    const known = found.get(name) ?? find(key).catch(nobodyIfGone);
    found.set(name, known);
    return known;
  };
}

async function membersOf(client: IAMClient, caller: IamCaller, GroupName: string): Promise<Names> {
  const users: string[] = [];
  for await (const page of pages((request) =>
    iamCall(caller, 'iam:GetGroup', (options) =>
      client.send(new GetGroupCommand({ GroupName, ...request }), options),
    ),
  )) {
    for (const { UserName } of page.Users ?? []) if (UserName) users.push(`user/${UserName}`);
  }
  return users;
}

async function holdersOf(
  client: IAMClient,
  caller: IamCaller,
  PolicyArn: string,
  members: (group: string) => Promise<Names>,
): Promise<Names> {
  const holders: string[] = [];
  for await (const page of pages((request) =>
    iamCall(caller, 'iam:ListEntitiesForPolicy', (options) =>
      client.send(new ListEntitiesForPolicyCommand({ PolicyArn, ...request }), options),
    ),
  )) {
    const { PolicyUsers = [], PolicyRoles = [], PolicyGroups = [] } = page;
    const ofGroups = await Promise.all(named(PolicyGroups, ({ GroupName }) => GroupName).map(members));
    holders.push(
      ...named(PolicyUsers, ({ UserName }) => UserName).map((name) => `user/${name}`),
      ...named(PolicyRoles, ({ RoleName }) => RoleName).map((name) => `role/${name}`),
      ...ofGroups.flat(),
    );
  }
  return [...new Set(holders)];
}

function named<T>(holders: readonly T[], nameOf: (holder: T) => string | undefined): string[] {
  return holders.flatMap((holder) => nameOf(holder) ?? []);
}

function nobodyIfGone(error: unknown): Names {
  if (error instanceof Error && error.name === 'NoSuchEntityException') return [];
  throw error;
}
