import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetUserCommand,
  type IAMClient,
  ListGroupsForUserCommand,
} from '@aws-sdk/client-iam';
import type { PolicySource } from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import { describeSchemaError, InputError } from '#lib/errors.ts';
import { type IamCaller, iamCall } from '#lib/iam/call.ts';
import { describeError, meaningOf } from '#lib/iam/errors.ts';
import { subjectName } from '#lib/words/labels.ts';
import { arnParts, type PrincipalReference, parsePrincipalReference } from './arn.ts';
import { Bindings, type ManagedPolicyLookup } from './bindings.ts';
import { roleDetail, userDetail } from './details.ts';
import { collect, readEntityPolicies } from './entity-reads.ts';
import type { Group, Principal } from './types.ts';

/** The user or role does not exist, or was deleted while it was being read. */
export interface GonePrincipal {
  readonly kind: 'gone';
  /** `role/analyst` */
  readonly subject: string;
}

/** Reads one principal; see `principalFromIam`. */
export interface PrincipalReader {
  (reference: string): Promise<Principal | GonePrincipal>;
  /** Reads a managed policy by its ARN, if it has not been; undefined where it is gone or cannot be read. */
  managedPolicy(arn: string): Promise<PolicySource | undefined>;
  /** Reads the policies of a group, if they have not been; undefined where it is gone or cannot be read. */
  groupPolicies(name: string): Promise<readonly PolicySource[] | undefined>;
  /** The groups that have been read. */
  groups(): Iterable<Group>;
  /** The managed policies that have been read. */
  managedPolicies(): Iterable<PolicySource>;
}

/**
 * Reads one user or role from IAM with only the calls that it takes: itself, its policies, its groups and theirs.
 * What cannot be read after the SDK's retries makes the principal `unreadable` there.
 *
 * @param reference a form of `parsePrincipalReference`.
 * @throws InputError when the reference is none, or is of another account than the client's.
 * @throws AccessError when the caller may not read IAM.
 */
export function principalFromIam(
  client: IAMClient,
  reference: string,
  caller: IamCaller,
): Promise<Principal | GonePrincipal> {
  return principalReader(client, caller)(reference);
}

/**
 * A reader for any number of principals of one run: each group and managed policy is read once.
 *
 * @param known policies that were read before. Of those of AWS a version never changes, so it is not read again; of others
 *   it may be another one by the same name.
 */
export function principalReader(
  client: IAMClient,
  caller: IamCaller,
  known: ManagedPolicyLookup = () => undefined,
): PrincipalReader {
  const reads = new Reads(client, caller, known);
  const read = async (text: string) => {
    const reference = parsePrincipalReference(text);
    try {
      return await reads.principal(reference);
    } catch (error) {
      if (meaningOf(error) === 'gone') return { kind: 'gone' as const, subject: subjectName(reference) };
      throw error;
    }
  };
  return Object.assign(read, {
    managedPolicy: (arn: string) => reads.managedPolicy(arn),
    managedPolicies: () => reads.managedPolicies(),
    groupPolicies: (name: string) => reads.groupPolicies(name),
    groups: () => reads.groups(),
  });
}

/** The reads of one run. */
class Reads {
  readonly #client: IAMClient;
  readonly #caller: IamCaller;
  readonly #bindings = new Bindings();
  readonly #policies = new Map<string, Promise<void>>();
  readonly #groups = new Map<string, Promise<void>>();
  readonly #known: ManagedPolicyLookup;

  constructor(client: IAMClient, caller: IamCaller, known: ManagedPolicyLookup) {
    this.#client = client;
    this.#caller = caller;
    this.#known = known;
  }

  async managedPolicy(arn: string): Promise<PolicySource | undefined> {
    await this.#policy(arn);
    return this.#bindings.managedPolicy(arn);
  }

  managedPolicies(): Iterable<PolicySource> {
    return this.#bindings.managedPolicies();
  }

  async groupPolicies(name: string): Promise<readonly PolicySource[] | undefined> {
    await once(this.#groups, name, () => this.#addGroup(name));
    return this.#bindings.groupPolicies(name);
  }

  groups(): Iterable<Group> {
    return this.#bindings.groups();
  }

  #policy(arn: string): Promise<void> {
    return once(this.#policies, arn, () => this.#addPolicy(arn));
  }

  async principal({ kind, name, accountId }: PrincipalReference): Promise<Principal> {
    const unreadable: string[] = [];
    const [entity, own, groupNames] = await Promise.all([
      this.#readEntity(kind, name),
      this.#readPolicies(kind, name, unreadable),
      kind === 'user' ? this.#readGroups(name) : [],
    ]);
    const detail = {
      ...entity,
      AttachedManagedPolicies: own.attached,
      [kind === 'user' ? 'UserPolicyList' : 'RolePolicyList']: own.inline,
      GroupList: groupNames,
    };
    const boundary = entity?.PermissionsBoundary?.PermissionsBoundaryArn;
    await Promise.all([
      ...own.attached.map(({ PolicyArn }) => this.#policy(PolicyArn)),
      ...(boundary === undefined ? [] : [this.#policy(boundary)]),
      ...groupNames.map((group) => once(this.#groups, group, () => this.#addGroup(group))),
    ]);
    const principal =
      kind === 'user'
        ? this.#bindings.user(parse(userDetail, detail))
        : this.#bindings.role(parse(roleDetail, detail));
    const actual = arnParts(principal.arn).accountId;
    if (accountId !== undefined && accountId !== actual) {
      throw new InputError(
        `${kind} ${name} is asked for in account ${accountId}, and the credentials are of account ${actual}`,
      );
    }
    return unreadable.length === 0
      ? principal
      : { ...principal, unreadable: [...principal.unreadable, ...unreadable] };
  }

  /** GetUser and GetRole also tell tags and boundary. */
  async #readEntity(kind: 'user' | 'role', name: string) {
    if (kind === 'user') {
      const get = new GetUserCommand({ UserName: name });
      return (await iamCall(this.#caller, 'iam:GetUser', (call) => this.#client.send(get, call))).User;
    }
    const get = new GetRoleCommand({ RoleName: name });
    return (await iamCall(this.#caller, 'iam:GetRole', (call) => this.#client.send(get, call))).Role;
  }

  #readPolicies(kind: 'user' | 'role' | 'group', name: string, unreadable: string[]) {
    return readEntityPolicies(this.#client, this.#caller, kind, name, (policy, error) => {
      unreadable.push(`inline policy ${policy}: ${reasonOf(error)}`);
    });
  }

  #readGroups(UserName: string): Promise<string[]> {
    return collect(
      (page) =>
        iamCall(this.#caller, 'iam:ListGroupsForUser', (call) =>
          this.#client.send(new ListGroupsForUserCommand({ UserName, ...page }), call),
        ),
      ({ Groups = [] }) => Groups.flatMap(({ GroupName }) => GroupName ?? []),
    );
  }

  async #addGroup(name: string): Promise<void> {
    const unreadable: string[] = [];
    try {
      const { attached, inline } = await this.#readPolicies('group', name, unreadable);
      await Promise.all(attached.map(({ PolicyArn }) => this.#policy(PolicyArn)));
      this.#bindings.addGroup(
        { GroupName: name, GroupPolicyList: inline, AttachedManagedPolicies: attached },
        unreadable,
      );
    } catch (error) {
      const nothing = { GroupName: name, GroupPolicyList: [], AttachedManagedPolicies: [] };
      this.#bindings.addGroup(nothing, [reasonOf(error)]);
    }
  }

  async #addPolicy(PolicyArn: string): Promise<void> {
    try {
      const get = new GetPolicyCommand({ PolicyArn });
      const { Policy } = await iamCall(this.#caller, 'iam:GetPolicy', (call) => this.#client.send(get, call));
      const VersionId = Policy?.DefaultVersionId ?? '';
      const known = this.#known(PolicyArn);
      const isSame = known?.type === 'aws-managed' && known.versionId === VersionId;
      const Document = isSame ? known.text : await this.#documentOf(PolicyArn, VersionId);
      this.#bindings.addManagedPolicy({
        Arn: PolicyArn,
        PolicyName: Policy?.PolicyName ?? PolicyArn,
        DefaultVersionId: VersionId,
        PolicyVersionList: [{ VersionId, IsDefaultVersion: true, Document }],
      });
    } catch (error) {
      this.#bindings.addUnreadablePolicy(PolicyArn, reasonOf(error));
    }
  }

  async #documentOf(PolicyArn: string, VersionId: string): Promise<string | undefined> {
    const get = new GetPolicyVersionCommand({ PolicyArn, VersionId });
    const action = 'iam:GetPolicyVersion';
    const { PolicyVersion } = await iamCall(this.#caller, action, (call) => this.#client.send(get, call));
    return PolicyVersion?.Document;
  }
}

/** Starts a read the first time it is asked for. */
function once(started: Map<string, Promise<void>>, key: string, read: () => Promise<void>): Promise<void> {
  const known = started.get(key) ?? read();
  started.set(key, known);
  return known;
}

/** What a person reads of a failed read; what concerns the whole run is thrown on. */
function reasonOf(error: unknown): string {
  const meaning = meaningOf(error);
  if (meaning === 'gone') return 'it was deleted while it was being read';
  if (meaning === 'unanswered') return `IAM did not answer: ${describeError(error)}`;
  throw error;
}

function parse<T>(schema: z.ZodMiniType<T>, detail: unknown): T {
  const { success, data, error } = z.safeParse(schema, detail);
  if (!success)
    throw new Error(`IAM described the principal in an unexpected way: ${describeSchemaError(error)}`);
  return data;
}
