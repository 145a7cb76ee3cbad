import { CommanderError } from 'commander';
import { InputError } from '#lib/errors.ts';
import { escapeText } from '#lib/report/escape.ts';

/** What a shell script or a CI job learns from a run. */
export const exitCodes = { clean: 0, findings: 1, inconclusive: 2, input: 3, failure: 4 } as const;

const credentialErrors = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
]);

/** Writes an error as one line that says what to do, and returns the exit code that goes with it. */
export function reportError(error: unknown, write: (text: string) => void): number {
  if (error instanceof CommanderError) {
    // Commander has written its own line already; --help and --version are no errors.
    return error.exitCode === 0 ? exitCodes.clean : exitCodes.input;
  }
  if (error instanceof InputError) {
    write(`error: ${escapeText(error.message)}\n`);
    return exitCodes.input;
  }
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  const advice = credentialErrors.has(name)
    ? ' (give AWS credentials as for the AWS CLI: --profile, environment variables, or an instance role)'
    : '';
  write(`failed: ${escapeText(name === 'Error' ? message : `${name}: ${message}`)}${advice}\n`);
  return exitCodes.failure;
}
