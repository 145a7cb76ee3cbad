import { open } from 'node:fs/promises';
import * as z from 'zod/mini';
import { describeSchemaError, fileProblem, InputError } from '#lib/errors.ts';
import { arnParts } from './arn.ts';
import { Bindings, type ManagedPolicyLookup } from './bindings.ts';
import { groupDetail, policyDetail, roleDetail, userDetail } from './details.ts';
import { ALL_LISTS, guessLayout, type Layout, type ListName, readLayout } from './details-layout.ts';
import { type IdentityPool, identityPoolDetail, identityPoolOf } from './identity-pools.ts';
import { JsonFile } from './json-file.ts';
import { readList } from './json-list.ts';
import { type ProjectPolicy, projectPolicyDetail, projectPolicyOf } from './project-policies.ts';
import type { Account, Principal } from './types.ts';

export interface AccountFileOptions {
  /**
   * Finds a managed policy that is attached but not in the file. Without it such a policy makes its principal
   * `unreadable`.
   */
  readonly managedPolicies?: ManagedPolicyLookup;
}

/**
 * An account as `aws iam get-account-authorization-details` prints it. Policies and groups are held in memory, users
 * and roles are streamed anew each time they are asked for, so the size of the file does not matter.
 *
 * @param path a regular file: documents may be objects, JSON text or URL-encoded; the pages of a paged download may
 *   follow one another.
 * @throws InputError with line and byte when the file is not such an account; also while principals are streamed.
 */
export async function accountFromFile(path: string, options: AccountFileOptions = {}): Promise<Account> {
  const { file, stamp, close } = await openFile(path);
  try {
    const ends = new Map<number, number>();
    const layout = (await guessLayout(file)) ?? (await readLayout(file, ends));
    const source: Source = { layout, ends, account: await whichAccount(file, layout) };
    const bindings = new Bindings(options.managedPolicies);
    for await (const policies of batches(file, source, 'Policies', policyDetail)) {
      for (const policy of policies) bindings.addManagedPolicy(policy);
    }
    for await (const groups of batches(file, source, 'GroupDetailList', groupDetail)) {
      for (const group of groups) bindings.addGroup(group);
    }
    const projectPolicies: ProjectPolicy[] = [];
    for await (const details of batches(file, source, 'ProjectPolicies', projectPolicyDetail))
      projectPolicies.push(...details.map(projectPolicyOf));
    const identityPools: IdentityPool[] = [];
    for await (const details of batches(file, source, 'IdentityPoolList', identityPoolDetail))
      identityPools.push(...details.map(identityPoolOf));
    return {
      ...source.account,
      ...(projectPolicies.length > 0 && { projectPolicies }),
      ...(identityPools.length > 0 && { identityPools }),
      principals: () => principals(path, stamp, source, bindings),
      managedPolicy: (arn) => bindings.managedPolicy(arn),
      managedPolicies: () => bindings.managedPolicies(),
      groupPolicies: (name) => bindings.groupPolicies(name),
      groups: () => bindings.groups(),
      otherVersions: () => bindings.otherVersions(),
    };
  } finally {
    await close();
  }
}

/** What is known of the file once it has been opened. */
interface Source {
  readonly layout: Layout;
  /** Offset behind the opening bracket of a list → offset of its closing bracket, as far as lists were read. */
  readonly ends: Map<number, number>;
  readonly account: Pick<Account, 'accountId' | 'partition'>;
}

async function* principals(
  path: string,
  stamp: string,
  source: Source,
  bindings: Bindings,
): AsyncGenerator<Principal> {
  const { file, stamp: now, close } = await openFile(path);
  try {
    if (now !== stamp) throw new InputError(`${path} changed while it was being read: run the check again`);
    for await (const users of batches(file, source, 'UserDetailList', userDetail)) {
      for (const user of users) yield bindings.user(user);
    }
    for await (const roles of batches(file, source, 'RoleDetailList', roleDetail)) {
      for (const role of roles) yield bindings.role(role);
    }
    // Now that the ends of all lists are known the rest of the file is cheap to read: it proves a guessed layout.
    const proved = await readLayout(file, source.ends);
    if (ALL_LISTS.some((name) => String(proved[name]) !== String(source.layout[name]))) {
      throw new InputError(
        `${path}: the lists are not the top level of the file; nothing read from it holds`,
      );
    }
  } finally {
    await close();
  }
}

/** The elements of all lists of one name, checked, some hundred at a time. */
async function* batches<T>(
  file: JsonFile,
  { layout, ends }: Source,
  name: ListName,
  schema: z.ZodMiniType<T>,
): AsyncGenerator<T[]> {
  for (const start of layout[name]) {
    const list = readList(file, start, name);
    let step = await list.next();
    for (; !step.done; step = await list.next()) {
      const { elements, offsetOf } = step.value;
      const details: T[] = [];
      for (const [index, element] of elements.entries()) {
        const { success, data, error } = z.safeParse(schema, element);
        if (!success) {
          throw await file.error(offsetOf(index), `not an element of ${name}: ${describeSchemaError(error)}`);
        }
        details.push(data);
      }
      yield details;
    }
    ends.set(start, step.value);
  }
}

const anything = z.object({ Arn: z.string() });

/** The account that the first user, role, group or customer managed policy is of. */
async function whichAccount(file: JsonFile, layout: Layout): Promise<Source['account']> {
  for (const name of ['UserDetailList', 'RoleDetailList', 'GroupDetailList', 'Policies'] as const) {
    for (const start of layout[name]) {
      for await (const { elements } of readList(file, start, name)) {
        const account = accountIn(elements);
        if (account !== undefined) return account;
        if (name !== 'Policies') break;
      }
    }
  }
  throw new InputError(`${file.path} holds no user, role, group or policy of an account: nothing to check`);
}

function accountIn(elements: readonly unknown[]): Source['account'] | undefined {
  for (const element of elements) {
    const { data } = z.safeParse(anything, element);
    const account = data && arnParts(data.Arn);
    if (account && /^\d{12}$/.test(account.accountId)) return account;
  }
  return undefined;
}

async function openFile(path: string) {
  const handle = await open(path).catch((error: unknown) => {
    throw new InputError(`cannot read the account file ${path}: ${fileProblem(error)}`);
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile())
      throw new InputError(`${path} is not a regular file: save the account to a file first`);
    const mark = Buffer.alloc(2);
    await handle.read(mark, 0, 2, 0);
    if (mark.readUInt16LE() === 0xfeff || mark.readUInt16BE() === 0xfeff) {
      throw new InputError(`${path} is UTF-16 (PowerShell's > writes that): save it as UTF-8`);
    }
    const file = new JsonFile(path, handle, stat.size);
    return { file, stamp: `${stat.size} ${stat.mtimeMs}`, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
