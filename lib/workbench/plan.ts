import type { Account } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import type { AccountCheckOptions } from '#lib/check/account.ts';
import { createChecker } from '#lib/check/principal.ts';
import { statusOf, withState } from '#lib/check/status.ts';
import { suppressedOnes } from '#lib/check/suppressed.ts';
import { acceptOther } from '#lib/compare/accepting.ts';
import { expiredSuppressions } from '#lib/compare/expired-suppressions.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import { InputError } from '#lib/errors.ts';
import { openExpectations } from '#lib/expectation/possible-expectations.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import { type PlannedPrincipal, UNKNOWN_ACCOUNT } from '#lib/iac/planned-principal.ts';
import { withoutSecrets } from '#lib/iac/secrets.ts';
import type { Open } from '#lib/iac/types.ts';
import { type Outlook, outlooks, type Reading, worldsOf } from '#lib/iac/worlds.ts';
import type { CheckReport, PrincipalResult } from '#lib/report/types.ts';
import { subjectName } from '#lib/words/labels.ts';
import { changeOf, type PlanChange } from './plan-change.ts';
import { type PlannedExpectations, plannedExpectations } from './planned-expectations.ts';
import { changesTrust, isAboutReach, plannedReach } from './planned-reach.ts';
import { createWorldJudge, placeWords, shownOf } from './worlds.ts';

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
  const withReach = await plannedReach(
    worlds,
    base,
    { baseline: expectations.baseline, guardrails },
    check.accessOf,
  );
  const principals: PrincipalResult[] = [];
  const findings: Finding[] = [];
  for await (const outlook of outlooks(worlds, base, guardrails)) {
    const shown = shownOf(worlds, outlook);
    if (shown === undefined || isWanted?.(shown) === false) continue;
    const judged = await judge(
      outlook,
      async (planned, expected) => withReach(await check(planned.principal, expected), planned).findings,
    );
    const checked = withReach(await check(shown.principal, shownExpectation(expectedOf(shown))), shown);
    const change = onlyChanges ? await changeOf(outlook, worlds, compare, expectations.baseline) : undefined;
    const concerned = (judged ?? []).filter(
      (finding) => change === undefined || concerns(change, outlook, finding),
    );
    const own = suppressedOnes(concerned, expectations, today, shown.principal);
    const { expectation } = checked;
    const judgedWhole = withState(checked.result, shown.principal, expectation, own);
    // Findings that are left out, and policies that the plan does not show, prove nothing.
    const { proved, ...unproved } = judgedWhole;
    const result = proved && (change !== undefined || shown.partial) ? unproved : judgedWhole;
    principals.push(result);
    findings.push(...own);
    onResult?.({ ...checked, findings: own, result });
  }
  if (isWanted === undefined && !onlyChanges) {
    findings.push(...expiredSuppressions(expectations, accountId, today));
  }
  // A plan alone shows few of those whom the rules are about.
  const idle = base !== undefined && isWanted === undefined ? expectations.idleEntries(today) : [];
  return run.report(principals, findings, {
    expectations: expectations.source,
    warnings: idle.map(({ message, location }) => `${location.file}:${location.line}: ${message}`),
  });
}

/** What stands for all that a principal may be expected to do: one that judges it, with all of their names. */
function shownExpectation({ all }: PlannedExpectations): Expectation {
  const shown = all.find(({ kind }) => kind === 'sets') ?? all[0];
  const labels = [...new Set(all.map(({ label }) => label))];
  return labels.length === 1 ? shown : { ...shown, label: labels.join(' or ') };
}

/** Whether a plan changes the access that a finding is about, or who has it. */
function concerns(change: PlanChange, outlook: Outlook, finding: Finding): boolean {
  return change.concerns(finding) || (isAboutReach(finding) && changesTrust(outlook));
}

/**
 * What a plan changes of the access of each principal: findings of the kinds access-gained and access-lost, each with a
 * witness, and inconclusive ones. A principal without findings has the same access before and after: that is proved.
 */
export async function diffPlan(
  readings: readonly Reading[],
  options: Omit<PlanCheckOptions, 'guardrails' | 'onlyChanges'>,
): Promise<CheckReport> {
  const { base, expectations, isWanted } = options;
  const run = startRun(readings, options);
  const judge = createWorldJudge(run.worlds, undefined);
  const principals: PrincipalResult[] = [];
  const findings: Finding[] = [];
  for await (const outlook of outlooks(run.worlds, base)) {
    const shown = shownOf(run.worlds, outlook) ?? outlook.before;
    if (shown === undefined || isWanted?.(shown) === false) continue;
    const change = await changeOf(outlook, run.worlds, judge, expectations.baseline);
    const { name, kind, arn } = shown.principal;
    const isNew = outlook.before === undefined;
    const isGone = outlook.after.every((planned) => planned === undefined);
    principals.push({
      subject: subjectName({ name, kind }),
      arn,
      status: statusOf(shown.principal, beforeIt, change.findings),
      expected: beforeIt.label,
      ...noteOf(shown, isNew, isGone, base === undefined ? readings[0]?.planned.format : undefined),
      requests: actions.length,
      calls: 0,
    });
    findings.push(...change.findings);
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

/** What a check and a comparison of a plan begin with, and end with. */
function startRun(readings: readonly Reading[], options: Omit<PlanCheckOptions, 'onlyChanges'>) {
  const { base, expectations, guardrails, now = () => new Date() } = options;
  const [usual] = readings;
  if (usual === undefined) throw new InputError('the plan cannot be read in any way');
  const startedAt = now();
  const today = startedAt.toISOString().slice(0, 10);
  const accountId = base?.accountId ?? usual.planned.accountId ?? UNKNOWN_ACCOUNT;
  const report = (
    principals: PrincipalResult[],
    findings: readonly Finding[],
    more: Pick<CheckReport, 'expectations' | 'warnings'>,
  ): CheckReport => {
    const open = readings.flatMap(({ planned }) =>
      openFindings(planned.open, accountId, guardrails !== undefined),
    );
    const told: CheckReport = {
      accountId,
      region: expectations.baseline.region,
      input: usual.planned.file,
      normal: expectations.baseline.context,
      startedAt: startedAt.toISOString(),
      seconds: (now().getTime() - startedAt.getTime()) / 1000,
      evidence: ['evaluated'],
      principals: principals.sort((a, b) => (a.arn < b.arn ? -1 : 1)),
      findings: sortFindings(
        withoutRepeats([...findings, ...suppressedOnes(open, expectations, today)]).map((finding) =>
          accountId === UNKNOWN_ACCOUNT ? forAnyAccount(finding) : finding,
        ),
      ),
      calls: 0,
      ...more,
      warnings: [...notesOf(readings, base, accountId), ...more.warnings],
      ...(readings.every(declaresNothing) ? { gate: { declaresNothing: true } } : {}),
    };
    return withoutSecrets(
      told,
      readings.flatMap(({ planned }) => planned.secrets ?? []),
    );
  };
  return {
    worlds: worldsOf(readings),
    accountId,
    partition: base?.partition ?? usual.planned.partition,
    today,
    report,
  };
}

/** What accepts a finding, not for the number that stands for the account. */
function forAnyAccount({ accept, acceptance, ...finding }: Finding): Finding {
  if (accept === undefined) return finding;
  const other = acceptOther({ text: accept, ...(acceptance && { acceptance }) }, (text) =>
    text.replaceAll(`:${UNKNOWN_ACCOUNT}:`, ':*:'),
  );
  return {
    ...finding,
    accept: other.text,
    ...(other.acceptance && { acceptance: other.acceptance }),
  };
}

/** Nobody is left of whom the plan knows, and nothing is open. */
const declaresNothing = ({ planned: { added, unchanged, open } }: Reading): boolean =>
  added.length + unchanged.length + open.length === 0;

function withoutRepeats(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.id, finding])).values()];
}

function notesOf(readings: readonly Reading[], base: Account | undefined, accountId: string): string[] {
  const notes = readings.flatMap(({ planned }) => planned.notes);
  if (base === undefined) {
    notes.push('a plan alone does not show what was given to anybody outside of it: give --account-details');
  }
  if (accountId === UNKNOWN_ACCOUNT) {
    notes.push(
      `nothing says which account it is for, so ${UNKNOWN_ACCOUNT} stands for it: give --account-id`,
    );
  }
  return [...new Set(notes)];
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
