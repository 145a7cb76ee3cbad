import * as z from 'zod/mini';
import { severities } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
import { describeSchemaError, InputError } from '#lib/errors.ts';
import { openFindings } from './exit.ts';
import { historyOfRuns, historySchema, isNew, withHistory } from './history.ts';
import { unfolded } from './report-file.ts';
import type { CheckReport, Earlier } from './types.ts';

/** What is read of an earlier report, in any version of its shape. */
const earlier = z.object({
  schemaVersion: z.number(),
  accountId: z.optional(z.string()),
  run: z.optional(z.object({ startedAt: z.string() })),
  findings: z.array(
    z.object({
      id: z.string(),
      kind: z._default(z.string(), ''),
      severity: z.enum(severities),
      subject: z._default(z.string(), ''),
      summary: z._default(z.string(), ''),
      suppressed: z.optional(z.unknown()),
      scope: z.optional(z.string()),
      when: z.optional(z.string()),
      actions: z.array(z.object({ action: z.string() })),
      leadsTo: z.optional(z.number()),
    }),
  ),
  actionLists: z.optional(z.array(z.array(z.string()))),
  principals: z._default(
    z.array(z.object({ subject: z._default(z.string(), ''), history: z.optional(z.array(historySchema)) })),
    [],
  ),
  earlier: z.optional(
    z.object({
      runs: z.array(z.object({ startedAt: z.string(), findings: z.record(z.enum(severities), z.number()) })),
    }),
  ),
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

/** A finding of an earlier run, with all of its actions. */
type Known = Omit<EarlierReport['findings'][number], 'leadsTo'>;

/** The report without the findings that an earlier one has: a finding that grew since then is new. */
export function newSince(report: CheckReport, earlier: EarlierReport): CheckReport {
  const known = byId(findingsOf(earlier));
  const fresh = report.findings.filter((finding) => isNew(finding, known.get(finding.id)));
  return {
    ...report,
    findings: fresh,
    gate: { ...report.gate, known: report.findings.length - fresh.length },
  };
}

/** Earlier runs that are kept: more than a page shows. */
const RUNS = 60;

/**
 * The report with what earlier ones of its account say: how many findings there were, what was added since the last of
 * them, what is gone, and what happened to each principal; also what those knew of earlier ones. Those of other accounts,
 * and those without a time, are left out.
 */
export function withEarlier(report: CheckReport, earlier: readonly EarlierReport[]): CheckReport {
  const runs = earlier
    .flatMap(({ run, ...rest }) =>
      run === undefined || (rest.accountId !== undefined && rest.accountId !== report.accountId)
        ? []
        : [{ ...rest, startedAt: run.startedAt, findings: findingsOf(rest).filter(isOpen) }],
    )
    .sort(byStart);
  const last = runs.at(-1);
  if (last === undefined) return report;
  const known = byId(last.findings);
  const open = openFindings(report.findings);
  const ids = new Set(open.map(({ id }) => id));
  const between = historyOfRuns([...runs, { startedAt: report.startedAt, findings: open }]);
  const before = new Map(last.principals.map(({ subject, history = [] }) => [subject, history]));
  return {
    ...report,
    principals: withHistory(report.principals, before, between),
    earlier: {
      runs: runsUntil(runs),
      now: countsOf(open),
      added: open.filter((finding) => isNew(finding, known.get(finding.id))).map(({ id }) => id),
      gone: last.findings
        .filter(({ id }) => !ids.has(id))
        .map(({ id, subject, severity }) => ({ id, subject, severity })),
    },
  };
}

interface Timed {
  readonly startedAt: string;
}

const byStart = (a: Timed, b: Timed): number => (a.startedAt < b.startedAt ? -1 : 1);

const isOpen = ({ suppressed }: Known): boolean => suppressed === undefined;

/** Those runs, and those that the last of them knew of. */
function runsUntil(
  runs: readonly (Timed & Pick<EarlierReport, 'earlier'> & { readonly findings: readonly Known[] })[],
): Earlier['runs'] {
  const counted = runs.map(({ startedAt, findings }) => ({ startedAt, findings: countsOf(findings) }));
  const given = new Set(counted.map(({ startedAt }) => startedAt));
  const told = (runs.at(-1)?.earlier?.runs ?? []).filter(({ startedAt }) => !given.has(startedAt));
  return [...told, ...counted].sort(byStart).slice(-RUNS);
}

function countsOf(findings: readonly { readonly severity: Severity }[]): Record<Severity, number> {
  const counts = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}

/** What an earlier report has found. */
function findingsOf({
  findings,
  actionLists = [],
}: Pick<EarlierReport, 'findings' | 'actionLists'>): Known[] {
  return findings.map(({ leadsTo, actions, ...finding }) => ({
    ...finding,
    actions: [...actions, ...(actionLists[leadsTo ?? -1] ?? []).map((action) => ({ action }))],
  }));
}

const byId = (findings: readonly Known[]): ReadonlyMap<string, Known> =>
  new Map(findings.map((finding) => [finding.id, finding]));
