import { contextValue } from '@permission-check/iam-policy';
import type { Guardrails } from '#lib/account/types.ts';
import type { Baseline } from '#lib/expectation/types.ts';
import { Admissions } from '#lib/reach/admission.ts';

/** Who is let in when a normal request is made: not whom a trust policy let in until a day before. */
export function admissionsAt({ context }: Baseline, guardrails: Guardrails | undefined): Admissions {
  return new Admissions(guardrails, contextValue(context, 'aws:CurrentTime'));
}
