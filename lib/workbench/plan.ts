import type { Account } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import type { AccountCheckOptions } from '#lib/check/account.ts';
import { createChecker } from '#lib/check/principal.ts';
import { statusOf, withState } from '#lib/check/status.ts';
import { suppressedOnes } from '#lib/check/suppressed.ts';
import { expiredSuppressions } from '#lib/compare/expired-suppressions.ts';
import type { Finding } from '#lib/compare/types.ts';
import { openExpectations } from '#lib/expectation/possible-expectations.ts';
import type { Expectation, Expectations } from '#lib/expectation/types.ts';
import type { PlannedPrincipal } from '#lib/iac/planned-principal.ts';
import { type Outlook, outlooks, type Reading } from '#lib/iac/worlds.ts';
import type { CheckReport, PrincipalResult } from '#lib/report/types.ts';
import { subjectName } from '#lib/words/labels.ts';
import { foundBefore } from './found-before.ts';
import { changeOf, type PlanChange } from './plan-change.ts';
import { startRun } from './plan-run.ts';
import { planWays } from './plan-ways.ts';
import { type PlannedExpectations, plannedExpectations } from './planned-expectations.ts';
import { changesTrust, isAboutReach, plannedReach } from './planned-reach.ts';
import { createWorldJudge, shownOf } from './worlds.ts';

export interface PlanCheckOptions
  extends Pick<AccountCheckOptions, 'expectations' | 'guardrails' | 'onResult' | 'now'> {
  /** The account that the plan is put on; absent: only what the plan shows. */
  readonly base?: Account | undefined;
  /** Which principals are wanted; absent: all. */
  readonly isWanted?: ((planned: PlannedPrincipal) => boolean) | undefined;
  /** Only findings about access that the plan changes. */
  readonly onlyChanges?: boolean;
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
  const { base, guardrails, onResult, isWanted, onlyChanges = false } = options;
  const expectations = openExpectations(options.expectations);
  const run = startRun(readings, { ...options, expectations });
  const { worlds, accountId, partition, today } = run;
  const check = createChecker({ expectations, guardrails, accountId, partition, today });
  const expectedOf = ({ principal }: PlannedPrincipal) => plannedExpectations(expectations, principal);
  const judge = createWorldJudge(worlds, guardrails, expectedOf);
  const compare = createWorldJudge(worlds, guardrails);
  const reaching = { baseline: expectations.baseline, guardrails, startedAt: run.startedAt };
  const withReach = await plannedReach(worlds, base, reaching, check);
  const before = onlyChanges ? await foundBefore(worlds, base, reaching, check) : undefined;
  const checked = (planned: PlannedPrincipal, expected?: Expectation) =>
    check(planned.principal, expected).then((one) => withReach(one, planned));
  const principals: PrincipalResult[] = [];
  const findings: Finding[] = [];
  for await (const outlook of outlooks(worlds, base, guardrails)) {
    const shown = shownOf(worlds, outlook);
    if (shown === undefined || isWanted?.(shown) === false) continue;
    const judged = await judge(
      outlook,
      async (planned, expected) => (await checked(planned, expected)).findings,
    );
    const told = await checked(shown, shownExpectation(expectedOf(shown)));
    const change = onlyChanges ? await changeOf(outlook, worlds, compare, expectations.baseline) : undefined;
    const past = await before?.(outlook.before);
    const concerned = (judged ?? []).filter(concerning(outlook, change, past));
    const own = suppressedOnes(concerned, expectations, today, shown.principal);
    const { expectation } = told;
    const judgedWhole = withState(told.result, shown.principal, expectation, own);
    // Findings that are left out, and policies that the plan does not show, prove nothing.
    const { proved, ...unproved } = judgedWhole;
    const result = proved && (change !== undefined || shown.partial) ? unproved : judgedWhole;
    principals.push(result);
    findings.push(...own);
    onResult?.({ ...told, findings: own, result });
  }
  if (isWanted === undefined && !onlyChanges) {
    findings.push(...expiredSuppressions(expectations, accountId, today));
  }
  return run.report(principals, findings, {
    expectations: expectations.source,
    warnings: idleWarnings(expectations, today, { base, isWanted }),
  });
}

/** Entries that are of no use; a plan alone shows few of those whom the rules are about. */
function idleWarnings(
  expectations: Pick<Expectations, 'idleEntries'>,
  today: string,
  { base, isWanted }: Pick<PlanCheckOptions, 'base' | 'isWanted'>,
): string[] {
  const idle = base !== undefined && isWanted === undefined ? expectations.idleEntries(today) : [];
  return idle.map(({ message, location }) => `${location.file}:${location.line}: ${message}`);
}

/** What stands for all that a principal may be expected to do: one that judges it, with all of their names. */
function shownExpectation({ all }: PlannedExpectations): Expectation {
  const shown = all.find(({ kind }) => kind === 'sets') ?? all[0];
  const labels = [...new Set(all.map(({ label }) => label))];
  return labels.length === 1 ? shown : { ...shown, label: labels.join(' or ') };
}

/**
 * Whether a plan changes the access that a finding is about, who has it, or what somebody can come to. Who has it may
 * change by what the plan does to others, on the way to it.
 *
 * @param change absent: every finding is wanted
 * @param past the ids of what was found before
 */
const concerning =
  (outlook: Outlook, change: PlanChange | undefined, past: ReadonlySet<string> | undefined) =>
  (finding: Finding): boolean => {
    if (change === undefined) return true;
    const isNew = past?.has(finding.id) !== true;
    if (finding.takes !== undefined) return isNew;
    if (change.concerns(finding)) return true;
    if (isAboutReach(finding)) return isNew || changesTrust(outlook);
    return finding.kind === 'inconclusive' && isNew;
  };

/**
 * What a plan changes of the access of each principal: findings of the kinds access-gained and access-lost, each with a
 * witness, of who can become it (exposed, unreachable), and inconclusive ones. A principal without findings has the same
 * access before and after, and the same can become it: that is proved.
 */
export async function diffPlan(
  readings: readonly Reading[],
  options: Omit<PlanCheckOptions, 'guardrails' | 'onlyChanges'>,
): Promise<CheckReport> {
  const { base, expectations, isWanted } = options;
  const run = startRun(readings, options);
  const { worlds, accountId, partition, today } = run;
  const judge = createWorldJudge(worlds, undefined);
  const check = createChecker({ expectations, accountId, partition, today });
  const waysOf = await planWays(worlds, base, expectations.baseline, check);
  const principals: PrincipalResult[] = [];
  const findings: Finding[] = [];
  for await (const outlook of outlooks(worlds, base)) {
    const shown = shownOf(worlds, outlook) ?? outlook.before;
    if (shown === undefined || isWanted?.(shown) === false) continue;
    const change = await changeOf(outlook, worlds, judge, expectations.baseline);
    const ways = await judge(outlook, async (planned) => waysOf(planned, outlook.before));
    const found = [...change.findings, ...(ways ?? [])];
    const { name, kind, arn } = shown.principal;
    const isNew = outlook.before === undefined;
    const isGone = outlook.after.every((planned) => planned === undefined);
    principals.push({
      subject: subjectName({ name, kind }),
      arn,
      status: statusOf(shown.principal, beforeIt, found),
      expected: beforeIt.label,
      ...noteOf(shown, isNew, isGone, base === undefined ? readings[0]?.planned.format : undefined),
      requests: actions.length,
      calls: 0,
    });
    findings.push(...found);
  }
  return run.report(principals, findings, { expectations: beforeIt.label, warnings: [] });
}

function noteOf({ partial }: PlannedPrincipal, isNew: boolean, isGone: boolean, alone: string | undefined) {
  if (partial) return { note: 'not of the plan: only what it gives is seen' };
  if (isGone) return { note: 'deleted by the plan' };
  if (!isNew) return {};
  // A template does not say what is there already.
  return {
    note: alone === 'CloudFormation template' ? 'all that it has counts as gained' : 'made by the plan',
  };
}

const beforeIt = { kind: 'sets', label: 'the access before', policies: [], guards: [] } as const;
