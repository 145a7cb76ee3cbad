import type { Principal } from '#lib/account/types.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Expectations } from '#lib/expectation/types.ts';
import type { PrincipalCheck } from './principal.ts';
import { withState } from './status.ts';

/**
 * Findings with those marked that a suppression covers by their id.
 *
 * @param principal whom they are about; absent: something else
 * @param today `2026-11-24`, UTC
 * @returns the same list where none is
 */
export function suppressedOnes(
  findings: readonly Finding[],
  expectations: Pick<Expectations, 'suppressionOf'>,
  today: string,
  principal?: Principal,
): readonly Finding[] {
  const marked = findings.map((finding) => {
    const suppressed = finding.suppressed ?? expectations.suppressionOf(finding, principal, today);
    return suppressed === finding.suppressed || suppressed === undefined
      ? finding
      : { ...finding, suppressed };
  });
  return marked.every((one, index) => one === findings[index]) ? findings : marked;
}

/** A check, complete with who can act as its principal, as the suppressions of single findings leave it. */
export function withSuppressed(
  check: PrincipalCheck,
  expectations: Pick<Expectations, 'suppressionOf'>,
  today: string,
): PrincipalCheck {
  const { principal, expectation, result } = check;
  const findings = suppressedOnes(check.findings, expectations, today, principal);
  if (findings === check.findings) return check;
  return { ...check, findings, result: withState(result, principal, expectation, findings) };
}
