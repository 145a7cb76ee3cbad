import { decide } from '@permission-check/iam-policy';
import type { ProjectPolicy } from '#lib/account/project-policies.ts';
import type { Principal } from '#lib/account/types.ts';
import { type OwnPrincipals, ownProjectFindings } from '#lib/compare/own-project-findings.ts';
import { type ProjectFindings, projectFindings } from '#lib/compare/project-findings.ts';
import type { Expectations } from '#lib/expectation/types.ts';
import type { Admissions } from '#lib/reach/admission.ts';
import { CompiledSets } from './policy-sets.ts';

/** Prepares to tell what project policies give away: to others, and to principals of the account of whom it is not expected. */
export function projectsCheck(
  principals: Iterable<Principal>,
  expectations: Expectations,
  admissions: Admissions,
): (policies: readonly ProjectPolicy[]) => ProjectFindings {
  const sets = new CompiledSets();
  const own: OwnPrincipals = {
    principals,
    admissions,
    isExpected: (principal, request) => {
      const expectation = expectations.expectationFor(principal);
      return expectation.kind === 'any' || decide(sets.expected(expectation), request).decision === 'allowed';
    },
  };
  return (policies) => {
    const { findings, outside } = projectFindings(policies);
    return { findings: [...findings, ...ownProjectFindings(policies, own)], outside };
  };
}
