import type { Principal } from '#lib/account/types.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import type { PrincipalResult } from '#lib/report/types.ts';

/** Why nobody judges a service-linked role. */
export const SERVICE_LINKED =
  'service-linked role: AWS fixes its permissions, and the simulator does not take it';

/** What a principal's findings amount to. Suppressed findings leave it as expected; an unknown never does. */
export function statusOf(
  principal: Principal,
  expectation: Expectation,
  findings: readonly Finding[],
): PrincipalResult['status'] {
  if (principal.serviceLinked) return 'not-checkable';
  const open = findings.filter(({ suppressed }) => suppressed === undefined);
  if (open.some(({ kind }) => kind !== 'inconclusive')) return 'findings';
  if (open.length > 0) return 'inconclusive';
  return expectation.kind === 'any' ? 'not-judged' : 'as-expected';
}

/** A result with the state that findings amount to; and whether it is proved that nothing is too much, or why not. */
export function withState(
  { proved: _, unsettled: __, ...result }: Omit<PrincipalResult, 'status'>,
  principal: Principal,
  expectation: Expectation,
  findings: readonly Finding[],
): PrincipalResult {
  const status = statusOf(principal, expectation, findings);
  if (status !== 'as-expected' && status !== 'inconclusive') return { ...result, status };
  const [first, ...others] = findings;
  // What the search could not settle is a finding of its own; there is none, or it is suppressed.
  if (first === undefined) return { ...result, status, proved: true };
  const suppressed = status === 'as-expected' ? 'suppressed: ' : '';
  const more = others.length === 0 ? '' : ` (+${others.length})`;
  return { ...result, status, unsettled: `${suppressed}${first.summary}${more}` };
}
