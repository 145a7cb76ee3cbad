import type { IdentityPool } from '#lib/account/identity-pools.ts';
import type { ProjectPolicy } from '#lib/account/project-policies.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import type { ProjectFindings } from '#lib/compare/project-findings.ts';
import type { Finding } from '#lib/compare/types.ts';
import { AccessError } from '#lib/errors.ts';
import type { Checked } from './check-chunk.ts';
import { projectsSubject } from './sweep.ts';

/** How what IAM does not have is read; absent: it is not. */
export interface ReadBeside {
  /** Of identity pools of these ids those that it has. */
  readonly identityPools?: (ids: readonly string[]) => Promise<readonly IdentityPool[]>;
  readonly projectPolicies?: () => Promise<readonly ProjectPolicy[]>;
}

/** What the resource policies of Custom Labels projects give away; where they are not read, that this is not known. */
export async function checkProjects(
  accountId: string,
  read: ReadBeside['projectPolicies'],
  judge: (policies: readonly ProjectPolicy[]) => ProjectFindings,
): Promise<Checked> {
  const about = { subject: projectsSubject, arn: '', fingerprint: '' };
  const unknown = (why: string, remedy: string): Checked => ({
    ...about,
    status: 'inconclusive',
    findings: [unknownFinding(accountId, why, remedy)],
  });
  if (read === undefined)
    return unknown(
      'project policies are not read',
      'Give the stack the Regions of the projects, with the parameter ResourceRegions.',
    );
  try {
    const { findings, outside } = judge(await read());
    const isUnknown = findings.some(({ kind }) => kind === 'inconclusive');
    const status = isUnknown ? 'inconclusive' : findings.length > 0 ? 'findings' : 'as-expected';
    return { ...about, status, findings, outside };
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    return unknown(error.message, `Let the function's role ${error.call}.`);
  }
}

function unknownFinding(accountId: string, why: string, remedy: string): Finding {
  return {
    id: findingId(accountId, projectsSubject, 'inconclusive', ['not read']),
    kind: 'inconclusive',
    severity: 'critical',
    subject: projectsSubject,
    actions: [],
    by: [],
    summary: `Who of other accounts can copy the models of Custom Labels projects is not known: ${why}.`,
    remedies: [remedy],
  };
}
