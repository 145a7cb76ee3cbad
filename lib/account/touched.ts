import { GetGroupCommand, type IAMClient, ListEntitiesForPolicyCommand } from '@aws-sdk/client-iam';
import type { Touched } from '#lib/change/types.ts';
import type { Paced } from './types.ts';

export interface TouchedSource {
  readonly client: IAMClient;
  readonly paced: Paced;
}

/**
 * The users and roles that a change touches now, as `user/alice` and `role/analyst`: the members of a group, everybody
 * who has a managed policy attached, through a group, or as a boundary. Each group and policy is asked once, however
 * often it occurs. A group or policy that is gone touches nobody any more; the sweep finds what it left behind.
 *
 * Source: IAM API, GetGroup and ListEntitiesForPolicy (without PolicyUsageFilter: attachments and boundaries).
 */
export function touchedPrincipals(source: TouchedSource): (touched: Touched) => Promise<readonly string[]> {
  const groups = new Map<string, Promise<readonly string[]>>();
  const policies = new Map<string, Promise<readonly string[]>>();
  const once = (cache: typeof groups, key: string, find: () => Promise<readonly string[]>) => {
    const known = cache.get(key) ?? find().catch(nobodyIfGone);
    cache.set(key, known);
    return known;
  };
  const members = (group: string) => once(groups, group, () => membersOf(source, group));
  const holders = (arn: string) => once(policies, arn, () => holdersOf(source, arn, members));

  return async (touched) => {
    switch (touched.kind) {
      case 'principal':
      case 'deleted':
        return [`${touched.type}/${touched.name}`];
      case 'group':
        return members(touched.name);
      case 'policy':
        return holders(touched.arn);
      case 'account':
        return [];
    }
  };
}

async function membersOf({ client, paced }: TouchedSource, group: string): Promise<readonly string[]> {
  const users: string[] = [];
  let marker: string | undefined;
  do {
    const page = await paced(() =>
      client.send(
        new GetGroupCommand({ GroupName: group, MaxItems: 1000, ...(marker ? { Marker: marker } : {}) }),
      ),
    );
    for (const user of page.Users ?? []) if (user.UserName) users.push(`user/${user.UserName}`);
    marker = nextMarker(page);
  } while (marker !== undefined);
  return users;
}

async function holdersOf(
  { client, paced }: TouchedSource,
  arn: string,
  members: (group: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const holders: string[] = [];
  let marker: string | undefined;
  do {
    const page = await paced(() =>
      client.send(
        new ListEntitiesForPolicyCommand({
          PolicyArn: arn,
          MaxItems: 1000,
          ...(marker ? { Marker: marker } : {}),
        }),
      ),
    );
    for (const user of page.PolicyUsers ?? []) if (user.UserName) holders.push(`user/${user.UserName}`);
    for (const role of page.PolicyRoles ?? []) if (role.RoleName) holders.push(`role/${role.RoleName}`);
    for (const { GroupName } of page.PolicyGroups ?? [])
      if (GroupName) holders.push(...(await members(GroupName)));
    marker = nextMarker(page);
  } while (marker !== undefined);
  return [...new Set(holders)];
}

function nextMarker({
  IsTruncated,
  Marker,
}: {
  IsTruncated?: boolean | undefined;
  Marker?: string | undefined;
}): string | undefined {
  if (!IsTruncated) return undefined;
  if (!Marker) throw new Error('IAM says that there is more and does not say where: the list is incomplete');
  return Marker;
}

function nobodyIfGone(error: unknown): readonly string[] {
  if (error instanceof Error && error.name === 'NoSuchEntityException') return [];
  throw error;
}
