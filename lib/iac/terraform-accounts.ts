import { InputError } from '#lib/errors.ts';
import { stateResources, type TerraformPlan } from './terraform-plan.ts';
import type { References } from './terraform-references.ts';
import type { Resource } from './terraform-resources.ts';
import { hasUnknown } from './unknown.ts';

/** Which account each resource of a plan is in: a plan may deploy to several, by different configurations of the provider. */
export class Accounts {
  readonly #own = new Map<Resource, string>();
  readonly #ofProvider = new Map<string, Set<string>>();
  readonly #references: References;

  constructor(resources: readonly Resource[], references: References) {
    this.#references = references;
    for (const resource of resources) {
      const account = accountOfResource(resource);
      if (account === undefined) continue;
      this.#own.set(resource, account);
      const provider = references.providerOf(resource.address);
      if (provider === undefined) continue;
      const known = this.#ofProvider.get(provider) ?? new Set();
      this.#ofProvider.set(provider, known.add(account));
    }
  }

  /**
   * The account that is read: the one that is asked for, or the only one that the IAM resources of the plan are in;
   * undefined where neither says so.
   *
   * @throws {InputError} where they are in several, or in none that is asked for: what is left out is not judged.
   */
  chosen(file: string, wanted: string | undefined): string | undefined {
    const all = [...new Set(this.#own.values())].sort();
    if (wanted !== undefined) {
      if (all.length > 0 && !all.includes(wanted)) throw new InputError(isForOthers(file, all, wanted));
      return wanted;
    }
    if (all.length > 1) {
      throw new InputError(
        `${file} deploys to several accounts (${all.join(', ')}): choose one with --account-id`,
      );
    }
    return all[0];
  }

  /** Whether a resource is in the account, as far as its ARN or those of the same provider say. */
  mayBeOf(resource: Resource, accountId: string | undefined): boolean {
    const own = this.#own.get(resource);
    if (own !== undefined) return own === accountId;
    const provider = this.#references.providerOf(resource.address);
    const others = provider === undefined ? undefined : this.#ofProvider.get(provider);
    return others === undefined || accountId === undefined || others.has(accountId);
  }
}

/** What is wrong with a plan that deploys nothing to the account that is asked for. */
export const isForOthers = (file: string, accounts: readonly string[], wanted: string): string =>
  `${file} deploys to account ${accounts.join(', ')}, and not to ${wanted}: give --account-id, or the account file, of its own`;

function accountOfResource({ type, before, after, change }: Resource): string | undefined {
  if (!/^aws(cc)?_iam_/.test(type)) return undefined;
  const identities = [change?.change.before_identity?.account_id, change?.change.after_identity?.account_id];
  const arns = [before?.arn, after?.arn].map((arn) =>
    typeof arn === 'string' && !hasUnknown(arn) ? arn.split(':')[4] : undefined,
  );
  return [...identities, ...arns].find((id): id is string => typeof id === 'string' && /^\d{12}$/.test(id));
}

/** The account that the plan's own values name: of its identities, its IAM ARNs, or of who made the plan. */
export function accountOf(plan: TerraformPlan): string | undefined {
  return (
    accountOfIdentities(plan) ??
    accountOfArns(plan) ??
    accountOfCaller(plan) ??
    literalAccountOf(JSON.stringify(plan.resource_changes))
  );
}

function accountOfIdentities({ resource_changes }: TerraformPlan): string | undefined {
  return resource_changes
    .flatMap(({ change }) => [change.before_identity?.account_id, change.after_identity?.account_id])
    .find((account) => typeof account === 'string');
}

function accountOfArns({ resource_changes }: TerraformPlan): string | undefined {
  return resource_changes
    .filter(({ type }) => type.startsWith('aws_iam_'))
    .flatMap(({ change }) => [change.before?.arn, change.after?.arn])
    .map((arn) => (typeof arn === 'string' && !hasUnknown(arn) ? (arn.split(':')[4] ?? '') : ''))
    .find((account) => /^\d{12}$/.test(account));
}

function accountOfCaller({ prior_state }: TerraformPlan): string | undefined {
  return [...stateResources(prior_state?.values?.root_module)]
    .filter(({ type }) => type === 'aws_caller_identity')
    .map(({ values }) => values?.account_id)
    .find((account) => typeof account === 'string');
}

/**
 * The one account that ARNs in a text name: of Rekognition's resources, else of IAM's; undefined where there are several
 * or none.
 */
export function literalAccountOf(text: string): string | undefined {
  for (const service of ['rekognition', 'iam']) {
    const [only, ...more] = accountsIn(text, service);
    if (only !== undefined) return more.length === 0 ? only : undefined;
  }
  return undefined;
}

/** Accounts in the ARNs of a service. */
export function accountsIn(text: string, service: string): string[] {
  const arns = text.matchAll(new RegExp(`arn:aws[\\w-]*:${service}:[\\w*-]*:(\\d{12}):`, 'g'));
  return [...new Set([...arns].map(([, id = '']) => id))];
}
