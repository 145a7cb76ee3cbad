import { appendFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { textOf } from '#cli/expectations-file.ts';
import { severities } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
import { newSince, parseEarlierReport, withEarlier } from '#lib/report/baseline.ts';
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
 * The report as a gate tells it.
 * @throws {InputError} for an earlier report that is none.
 */
export function gated(checked: CheckReport, flags: GateFlags): CheckReport {
  const { failOn, baseline, onlyChanges, earlier = [] } = flags;
  const read = (file: string) => parseEarlierReport(textOf(file), file);
  const known = baseline === undefined ? undefined : read(baseline);
  const report = withEarlier(checked, [...earlier.map(read), ...(known === undefined ? [] : [known])]);
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
  if (file !== undefined && file !== '') appendFileSync(file, renderMarkdown(report));
}
