import type { Account, Principal } from '#lib/account/types.ts';
import { type CheckOptions, createChecker } from '#lib/check/principal.ts';
import { changedManagedPolicies } from '#lib/compare/changed-managed-policies.ts';
import { expiredSuppressions } from '#lib/compare/expired-suppressions.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import type { Finding } from '#lib/compare/types.ts';
import { AccessError, PrincipalGoneError } from '#lib/errors.ts';
import { fingerprintOf } from '#lib/outbox/fingerprint.ts';
import { subjectName } from '#lib/words/labels.ts';
import type { Checked } from './check-chunk.ts';
import { expectationsSubject, policySubject } from './sweep.ts';

/**
 * Prepares the check of single subjects of an account as it is now: `role/analyst`, `policy/AmazonRekognition…`,
 * `expectations`.
 */
export async function checkSubjects(
  account: Account,
  options: Omit<CheckOptions, 'accountId' | 'partition'>,
): Promise<(subject: string) => Promise<Checked | undefined>> {
  const { accountId, partition } = account;
  const check = createChecker({ ...options, accountId, partition });
  const policies = changedManagedPolicies(accountId);
  const principals = new Map<string, Principal>();
  for await (const principal of account.principals()) {
    policies.see(principal);
    principals.set(subjectName(principal), principal);
  }
  const aboutPolicies = policies.findings();

  return async (subject) => {
    if (subject === expectationsSubject) {
      return others(expiredSuppressions(options.expectations, accountId, options.today));
    }
    if (subject.startsWith(policySubject(''))) {
      return others(aboutPolicies.filter((finding) => policySubject(finding.subject) === subject));
    }
    const principal = principals.get(subject);
    if (principal === undefined) return undefined;
    try {
      const { expectation, result, findings } = await check(principal);
      const fingerprint = fingerprintOf(principal, expectation);
      return { arn: principal.arn, status: result.status, fingerprint, findings };
    } catch (error) {
      if (error instanceof PrincipalGoneError) return undefined;
      // What is wrong with the stack is wrong for everybody; anything else must not keep the others from being announced.
      if (error instanceof AccessError) throw error;
      const findings = [failed(subject, principal.arn, accountId, error)];
      return { arn: principal.arn, status: 'inconclusive', fingerprint: '', findings };
    }
  };
}

/** A principal that could not be checked: never in silence, and never as if it had been. */
function failed(subject: string, principalArn: string, accountId: string, error: unknown): Finding {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    id: findingId(accountId, principalArn, 'inconclusive', ['check failed']),
    kind: 'inconclusive',
    severity: 'low',
    subject,
    principalArn,
    actions: [],
    by: [],
    summary: `Nothing is known of ${subject}: its check failed with ${reason}.`,
    remedies: ['Check again; if it stays, report the error with the policies of the principal.'],
  };
}

const others = (findings: readonly Finding[]): Checked => ({
  arn: '',
  status: findings.length > 0 ? 'findings' : 'as-expected',
  fingerprint: '',
  findings,
});
