import { accountAt } from '#cli/account-file.ts';
import { iamOf, liveAccount, type SourceFlags } from '#cli/source.ts';
import type { Account } from '#lib/account/types.ts';

/** The account that a command is about: of a file, or of IAM. */
export async function accountOf(flags: SourceFlags): Promise<Account> {
  if (flags.accountDetails !== undefined) return accountAt(flags.accountDetails);
  return liveAccount(iamOf(flags));
}
