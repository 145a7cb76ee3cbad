import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { accountFromFile } from '#lib/account/from-file.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import { InputError } from '#lib/errors.ts';

/** What stands for standard input. */
export const STDIN = '-';

/**
 * The account of a file, or with `-` of standard input: kept in a file that only this user can read until the program
 * ends, since an account is read more than once.
 *
 * @throws {InputError} for what is no account; also while principals are streamed
 */
export async function accountAt(path: string): Promise<Account> {
  if (path !== STDIN) return accountFromFile(path);
  const copy = await copyOfStdin();
  try {
    const account = await accountFromFile(copy);
    return { ...account, principals: () => principalsOf(account, copy) };
  } catch (error) {
    throw namingStdin(error, copy);
  }
}

async function* principalsOf(account: Account, copy: string): AsyncGenerator<Principal> {
  try {
    yield* account.principals();
  } catch (error) {
    throw namingStdin(error, copy);
  }
}

function namingStdin(error: unknown, copy: string): unknown {
  if (!(error instanceof InputError)) return error;
  return new InputError(error.message.replaceAll(copy, 'standard input'));
}

async function copyOfStdin(): Promise<string> {
  if (process.stdin.isTTY) {
    throw new InputError('--account-details - reads standard input, and nothing is piped into it');
  }
  const folder = mkdtempSync(join(tmpdir(), 'permission-check-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Nothing runs on exit where a signal ends the program: it is sent again once the account is gone.
    process.once(signal, () => {
      remove();
      process.kill(process.pid, signal);
    });
  }
  const copy = join(folder, 'account.json');
  await pipeline(process.stdin, createWriteStream(copy, { mode: 0o600 }));
  return copy;
}
