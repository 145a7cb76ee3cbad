import type { Account } from '#lib/account/types.ts';
import { expiredSuppressions } from '#lib/compare/expired-suppressions.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import { InputError } from '#lib/errors.ts';
import type { PlannedPrincipal } from '#lib/iac/principals.ts';
import { UNKNOWN_ACCOUNT } from '#lib/iac/principals.ts';
import type { Open } from '#lib/iac/types.ts';
import { outlooks, type Reading, worldsOf } from '#lib/iac/worlds.ts';
import type { CheckReport, PrincipalResult } from '#lib/report/types.ts';
import type { AccountCheckOptions } from './account.ts';
import { createChecker } from './principal.ts';
import { createWorldChecker, placeWords } from './worlds.ts';

export interface PlanCheckOptions
  extends Pick<AccountCheckOptions, 'expectations' | 'guardrails' | 'onResult' | 'now'> {
  /** The account that the plan is put on; absent: only what the plan shows. */
  readonly base?: Account | undefined;
  /** Which principals are wanted; absent: all. */
  readonly isWanted?: ((planned: PlannedPrincipal) => boolean) | undefined;
}

/**
 * Checks an account as a plan will leave it.
 *
 * @param readings the ways to read the plan, the usual one first; at least one.
 */
export async function checkPlan(
  readings: readonly Reading[],
  options: PlanCheckOptions,
): Promise<CheckReport> {
  const { base, expectations, guardrails, onResult, isWanted, now = () => new Date() } = options;
  const [usual] = readings;
  if (usual === undefined) throw new InputError('the plan cannot be read in any way');
  const startedAt = now();
  const today = startedAt.toISOString().slice(0, 10);
  const accountId = base?.accountId ?? usual.planned.accountId ?? UNKNOWN_ACCOUNT;
  const partition = base?.partition ?? usual.planned.partition;
  const check = createChecker({ expectations, guardrails, accountId, partition, today });
  const worlds = worldsOf(readings);
  const judge = createWorldChecker(worlds, ({ principal }) => check(principal), guardrails);

  const principals: PrincipalResult[] = [];
  const findings: Finding[] = [];
  for await (const outlook of outlooks(worlds, base)) {
    const present = outlook.after.find((planned) => planned !== undefined);
    if (present === undefined || isWanted?.(present) === false) continue;
    const checked = await judge(outlook);
    if (checked === undefined) continue;
    principals.push(checked.result);
    findings.push(...checked.findings);
    onResult?.(checked);
  }
  for (const { planned } of readings)
    findings.push(...openFindings(planned.open, accountId, guardrails !== undefined));
  if (isWanted === undefined) findings.push(...expiredSuppressions(expectations, accountId, today));
  // A plan alone shows few of those whom the rules are about.
  const unmatched = base !== undefined && isWanted === undefined ? expectations.idleEntries(today) : [];
  return {
    accountId,
    region: expectations.baseline.region,
    startedAt: startedAt.toISOString(),
    seconds: (now().getTime() - startedAt.getTime()) / 1000,
    evidence: ['evaluated'],
    expectations: expectations.source,
    principals: principals.sort((a, b) => (a.arn < b.arn ? -1 : 1)),
    findings: sortFindings(withoutRepeats(findings)),
    warnings: [
      ...notesOf(readings, base),
      ...unmatched.map(({ message, location }) => `${location.file}:${location.line}: ${message}`),
    ],
    calls: 0,
  };
}

function withoutRepeats(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.id, finding])).values()];
}

function notesOf(readings: readonly Reading[], base: Account | undefined): string[] {
  const notes = readings.flatMap(({ planned }) => planned.notes);
  const alone =
    base === undefined
      ? [
          'a plan alone does not show what was given to anybody outside of it: give --account-details for that',
        ]
      : [];
  return [...new Set([...notes, ...alone])];
}

/** What a plan leaves open as a whole may hide anything. */
function openFindings(open: readonly Open[], accountId: string, hasGuardrails: boolean): Finding[] {
  return open
    .filter(({ about }) => about !== 'guardrails' || hasGuardrails)
    .map(
      ({ source, reason }): Finding => ({
        id: findingId(accountId, source.address, 'inconclusive', ['plan', reason]),
        kind: 'inconclusive',
        severity: 'critical',
        subject: source.address,
        actions: [],
        by: [],
        declaredIn: [source],
        summary: `${reason}${source.file === undefined ? '' : ` (${placeWords(source)})`}.`,
        remedies: ['Make a plan in which it is decided, or check the account after the deployment.'],
      }),
    );
}
