import * as z from 'zod/mini';
import { compareSeverity, severities } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
import type { Finding } from '#lib/compare/types.ts';
import { describeSchemaError, InputError } from '#lib/errors.ts';
import { openFindings } from './exit.ts';
import { unfolded } from './report-file.ts';
import type { CheckReport } from './types.ts';

/** What is read of an earlier report, in any version of its shape. */
const earlier = z.object({
  schemaVersion: z.number(),
  accountId: z.optional(z.string()),
  run: z.optional(z.object({ startedAt: z.string() })),
  findings: z.array(
    z.object({
      id: z.string(),
      severity: z.enum(severities),
      subject: z._default(z.string(), ''),
      suppressed: z.optional(z.unknown()),
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
    throw new InputError(`${file}: not JSON: give what check --format json has printed`);
  }
  const { success, data, error } = z.safeParse(earlier, unfolded(value));
  if (!success)
    throw new InputError(`${file}: not a report of check --format json: ${describeSchemaError(error)}`);
  return data;
}

/** The report without the findings that an earlier one has: a finding that grew since then is new. */
export function newSince(report: CheckReport, earlier: EarlierReport): CheckReport {
  const known = extents(earlier);
  const fresh = report.findings.filter((finding) => isNew(finding, known.get(finding.id)));
  return {
    ...report,
    findings: fresh,
    gate: { ...report.gate, known: report.findings.length - fresh.length },
  };
}

/**
 * The report with what earlier ones of its account say: how many findings there were, what was added since the last of
 * them, and what is gone. Those of other accounts, and those without a time, are left out.
 */
export function withEarlier(report: CheckReport, earlier: readonly EarlierReport[]): CheckReport {
  const timed = earlier.flatMap(({ run, ...rest }) =>
    run === undefined || (rest.accountId !== undefined && rest.accountId !== report.accountId)
      ? []
      : [{ ...rest, startedAt: run.startedAt }],
  );
  const runs = timed.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  const last = runs.at(-1);
  if (last === undefined) return report;
  const known = extents({ ...last, findings: openOf(last) });
  const open = openFindings(report.findings);
  const ids = new Set(open.map(({ id }) => id));
  return {
    ...report,
    earlier: {
      runs: runs.map((one) => ({ startedAt: one.startedAt, findings: countsOf(openOf(one)) })),
      added: open.filter((finding) => isNew(finding, known.get(finding.id))).map(({ id }) => id),
      gone: openOf(last)
        .filter(({ id }) => !ids.has(id))
        .map(({ id, subject, severity }) => ({ id, subject, severity })),
    },
  };
}

const openOf = ({ findings }: Pick<EarlierReport, 'findings'>): EarlierReport['findings'] =>
  findings.filter(({ suppressed }) => suppressed === undefined);

function countsOf(findings: EarlierReport['findings']): Record<Severity, number> {
  const counts = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}

type Before = Omit<EarlierReport['findings'][number], 'actions'> & { readonly actions: readonly string[] };

/** What an earlier report has found, by the id of the finding. */
function extents({
  findings,
  actionLists = [],
}: Pick<EarlierReport, 'findings' | 'actionLists'>): ReadonlyMap<string, Before> {
  return new Map(
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
}

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
