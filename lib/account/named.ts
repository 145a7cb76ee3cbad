import { didYouMean } from '#lib/catalog/did-you-mean.ts';
import { InputError } from '#lib/errors.ts';
import { subjectName } from '#lib/words/labels.ts';
import { parsePrincipalReference } from './arn.ts';
import { isPattern, principalFilter } from './principal-filter.ts';
import type { Account, Principal } from './types.ts';

/**
 * The principals of an account that a person named, each in a form of `parsePrincipalReference`; with `*` and `?` all
 * that match.
 *
 * @throws InputError for a text that names neither a user nor a role, and for names that the account does not have,
 *   with the nearest that it has: a name that matches nobody must not pass for "nothing found".
 */
export async function namedPrincipals(account: Account, references: readonly string[]): Promise<Principal[]> {
  const filters = references.map((reference) => [reference, principalFilter([reference])] as const);
  const open = new Map(filters);
  const patterns = filters.filter(([reference]) => isPattern(reference));
  const found: Principal[] = [];
  const names: string[] = [];
  for await (const principal of account.principals()) {
    const matching = [...new Map([...open, ...patterns])].filter(([, isMeant]) => isMeant(principal));
    names.push(subjectName(principal));
    if (matching.length > 0) found.push(principal);
    for (const [reference] of matching) open.delete(reference);
    if (open.size === 0 && patterns.length === 0) return found;
  }
  if (open.size === 0) return found;
  throw new InputError([...open.keys()].map((reference) => missing(reference, account, names)).join('\n'));
}

/**
 * The one principal that a person named.
 *
 * @throws InputError as `namedPrincipals`, and for a pattern
 */
export async function namedPrincipal(account: Account, reference: string): Promise<Principal> {
  if (isPattern(reference)) throw new InputError(`"${reference}": name one user or role, without wildcards`);
  const [principal] = await namedPrincipals(account, [reference]);
  if (principal === undefined) throw new InputError(`nobody is called ${reference}`);
  return principal;
}

function missing(reference: string, { accountId }: Account, names: readonly string[]): string {
  const { kind, name, accountId: wanted } = parsePrincipalReference(reference);
  if (wanted !== undefined && wanted !== accountId) {
    return `${reference} is of account ${wanted}, and this is account ${accountId}`;
  }
  const meant = didYouMean(subjectName({ kind, name }), names);
  return `account ${accountId} has no ${kind} "${name}"${meant}`;
}
