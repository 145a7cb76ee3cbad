import pLimit from 'p-limit';
import { sortFindings } from '#lib/compare/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { CheckReport, PrincipalResult } from '#lib/report/types.ts';
import { listRecords, readRecord } from './store.ts';
import type { RecordTable } from './table.ts';

const atOnce = 16;

/**
 * A report of the documents alone, with what is remembered in the place of its verdicts: the status and the findings of
 * each principal's last check. Who has no record keeps what the documents say; who is not in the report is gone.
 */
export async function withKnown(report: CheckReport, table: RecordTable): Promise<CheckReport> {
  const statuses = new Map<string, PrincipalResult['status']>();
  const findings: Finding[] = [];
  const limit = pLimit(atOnce);
  const reading: Promise<void>[] = [];
  for await (const { subject } of listRecords(table)) {
    reading.push(
      limit(async () => {
        const record = await readRecord(table, subject);
        if (record === undefined || record.status === 'deleted') return;
        statuses.set(record.subject.toLowerCase(), record.status);
        findings.push(...record.known.map(({ finding }) => finding));
      }),
    );
  }
  await Promise.all(reading);
  const present = new Set(report.principals.map(({ subject }) => subject.toLowerCase()));
  const isKnown = ({ subject }: { readonly subject: string }) => statuses.has(subject.toLowerCase());
  // Findings about policies and about the expectations are remembered, too, of whom no principal is the subject.
  const current = findings.filter(
    ({ subject, principalArn }) => principalArn === undefined || present.has(subject.toLowerCase()),
  );
  return {
    ...report,
    evidence: statuses.size === 0 ? report.evidence : ['evaluated', 'simulated'],
    principals: report.principals.map((principal) => {
      const status = statuses.get(principal.subject.toLowerCase());
      if (status === undefined || status === principal.status) return principal;
      // What the documents prove is no proof of what IAM answered otherwise.
      const { proved: _, unsettled: __, ...rest } = principal;
      return { ...rest, status };
    }),
    findings: sortFindings([
      ...current,
      ...report.findings.filter((finding) => finding.principalArn !== undefined && !isKnown(finding)),
    ]),
  };
}
