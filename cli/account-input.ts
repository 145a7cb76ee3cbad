import { accountAt } from '#cli/account-file.ts';
import { iamOf, type SourceFlags } from '#cli/source.ts';
import { accountFromIam } from '#lib/account/from-iam.ts';
import type { Account } from '#lib/account/types.ts';

/** The account that a command is about: of a file, or of IAM. */
export async function accountOf(flags: SourceFlags): Promise<Account> {
  if (flags.accountDetails !== undefined) return accountAt(flags.accountDetails);
  const { client, pace } = iamOf(flags);
  return accountFromIam(client, { pace });
}
