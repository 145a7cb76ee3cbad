import { namedPrincipals } from '#lib/account/named.ts';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { changedManagedPolicies } from '#lib/compare/changed-managed-policies.ts';
import { contentNote } from '#lib/compare/content-use.ts';
import { expiredSuppressions } from '#lib/compare/expired-suppressions.ts';
import type { ProjectFindings } from '#lib/compare/project-findings.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import { PrincipalGoneError } from '#lib/errors.ts';
import type { Expectations } from '#lib/expectation/types.ts';
import { Admissions } from '#lib/reach/admission.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Passing } from '#lib/reach/passing.ts';
import { Reach } from '#lib/reach/reach.ts';
import type { AccessBySide, CheckReport, PrincipalResult } from '#lib/report/types.ts';
import type { CheckOptions } from './check-options.ts';
import { ExpiredGrants } from './expired-grants.ts';
import { indirectChecks } from './indirect.ts';
import { KeyPolicies } from './key-policies.ts';
import type { NarrowerAccess } from './narrower-access.ts';
import { type Checker, createChecker, type PrincipalCheck } from './principal.ts';
import { projectsCheck } from './projects.ts';
import { withReach } from './reached.ts';
import { sparingOthers } from './shared-policies.ts';
import { suppressedOnes, withSuppressed } from './suppressed.ts';

/** What a survey of the access of principals rests on. */
type SurveyedBy = Pick<CheckOptions, 'guardrails' | 'callers'> & Pick<Expectations, 'baseline'>;

export interface AccountCheckOptions
  extends Omit<CheckOptions, 'accountId' | 'partition' | 'today' | 'callers'> {
  /** Only these, each as `parsePrincipalReference` reads it; absent: all. */
  readonly named?: readonly string[] | undefined;
  /** Principals checked side by side; the pace towards IAM is kept by `simulate`. Default 4. */
  readonly concurrency?: number;
  /** The file that the account was read from, for the report. */
  readonly input?: string | undefined;
  /** Tells, for each principal, the access to every action, also where it is as expected; absent: not told. */
  readonly access?: ((options: SurveyedBy) => (check: PrincipalCheck) => AccessBySide) | undefined;
  /** Tells where access is narrower than expected beyond normal requests, where everybody is checked; absent: not told. */
  readonly narrower?: typeof NarrowerAccess | undefined;
  readonly onResult?: (check: PrincipalCheck) => void;
  readonly now?: () => Date;
  /** See Admissions; absent: the moment of the check. */
  readonly admittedSince?: string;
}

/**
 * Checks an account: who exists, what each principal should be able to do, which requests tell that apart from what
 * it can do, what the answers are, and what differs.
 *
 * @throws InputError for a name that nobody in the account has.
 */
export async function checkAccount(account: Account, options: AccountCheckOptions): Promise<CheckReport> {
  const { expectations, named, onResult, concurrency = 4, now = () => new Date() } = options;
  const startedAt = now();
  const today = startedAt.toISOString().slice(0, 10);
  const { accountId, partition } = account;
  const callers = new Callers();
  const check = createChecker({ ...options, callers, accountId, partition, today });

  const checks: PrincipalCheck[] = [];
  const policies = changedManagedPolicies(accountId);
  const notes = new Set<string>();
  const take = async (principal: Principal) => {
    const checked = await check(principal).catch(nothingIfGone);
    if (checked === undefined) return;
    policies.see(principal, checked.expectation);
    checks.push(checked);
    for (const note of check.notesOn(principal)) notes.add(note);
    onResult?.(checked);
  };

  // The documents alone are judged without waiting for anything.
  const atOnce = options.simulate === undefined ? 1 : concurrency;
  await forEachOf(chosenOf(account, named, callers, check), atOnce, take);

  const admissions = new Admissions(options.guardrails, options.admittedSince ?? startedAt.toISOString());
  const reach = new Reach(admissions, callers, account.identityPools);
  const withIndirect = indirectChecks(callers.all(), admissions, reach, check, startedAt, account);
  const passing = new Passing(admissions, reach, callers, startedAt);
  const beside = { passing, onward: withIndirect.onward };
  const spared = sparingOthers(checks, check.accessOf);
  const reached = spared.map((one) =>
    withSuppressed(withReach(withIndirect(one), reach, check.accessOf, beside), expectations, today),
  );
  const principals = resultsOf(reached, callers, options);
  const projects = projectsCheck(callers.all(), expectations, admissions)(account.projectPolicies ?? []);
  const others = suppressedOnes([...projects.findings, ...policies.findings()], expectations, today);
  const findings: Finding[] = [...reached.flatMap((one) => one.findings), ...others];
  // What the expectations say of others is no concern of a check of a few.
  if (named === undefined) findings.push(...expiredSuppressions(expectations, accountId, today));
  const notesOn = [...accountNotes(projects, options.guardrails), ...quietNotes(checks, check, options)];
  return {
    accountId,
    region: expectations.baseline.region,
    ...(options.input === undefined ? {} : { input: options.input }),
    normal: expectations.baseline.context,
    startedAt: startedAt.toISOString(),
    seconds: (now().getTime() - startedAt.getTime()) / 1000,
    evidence: options.simulate === undefined ? ['evaluated'] : ['evaluated', 'simulated'],
    expectations: expectations.source,
    principals: principals.sort((a, b) => (a.arn < b.arn ? -1 : 1)),
    findings: sortFindings(findings),
    ...(notesOn.length > 0 && { notes: notesOn }),
    warnings: [
      ...(named === undefined ? idleWarnings(expectations, today) : []),
      ...[...notes].sort().map((note) => `${note}; it can only be about other services`),
    ],
    calls: principals.reduce((sum, { calls }) => sum + calls, 0),
  };
}

/** The results, with the access to every action where it was asked for. */
function resultsOf(
  checks: readonly PrincipalCheck[],
  callers: Callers,
  options: AccountCheckOptions,
): PrincipalResult[] {
  const { baseline } = options.expectations;
  const accessBySide = options.access?.({ ...options, baseline, callers });
  return checks.map((one) =>
    accessBySide === undefined ? one.result : { ...one.result, access: accessBySide(one) },
  );
}

/** What is no finding of principals, and should be known. */
function quietNotes(
  checks: readonly PrincipalCheck[],
  check: Checker,
  { narrower: Narrower, named, expectations }: AccountCheckOptions,
): string[] {
  const all = [
    new ExpiredGrants(),
    new KeyPolicies(),
    ...(Narrower && named === undefined ? [new Narrower(expectations.baseline.context)] : []),
  ];
  for (const one of checks) for (const each of all) each.see(one, check);
  return all.flatMap((each) => each.notes());
}

function idleWarnings(expectations: Expectations, today: string): string[] {
  return expectations
    .idleEntries(today)
    .map(({ message, location }) => `${location.file}:${location.line}: ${message}`);
}

/** What is no finding and should be known of the account as a whole. */
function accountNotes({ outside }: ProjectFindings, guardrails: Guardrails | undefined): string[] {
  return [...outside.flatMap(({ news }) => news?.summary ?? []), ...optOutNote(guardrails)];
}

/** What AWS may keep of images for its own models; the policy denies no call, so it is no finding. */
function optOutNote({ aiServicesOptOut }: Guardrails = {}): string[] {
  return aiServicesOptOut === undefined ? [] : [contentNote(aiServicesOptOut)];
}

/**
 * Does the same for each item, so many side by side. The first failure ends it, once what has begun is done.
 *
 * @throws what the first failure threw
 */
async function forEachOf<Item>(
  items: AsyncIterable<Item>,
  atOnce: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for await (const item of items) {
    // Caught at once: others may fail as well before anybody looks at this one.
    const one = act(item)
      .catch((error: unknown) => {
        failures.push(error);
      })
      .finally(() => running.delete(one));
    running.add(one);
    if (running.size >= atOnce) await Promise.race(running);
    if (failures.length > 0) break;
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
}

/** The principals to check; last those for whom it matters who there is in the account. */
async function* chosenOf(
  account: Account,
  named: readonly string[] | undefined,
  callers: Callers,
  check: Checker,
): AsyncGenerator<Principal> {
  const later: Principal[] = [];
  const chosen = named === undefined ? account.principals() : await namedPrincipals(account, named);
  for await (const principal of chosen) {
    if (named === undefined) callers.see(principal);
    if (check.dependsOnCallers(principal)) later.push(principal);
    else yield principal;
  }
  if (named !== undefined) for await (const one of account.principals()) callers.see(one);
  yield* later;
}

/** Whoever is deleted while the account is checked is not a principal of it any more. */
function nothingIfGone(error: unknown): undefined {
  if (error instanceof PrincipalGoneError) return undefined;
  throw error;
}
