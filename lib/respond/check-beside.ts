import type { IdentityPool } from '#lib/account/identity-pools.ts';
import type { ProjectPolicy } from '#lib/account/project-policies.ts';
import type { Severity } from '#lib/catalog/types.ts';
import { contentSubject, contentUse } from '#lib/compare/content-use.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import type { ProjectFindings } from '#lib/compare/project-findings.ts';
import type { Finding } from '#lib/compare/types.ts';
import { AccessError } from '#lib/errors.ts';
import type { Checked } from './remember-look.ts';
import { projectsSubject } from './sweep.ts';

/** How what IAM does not have is read; absent: it is not. */
export interface ReadBeside {
  /** Of identity pools of these ids those that it has. */
  readonly identityPools?: (ids: readonly string[]) => Promise<readonly IdentityPool[]>;
  readonly projectPolicies?: () => Promise<readonly ProjectPolicy[]>;
  /** Whether the organization's AI services policy, in effect, opts Rekognition out. */
  readonly aiServicesOptOut?: () => Promise<boolean>;
}

/** What of an account is looked at beside its principals: why it is not known, where that is so. */
interface Beside {
  readonly subject: string;
  /** What is not known then, as the beginning of a sentence. */
  readonly question: string;
  /** Of the worst that may be so. */
  readonly severity: Severity;
}
const projects: Beside = {
  subject: projectsSubject,
  question: 'Who of other accounts can copy the models of Custom Labels projects',
  severity: 'critical',
};
const content: Beside = {
  subject: contentSubject,
  question: 'Whether AWS may keep content of Rekognition to improve its services',
  severity: 'high',
};

/** What the resource policies of Custom Labels projects give away; where they are not read, that this is not known. */
export async function checkProjects(
  accountId: string,
  read: ReadBeside['projectPolicies'],
  judge: (policies: readonly ProjectPolicy[]) => ProjectFindings,
): Promise<Checked> {
  if (read === undefined)
    return unknown(
      projects,
      accountId,
      'project policies are not read',
      'Give the stack the Regions of the projects, with the parameter ResourceRegions.',
    );
  return checkBeside(projects, accountId, async () => judge(await read()));
}

/** Whether AWS may keep what Rekognition is given. */
export function checkContent(
  accountId: string,
  read: NonNullable<ReadBeside['aiServicesOptOut']>,
): Promise<Checked> {
  return checkBeside(content, accountId, async () => ({
    findings: [],
    outside: contentUse(accountId, await read()),
  }));
}

async function checkBeside(
  beside: Beside,
  accountId: string,
  look: () => Promise<ProjectFindings>,
): Promise<Checked> {
  try {
    const { findings, outside } = await look();
    const isUnknown = findings.some(({ kind }) => kind === 'inconclusive');
    const status = isUnknown ? 'inconclusive' : findings.length > 0 ? 'findings' : 'as-expected';
    return { subject: beside.subject, arn: '', fingerprint: '', status, findings, outside };
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    return unknown(beside, accountId, error.message, `Let the function's role ${error.call}.`);
  }
}

function unknown(
  { subject, question, severity }: Beside,
  accountId: string,
  why: string,
  remedy: string,
): Checked {
  const finding: Finding = {
    id: findingId(accountId, subject, 'inconclusive', ['not read']),
    kind: 'inconclusive',
    severity,
    subject,
    actions: [],
    by: [],
    summary: `${question} is not known: ${why}.`,
    remedies: [remedy],
  };
  return { subject, arn: '', fingerprint: '', status: 'inconclusive', findings: [finding] };
}
