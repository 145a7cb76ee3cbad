import type { ProjectPolicy } from '#lib/account/project-policies.ts';
import type { Principal } from '#lib/account/types.ts';
import { type OwnPrincipals, ownProjectFindings } from '#lib/compare/own-project-findings.ts';
import { type ProjectFindings, projectFindings } from '#lib/compare/project-findings.ts';
import type { Expectations } from '#lib/expectation/types.ts';
import type { Admissions } from '#lib/reach/admission.ts';

/** Prepares to tell what project policies give away: to others, and to principals of the account of whom it is not expected. */
export function projectsCheck(
  principals: Iterable<Principal>,
  expectations: Expectations,
  admissions: Admissions,
): (policies: readonly ProjectPolicy[]) => ProjectFindings {
  const own: OwnPrincipals = {
    principals,
    admissions,
    expectedOf: (principal) => {
      const expectation = expectations.expectationFor(principal);
      return expectation.kind === 'any' ? undefined : expectation.policies;
    },
  };
  return (policies) => {
    const { findings, outside } = projectFindings(policies, admissions);
    return { findings: [...findings, ...ownProjectFindings(policies, own)], outside };
  };
}
