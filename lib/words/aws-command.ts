/**
 * A word for a POSIX shell: as it is where it is harmless, else in single quotes. Names come from IAM or from a
 * file, so a command that people copy must not let them run anything.
 */
export function shellWord(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/** An AWS CLI command; a value that looks like an option is bound to its own with `=`. */
export function awsCommand(operation: string, options: Readonly<Record<string, string>>): string {
  const words = Object.entries(options).map(
    ([name, value]) => `--${name}${value.startsWith('-') ? '=' : ' '}${shellWord(value)}`,
  );
  return ['aws', operation, ...words].join(' ');
}
