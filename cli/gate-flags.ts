import { appendFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { textOf } from '#cli/expectations-file.ts';
import { severities } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
import { newSince, parseEarlierReport } from '#lib/report/baseline.ts';
import { renderMarkdown } from '#lib/report/markdown.ts';
import type { CheckReport } from '#lib/report/types.ts';

/** What a pipeline lets pass. */
export interface GateFlags {
  readonly failOn?: Severity;
  readonly baseline?: string;
  readonly onlyChanges?: boolean;
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
    .option('--only-changes', 'with --plan: only findings about access that the plan changes');
}

/**
 * The report as a gate tells it.
 * @throws {InputError} for a baseline that is no report.
 */
export function gated(report: CheckReport, { failOn, baseline, onlyChanges }: GateFlags): CheckReport {
  const since =
    baseline === undefined ? report : newSince(report, parseEarlierReport(textOf(baseline), baseline));
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
