import type { Guardrails } from '#lib/account/types.ts';
import { openFindings } from '#lib/report/exit.ts';
import { linesOfJson } from '#lib/report/json.ts';
import type { CheckReport } from '#lib/report/types.ts';

/** What no check of documents and simulation can see. */
const never = [
  'session policies, which a caller passes along when it assumes a role',
  'live answers of Rekognition: `probe` asks for them',
  'when an access was used: CloudTrail knows',
];

/** What was not checked, whom nobody judged, and why. */
export function notCheckedText(report: CheckReport, guardrails: Guardrails | undefined): string {
  const { principals, findings, warnings, evidence } = report;
  const simulated = evidence.includes('simulated');
  const unknown = openFindings(findings).filter(({ kind }) => kind === 'inconclusive');
  const doubtsOf = (arn: string) =>
    unknown.filter(({ principalArn }) => principalArn === arn).map(({ summary }) => summary);
  return linesOfJson({
    principals: principals
      .filter(({ status }) => status !== 'as-expected' && status !== 'findings')
      .map(({ arn, status, note }) => ({ arn, status, why: note ?? doubtsOf(arn).join(' ') })),
    inconclusive: unknown.map(({ id, subject, severity, summary }) => ({
      id,
      subject,
      severity,
      why: summary,
    })),
    notes: warnings,
    outOfSight: [
      ...(guardrails?.scps === undefined && !simulated
        ? ["the organization's service control policies: none were given, and IAM's simulation was not asked"]
        : []),
      ...(simulated ? [] : ["IAM's own verdict: the policy documents were evaluated, nothing was simulated"]),
      guardrails?.vpcEndpoints === undefined
        ? 'policies of VPC endpoints: none were given'
        : 'policies of other VPC endpoints than those that were given',
      ...never,
    ].map((what) => ({ what })),
  });
}
