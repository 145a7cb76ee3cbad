import type { CheckOptions } from '#lib/check/check-options.ts';
import { suppressedOnes } from '#lib/check/suppressed.ts';
import { contentSubject } from '#lib/compare/content-use.ts';
import { expiredSuppressions } from '#lib/compare/expired-suppressions.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import type { Finding } from '#lib/compare/types.ts';
import { noAccess } from '#lib/past/access.ts';
import { hiddenPairs } from '#lib/past/hidden-edits.ts';
import { checkContent, checkProjects, type ReadBeside } from './check-beside.ts';
import type { Checked } from './remember-look.ts';
import { accountSubject, expectationsSubject, policySubject, projectsSubject } from './sweep.ts';
import { hiddenOpening } from './unknown-findings.ts';

interface OtherChecks extends Pick<CheckOptions, 'accountId' | 'expectations' | 'today'> {
  readonly readBeside: ReadBeside;
  readonly judgeProjects: Parameters<typeof checkProjects>[2];
  /** Findings about policies of AWS. */
  readonly aboutPolicies: readonly Finding[];
}

/** Whether a subject is no principal. */
export const isOther = (subject: string): boolean =>
  [expectationsSubject, accountSubject, projectsSubject, contentSubject].includes(subject) ||
  subject.startsWith(policySubject(''));

/** Prepares the check of what is no principal, as the suppressions of single findings leave it. */
export function otherChecks({
  accountId,
  expectations,
  today,
  readBeside,
  judgeProjects,
  aboutPolicies,
}: OtherChecks): (asked: string) => Promise<Checked | undefined> {
  const byPolicy = groupBy(aboutPolicies, ({ subject }) => policySubject(subject));
  const check = async (asked: string): Promise<Checked | undefined> => {
    if (asked === expectationsSubject)
      return others(asked, expiredSuppressions(expectations, accountId, today));
    if (asked === accountSubject) return checkHidden(accountId);
    if (asked === projectsSubject) return checkProjects(accountId, readBeside.projectPolicies, judgeProjects);
    const { aiServicesOptOut } = readBeside;
    // What is not read any more is not asked about any more.
    if (asked === contentSubject) return aiServicesOptOut && checkContent(accountId, aiServicesOptOut);
    return others(asked, byPolicy.get(asked) ?? []);
  };
  return async (asked) => {
    const checked = await check(asked);
    if (checked === undefined) return undefined;
    const findings = suppressedOnes(checked.findings, expectations, today);
    return findings === checked.findings ? checked : { ...checked, findings, status: statusOf(findings) };
  };
}

function statusOf(findings: readonly Finding[]): Checked['status'] {
  const open = findings.filter(({ suppressed }) => suppressed === undefined);
  if (open.length === 0) return 'as-expected';
  return open.every(({ kind }) => kind === 'inconclusive') ? 'inconclusive' : 'findings';
}

/** What may have been open to whomever between two events that hide what they wrote, and undo each other. */
const checkHidden = (accountId: string): Checked => ({
  ...others(accountSubject, []),
  access: noAccess,
  openingsSince: (_, changes) => hiddenPairs(changes).map((pair) => hiddenOpening(accountId, pair)),
});

const others = (subject: string, findings: readonly Finding[]): Checked => ({
  subject,
  arn: '',
  status: findings.length > 0 ? 'findings' : 'as-expected',
  fingerprint: '',
  findings,
});
