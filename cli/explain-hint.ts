import { relative } from 'node:path';
import type { SourceFlags } from '#cli/source.ts';
import { shellWord } from '#lib/words/aws-command.ts';

/** How to explain a line of a report: this program as it was started, looking at the same as this run. */
export function explainHint(
  flags: { readonly [Flag in keyof SourceFlags]?: SourceFlags[Flag] | undefined },
): {
  readonly program: string;
  readonly options: readonly string[];
} {
  const values = {
    '--account-details': flags.accountDetails,
    '--guardrails': flags.guardrails,
    '--expectations': flags.expectations,
    '--profile': flags.profile,
    '--region': flags.region,
  };
  const options = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [name, value],
  );
  return { program: ownCommand(), options };
}

/** How this program was started, as a shell takes it from where the reader is. */
function ownCommand(): string {
  const started = process.argv[1] ?? '';
  return started.endsWith('.mjs')
    ? `node ${shellWord(relative(process.cwd(), started))}`
    : 'rekognition-permission-check';
}
