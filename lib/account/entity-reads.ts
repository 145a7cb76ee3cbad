import {
  type AttachedPolicy,
  GetGroupPolicyCommand,
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  type IAMClient,
  ListAttachedGroupPoliciesCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupPoliciesCommand,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
} from '@aws-sdk/client-iam';
import {
  type CallOptions,
  type IamCaller,
  iamCall,
  type Page,
  type PageRequest,
  pages,
} from '#lib/iam/call.ts';

export type EntityKind = 'user' | 'role' | 'group';

/** The policies of one user, role or group; inline documents URL-encoded, as IAM sends them. */
export interface EntityPolicies {
  readonly attached: { readonly PolicyName: string; readonly PolicyArn: string }[];
  readonly inline: { readonly PolicyName: string; readonly PolicyDocument: unknown }[];
}

interface EntityReads {
  /** As in `iam:ListAttachedUserPolicies`. */
  readonly list: 'User' | 'Role' | 'Group';
  attached(
    page: PageRequest,
    call: CallOptions,
  ): Promise<Page & { readonly AttachedPolicies?: AttachedPolicy[] | undefined }>;
  names(page: PageRequest, call: CallOptions): Promise<Page & { readonly PolicyNames: string[] | undefined }>;
  document(policy: string, call: CallOptions): Promise<{ readonly PolicyDocument: string | undefined }>;
}

/** IAM has the same three reads for users, roles and groups, each under names of its own. */
function readsOf(client: IAMClient, kind: EntityKind, name: string): EntityReads {
  const UserName = name;
  const RoleName = name;
  const GroupName = name;
  switch (kind) {
    case 'user':
      return {
        list: 'User',
        attached: (page, call) =>
          client.send(new ListAttachedUserPoliciesCommand({ UserName, ...page }), call),
        names: (page, call) => client.send(new ListUserPoliciesCommand({ UserName, ...page }), call),
        document: (PolicyName, call) => client.send(new GetUserPolicyCommand({ UserName, PolicyName }), call),
      };
    case 'role':
      return {
        list: 'Role',
        attached: (page, call) =>
          client.send(new ListAttachedRolePoliciesCommand({ RoleName, ...page }), call),
        names: (page, call) => client.send(new ListRolePoliciesCommand({ RoleName, ...page }), call),
        document: (PolicyName, call) => client.send(new GetRolePolicyCommand({ RoleName, PolicyName }), call),
      };
    case 'group':
      return {
        list: 'Group',
        attached: (page, call) =>
          client.send(new ListAttachedGroupPoliciesCommand({ GroupName, ...page }), call),
        names: (page, call) => client.send(new ListGroupPoliciesCommand({ GroupName, ...page }), call),
        document: (PolicyName, call) =>
          client.send(new GetGroupPolicyCommand({ GroupName, PolicyName }), call),
      };
  }
}

/**
 * Reads the policies of one user, role or group.
 *
 * @param failed what to put in the place of an inline document that could not be read; the rest is still read.
 * @throws the SDK's error when the lists themselves cannot be read, NoSuchEntity included.
 */
export async function readEntityPolicies(
  client: IAMClient,
  caller: IamCaller,
  kind: EntityKind,
  name: string,
  failed: (policyName: string, error: unknown) => void,
): Promise<EntityPolicies> {
  const reads = readsOf(client, kind, name);
  const [attached, names] = await Promise.all([
    collect(
      (page) =>
        iamCall(caller, `iam:ListAttached${reads.list}Policies`, (call) => reads.attached(page, call)),
      ({ AttachedPolicies = [] }) => AttachedPolicies,
    ),
    collect(
      (page) => iamCall(caller, `iam:List${reads.list}Policies`, (call) => reads.names(page, call)),
      ({ PolicyNames = [] }) => PolicyNames,
    ),
  ]);
  const inline = await Promise.all(
    names.map(async (PolicyName) => {
      try {
        const action = `iam:Get${reads.list}Policy`;
        const { PolicyDocument } = await iamCall(caller, action, (call) => reads.document(PolicyName, call));
        return [{ PolicyName, PolicyDocument }];
      } catch (error) {
        failed(PolicyName, error);
        return [];
      }
    }),
  );
  return {
    attached: attached.flatMap(({ PolicyName = '', PolicyArn }) =>
      PolicyArn ? [{ PolicyName, PolicyArn }] : [],
    ),
    inline: inline.flat(),
  };
}

/** The items of all pages. */
export async function collect<P extends Page, T>(
  fetch: (page: PageRequest) => Promise<P>,
  items: (page: P) => readonly T[],
): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages(fetch)) all.push(...items(page));
  return all;
}
