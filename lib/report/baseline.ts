import * as z from 'zod/mini';
import { compareSeverity, severities } from '#lib/catalog/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import { describeSchemaError, InputError } from '#lib/errors.ts';
import type { CheckReport } from './types.ts';

/** What is read of an earlier report, in any version of its shape. */
const earlier = z.object({
  schemaVersion: z.number(),
  findings: z.array(
    z.object({
      id: z.string(),
      severity: z.enum(severities),
      scope: z.optional(z.string()),
      when: z.optional(z.string()),
      actions: z.array(z.object({ action: z.string() })),
      leadsTo: z.optional(z.number()),
    }),
  ),
  actionLists: z.optional(z.array(z.array(z.string()))),
});

export type EarlierReport = z.infer<typeof earlier>;

/** @throws {InputError} naming the file and the key that is not as it should be. */
export function parseEarlierReport(text: string, file: string): EarlierReport {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InputError(`${file}: not JSON: --baseline takes what check --format json has printed`);
  }
  const { success, data, error } = z.safeParse(earlier, value);
  if (!success)
    throw new InputError(`${file}: not a report of check --format json: ${describeSchemaError(error)}`);
  return data;
}

/** The report without the findings that an earlier one has: a finding that grew since then is new. */
export function newSince(report: CheckReport, { findings, actionLists = [] }: EarlierReport): CheckReport {
  const known = new Map(
    findings.map(({ leadsTo, ...finding }) => [
      finding.id,
      {
        ...finding,
        actions: [
          ...finding.actions.map(({ action }) => action),
          ...(leadsTo === undefined ? [] : (actionLists[leadsTo] ?? [])),
        ],
      },
    ]),
  );
  const fresh = report.findings.filter((finding) => isNew(finding, known.get(finding.id)));
  return {
    ...report,
    findings: fresh,
    gate: { ...report.gate, known: report.findings.length - fresh.length },
  };
}

type Before = Omit<EarlierReport['findings'][number], 'actions'> & { readonly actions: readonly string[] };

function isNew(finding: Finding, before: Before | undefined): boolean {
  if (before === undefined) return true;
  const actions = new Set(before.actions);
  return (
    compareSeverity(finding.severity, before.severity) < 0 ||
    finding.scope !== before.scope ||
    finding.when !== before.when ||
    finding.actions.some(({ action }) => !actions.has(action))
  );
}
