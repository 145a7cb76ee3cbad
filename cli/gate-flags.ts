import { appendFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { textOf } from '#cli/expectations-file.ts';
import { severities } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
import { fileProblem, InputError } from '#lib/errors.ts';
import { type EarlierReport, newSince, parseEarlierReport, withEarlier } from '#lib/report/baseline.ts';
import { renderMarkdown } from '#lib/report/markdown.ts';
import type { CheckReport } from '#lib/report/types.ts';

/** What a pipeline lets pass. */
export interface GateFlags {
  readonly failOn?: Severity;
  readonly baseline?: string;
  readonly onlyChanges?: boolean;
  readonly earlier?: readonly string[];
}

export function withGateOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--fail-on <severity>',
        'exit 1 or 2 only for findings of this severity and above; the others are told all the same',
      ).choices([...severities]),
    )
    .option('--baseline <file>', 'an earlier report (--format json): only what is new since then is told')
    .option('--earlier <file...>', 'earlier reports (--format json): the page shows what has changed since')
    .option('--only-changes', 'with --plan: only findings about access that the plan changes');
}

/**
 * What makes of a report what a gate tells. Earlier reports are read at once: a check may take long.
 * @throws {InputError} for an earlier report that is none.
 */
export function gateOf({
  baseline,
  earlier = [],
  ...flags
}: GateFlags): (checked: CheckReport) => CheckReport {
  const read = (file: string) => parseEarlierReport(textOf(file), file);
  const known = baseline === undefined ? undefined : read(baseline);
  const past = [...earlier.map(read), ...(known === undefined ? [] : [known])];
  return (checked) => gated(withEarlier(checked, past), known, flags);
}

function gated(
  report: CheckReport,
  known: EarlierReport | undefined,
  { failOn, onlyChanges }: Pick<GateFlags, 'failOn' | 'onlyChanges'>,
): CheckReport {
  const since = known === undefined ? report : newSince(report, known);
  if (failOn === undefined && onlyChanges !== true) return since;
  return {
    ...since,
    gate: {
      ...since.gate,
      ...(failOn === undefined ? {} : { failOn }),
      ...(onlyChanges === true ? { onlyChanges } : {}),
    },
  };
}

/** Writes the report to the summary of the step where GitHub Actions asks for one. */
export function writeStepSummary(report: CheckReport): void {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (file === undefined || file === '') return;
  try {
    appendFileSync(file, renderMarkdown(report));
  } catch (error) {
    throw new InputError(`GITHUB_STEP_SUMMARY: ${file}: ${fileProblem(error)}`);
  }
}
