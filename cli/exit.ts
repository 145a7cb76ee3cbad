import { CommanderError } from 'commander';
import { AccessError, InputError } from '#lib/errors.ts';
import { isAboutCredentials, meaningOf } from '#lib/iam/errors.ts';
import { escapeText } from '#lib/words/escape.ts';

/** What a shell script or a CI job learns from a run. */
export const exitCodes = { clean: 0, findings: 1, inconclusive: 2, input: 3, failure: 4 } as const;

/** Writes an error as one line that says what to do, and returns the exit code that goes with it. */
export function reportError(error: unknown, write: (text: string) => void): number {
  if (error instanceof CommanderError) {
    // Commander has written its own line already; --help and --version are no errors.
    return error.exitCode === 0 ? exitCodes.clean : exitCodes.input;
  }
  if (error instanceof InputError) {
    // A file may have several faults, each on a line of its own.
    for (const line of error.message.split('\n')) write(`error: ${escapeText(line)}\n`);
    return exitCodes.input;
  }
  write(`failed: ${escapeText(messageOf(error))}${adviceFor(error)}\n`);
  return exitCodes.failure;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses of one host were tried; the first error is as good as any.
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0]);
  const { name, message } = error;
  return name === 'Error' || name === 'AccessError' ? message : `${name}: ${message}`;
}

function adviceFor(error: unknown): string {
  const origin = error instanceof AccessError ? error.cause : error;
  if (isAboutCredentials(origin)) {
    return ' (give AWS credentials as for the AWS CLI: --profile, environment variables, or an instance role)';
  }
  if (error instanceof AccessError) return ` (the caller needs ${error.call})`;
  return meaningOf(error) === 'unanswered' ? ' (AWS could not be reached, or did not answer)' : '';
}
