import { PolicyError, type PolicySource, parsePolicy } from '@permission-check/iam-policy';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { textOf } from '#cli/expectations-file.ts';
import type { AccountChange, Holder } from '#lib/account/apply-change.ts';
import { newManagedPolicy } from '#lib/account/change-command.ts';
import { isPattern, principalFilter } from '#lib/account/principal-filter.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import { didYouMean } from '#lib/catalog/did-you-mean.ts';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import { otherPolicies } from '#lib/catalog/other-policies.ts';
import { InputError } from '#lib/errors.ts';
import { catalogPolicies } from '#lib/expectation/sets.ts';

/** A name with what stands for it: `payroll=policy.json`. */
interface Named {
  readonly name: string;
  readonly file: string;
}

/** Changes of IAM, as a person writes them. */
export interface ChangeFlags {
  readonly attach?: readonly string[];
  readonly detach?: readonly string[];
  readonly put?: readonly Named[];
  readonly delete?: readonly string[];
  readonly boundary?: string | false;
  readonly trust?: string;
  readonly join?: readonly string[];
  readonly leave?: readonly string[];
  readonly newVersion?: readonly Named[];
}

export function withChangeOptions(command: Command): Command {
  return command
    .option(
      '--attach <policy...>',
      'managed policies to attach: a name, an ARN, or NAME=FILE for one to be made',
    )
    .option('--detach <policy...>', 'managed policies to detach: a name or an ARN')
    .addOption(
      new Option('--put <name=file...>', 'inline policies to write: payroll=policy.json').argParser(named),
    )
    .option('--delete <name...>', 'inline policies to delete')
    .option('--boundary <policy>', 'permissions boundary to set, as in --attach')
    .option('--no-boundary', 'permissions boundary to take away')
    .option('--trust <file>', "the role's new trust policy")
    .option('--join <group...>', 'groups that the user joins: vision')
    .option('--leave <group...>', 'groups that the user leaves')
    .addOption(
      new Option(
        '--new-version <policy=file...>',
        'a new default version of a customer managed policy, for everybody who has it: shop=policy.json',
      ).argParser(named),
    );
}

function named(text: string, before: readonly Named[] = []): readonly Named[] {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('write NAME=FILE.');
  return [...before, { name: text.slice(0, at), file: text.slice(at + 1) }];
}

/**
 * The changes that a person asked for, in IAM's terms.
 *
 * @param whom role/NAME, user/NAME, group/NAME, an ARN; with wildcards
 * @throws {InputError} for somebody or something that the account does not have, and for a document that IAM would refuse
 */
export function changesFrom(
  whom: readonly string[],
  flags: ChangeFlags,
  account: Account,
  principals: readonly Principal[],
): readonly AccountChange[] {
  const known = new KnownPolicies(account, principals);
  const changes = [
    ...holdersOf(whom, principals).flatMap((holder) => ofHolder(holder, flags, known)),
    ...(flags.newVersion ?? []).map(({ name, file }): AccountChange => {
      const { arn } = known.held(name);
      return {
        kind: 'set-default-version',
        policyArn: arn,
        versionId: 'the new version',
        text: policyText(file),
      };
    }),
  ];
  if (changes.length > 0) return changes;
  throw new InputError(
    whom.length === 0
      ? 'name whom the change is for: role/NAME, user/NAME or group/NAME'
      : 'name a change: --attach, --detach, --put, --delete, --boundary, --trust, --join, --leave or --new-version',
  );
}

function ofHolder(holder: Holder, flags: ChangeFlags, known: KnownPolicies): AccountChange[] {
  return [
    ...(flags.detach ?? []).map((name): AccountChange => {
      return { kind: 'detach', holder, policyArn: known.held(name).arn };
    }),
    ...(flags.delete ?? []).map((name): AccountChange => ({ kind: 'delete', holder, name })),
    ...(flags.attach ?? []).map((name): AccountChange => {
      return { kind: 'attach', holder, policy: known.any(name) };
    }),
    ...(flags.put ?? []).map(({ name, file }): AccountChange => {
      return { kind: 'put', holder, name, text: policyText(file) };
    }),
    ...boundaryChange(holder, flags, known),
    ...trustChange(holder, flags),
    ...groupChanges(holder, flags, known),
  ];
}

function boundaryChange(holder: Holder, { boundary }: ChangeFlags, known: KnownPolicies): AccountChange[] {
  if (boundary === undefined) return [];
  const { kind, name } = holder;
  if (kind === 'group')
    throw new InputError(`group/${name} can have no permissions boundary: users and roles can`);
  return boundary === false
    ? [{ kind: 'delete-boundary', principal: { kind, name } }]
    : [{ kind: 'put-boundary', principal: { kind, name }, policy: known.any(boundary) }];
}

function trustChange({ kind, name }: Holder, { trust }: ChangeFlags): AccountChange[] {
  if (trust === undefined) return [];
  if (kind !== 'role') throw new InputError(`${kind}/${name} has no trust policy: roles have one`);
  const policy: PolicySource = { name: 'trust policy', type: 'resource', text: policyText(trust) };
  return [{ kind: 'put-trust', role: name, policy }];
}

function groupChanges(
  { kind, name }: Holder,
  { join = [], leave = [] }: ChangeFlags,
  known: KnownPolicies,
): AccountChange[] {
  if (join.length + leave.length > 0 && kind !== 'user') {
    throw new InputError(`${kind}/${name} can be in no group: users can`);
  }
  const bare = (group: string) => group.replace(/^group\//, '');
  return [
    ...leave.map((group): AccountChange => ({ kind: 'remove-from-group', user: name, group: bare(group) })),
    ...join.map(bare).map((group): AccountChange => {
      return { kind: 'add-to-group', user: name, group, policies: known.ofGroup(group) };
    }),
  ];
}

function holdersOf(whom: readonly string[], principals: readonly Principal[]): Holder[] {
  return whom.flatMap((reference) => {
    const group = /^(?:arn:[^:]+:iam::\d{12}:)?group\/(?:.*\/)?([^/]+)$/.exec(reference)?.[1];
    if (group !== undefined) {
      if (principals.some(({ groups }) => groups.includes(group)))
        return [{ kind: 'group' as const, name: group }];
      throw new InputError(`no user is in a group "${group}": nobody's access could change`);
    }
    const isMeant = principalFilter([reference]);
    const found = principals.filter(isMeant).map(({ kind, name }): Holder => ({ kind, name }));
    if (found.length > 0) return found;
    const matches = isPattern(reference) ? 'matches nobody' : 'is nobody';
    throw new InputError(`"${reference}" ${matches} in this account`);
  });
}

/** @throws {InputError} when it cannot be read, or is no policy */
function policyText(file: string): string {
  const text = textOf(file);
  try {
    parsePolicy(text);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new InputError(`${file}:${error.line}:${error.column}: ${error.problem}`);
  }
  return text;
}

type Managed = PolicySource & { readonly arn: string };

/** Managed policies by the names that people call them. */
class KnownPolicies {
  readonly #account: Account;
  readonly #held: readonly PolicySource[];

  constructor(account: Account, principals: readonly Principal[]) {
    this.#account = account;
    const all = principals.flatMap(({ policies, boundary }) => [
      ...policies,
      ...(boundary ? [boundary] : []),
    ]);
    this.#held = [
      ...new Map(all.flatMap((one) => (one.arn === undefined ? [] : [[one.arn, one] as const]))).values(),
    ];
  }

  /** One that somebody has. */
  held(name: string): Managed {
    const found = this.#held.find((policy) => policy.arn === name || policy.name === name);
    if (found?.arn === undefined)
      throw new InputError(`nobody in this account has a managed policy "${name}"${meant(name, this.#held)}`);
    return { ...found, arn: found.arn };
  }

  /** What a group gives, also one that nobody is in. */
  ofGroup(name: string): readonly PolicySource[] {
    const policies = this.#account.groupPolicies?.(name);
    if (policies === undefined)
      throw new InputError(`this account has no group "${name}", or its policies cannot be read`);
    return policies;
  }

  /** Any that is known: of the account, of AWS as far as it is about Rekognition, or of a file. */
  any(name: string): PolicySource {
    const at = name.indexOf('=');
    if (at > 0) return this.#ofFile(name.slice(0, at), name.slice(at + 1));
    const { group: _, ...found } =
      this.#held.find((policy) => policy.arn === name || policy.name === name) ??
      this.#stored(name) ??
      this.#ofAws(name);
    return found;
  }

  #ofFile(name: string, file: string): PolicySource {
    const { partition, accountId } = this.#account;
    return newManagedPolicy(name, policyText(file), `arn:${partition}:iam::${accountId}:root`);
  }

  /** One that nobody has. */
  #stored(name: string): PolicySource | undefined {
    const { partition, accountId } = this.#account;
    const arn = name.startsWith('arn:') ? name : `arn:${partition}:iam::${accountId}:policy/${name}`;
    return this.#account.managedPolicy?.(arn);
  }

  #ofAws(name: string): PolicySource {
    const bare = name.replace(/^arn:[^:]+:iam::aws:policy\/(?:.*\/)?/, '');
    const [found] = isOfAws(bare) ? catalogPolicies(bare) : [];
    if (found !== undefined) return found;
    const ofAws = [...Object.keys(managedPolicies), ...otherPolicies.keys()].map((one) => ({ name: one }));
    const known = [...this.#held, ...(this.#account.managedPolicies?.() ?? []), ...ofAws];
    throw new InputError(
      `"${name}" is no policy of this account, and none of AWS's that is about Rekognition${meant(name, known)}: write ${bare}=FILE with its document`,
    );
  }
}

/** ` (did you mean "x"?)`, or nothing. */
function meant(name: string, policies: readonly { readonly name: string }[]): string {
  return didYouMean(
    name.slice(name.lastIndexOf('/') + 1),
    policies.map((policy) => policy.name),
  );
}

function isOfAws(name: string): boolean {
  try {
    return catalogPolicies(name)[0]?.type === 'aws-managed';
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}
