import type { IdentityPool } from '#lib/account/identity-pools.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import type { Bindings } from '#lib/change/edit-targets.ts';
import type { CheckOptions } from '#lib/check/check-options.ts';
import { indirectChecks } from '#lib/check/indirect.ts';
import { type Checker, createChecker, type PrincipalCheck } from '#lib/check/principal.ts';
import { projectsCheck } from '#lib/check/projects.ts';
import { withReach } from '#lib/check/reached.ts';
import { withSuppressed } from '#lib/check/suppressed.ts';
import { changedManagedPolicies } from '#lib/compare/changed-managed-policies.ts';
import { AccessError, PrincipalGoneError, UnansweredError } from '#lib/errors.ts';
import { coveringOf } from '#lib/outbox/covering.ts';
import { attributesOf, fingerprintOf, withAttributes } from '#lib/outbox/fingerprint.ts';
import { nameAfter } from '#lib/outbox/renamed.ts';
import { type Access, accessOf, noAccess } from '#lib/past/access.ts';
import { compareAccess } from '#lib/past/access-change.ts';
import type { PolicyTexts } from '#lib/past/policy-edits.ts';
import type { TrustOpeningSteps } from '#lib/past/trust-was-open.ts';
import { Admissions } from '#lib/reach/admission.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Passing } from '#lib/reach/passing.ts';
import { allNamedPools } from '#lib/reach/pools.ts';
import { Reach } from '#lib/reach/reach.ts';
import { subjectName } from '#lib/words/labels.ts';
import { admittedSince } from './admitted-since.ts';
import type { ReadBeside } from './check-beside.ts';
import { isOther, otherChecks } from './check-others.ts';
import { entriesOf, rolesBehind } from './entries.ts';
import { formerPrincipal, openingsOf } from './openings-of.ts';
import { policyTextsOf } from './policy-texts.ts';
import type { Checked, SubjectChecks } from './remember-look.ts';
import { absentPrincipal, failedCheck, unknownOrganization } from './unknown-findings.ts';

/**
 * Prepares the check of single subjects of an account as it is now: `role/analyst`, `policy/AmazonRekognition…`,
 * `expectations`.
 */
export async function checkSubjects(
  account: Account,
  options: Omit<CheckOptions, 'accountId' | 'partition'>,
  readBeside: ReadBeside = {},
): Promise<Omit<SubjectChecks, 'readAt'>> {
  const { accountId, partition } = account;
  const { expectations, today } = options;
  const { baseline } = expectations;
  const callers = new Callers();
  const check = createChecker({ ...options, callers, accountId, partition });
  const policies = changedManagedPolicies(accountId);
  const principals = new Map<string, Principal>();
  for await (const principal of account.principals()) {
    policies.see(principal, expectations.expectationFor(principal));
    callers.see(principal);
    principals.set(subjectName(principal).toLowerCase(), principal);
  }
  const admissions = new Admissions(options.guardrails, admittedSince(new Date()));
  const pools = await readBeside.identityPools?.(allNamedPools(callers.all()));
  const { reach, reachOf, passing } = reachesOf(callers, admissions, pools);
  const withIndirect = indirectChecks(callers.all(), admissions, reach, check, new Date(), account);
  const { onward } = withIndirect;
  const suppressed = (one: PrincipalCheck) => withSuppressed(one, expectations, today);
  const texts = policyTextsOf(account);
  const entries = entriesOf(reach, check);
  const byDocuments = createChecker({ ...options, callers, accountId, partition, simulate: undefined });
  const checkPrincipal = principalCheck({
    accountId,
    callers,
    expectations,
    ...texts,
    ...entries,
    byDocuments: async (copy) =>
      suppressed(withReach(withIndirect(await byDocuments(copy)), reachOf(copy), check.accessOf, { onward })),
    check: async (principal) =>
      suppressed(withReach(withIndirect(await check(principal)), reach, check.accessOf, { passing, onward })),
    organizationDenialsOf: check.organizationDenialsOf,
  });
  const checkOther = otherChecks({
    ...{ accountId, expectations, today, readBeside },
    judgeProjects: projectsCheck(callers.all(), expectations, admissions),
    aboutPolicies: policies.findings(),
  });
  const checkSubject = async (asked: string): Promise<Checked | undefined> => {
    if (isOther(asked)) return checkOther(asked);
    // IAM does not distinguish names by case, and an event has the spelling of who made the call.
    const principal = principals.get(asked.toLowerCase());
    return principal && (await checkPrincipal(principal));
  };
  return {
    check: checkSubject,
    behind: (asked, which) => rolesBehind(principals.get(asked.toLowerCase()), which, reach, entries.behind),
    absent: (subject) => absent(subject, account),
    openingsOfFormer: (subject, arn, changes) => {
      const principal = formerPrincipal(arn === '' ? arnOf(subject, account) : arn);
      const access = accessUnder(nameAfter(subject, changes), principals);
      const expectation = expectations.expectationFor(principal);
      return openingsOf(principal, expectation, access, { callers, baseline, ...texts, ...entries });
    },
  };
}

/** What can be done under a name, by what can be read. */
function accessUnder(subject: string, principals: ReadonlyMap<string, Principal>): Access {
  const principal = principals.get(subject.toLowerCase());
  return (principal && accessOf(principal)) ?? noAccess;
}

/**
 * Who comes to the principals of an account, and who can pass them on; and who comes to a copy of one: with another
 * trust policy, others do.
 */
function reachesOf(callers: Callers, admissions: Admissions, pools: readonly IdentityPool[] | undefined) {
  const among = (all: Callers) => new Reach(admissions, all, pools);
  const reach = among(callers);
  const reachOf = (copy: Principal): Reach => {
    const original = callers.named(copy.arn);
    return original?.trust?.text === copy.trust?.text ? reach : among(callers.with(copy));
  };
  return { reach, reachOf, passing: new Passing(admissions, reach, callers) };
}

interface PrincipalCheckSteps
  extends PolicyTexts,
    Pick<TrustOpeningSteps, 'waysInto' | 'accessOf' | 'behind'> {
  readonly accountId: string;
  readonly callers: Callers;
  readonly expectations: CheckOptions['expectations'];
  readonly check: (principal: Principal) => Promise<PrincipalCheck>;
  readonly organizationDenialsOf: Checker['organizationDenialsOf'];
  /** The same of a copy, without IAM's simulation. */
  readonly byDocuments: (principal: Principal) => Promise<PrincipalCheck>;
}

/** How one principal is checked; `undefined` when it was deleted while it was checked. */
function principalCheck(steps: PrincipalCheckSteps) {
  const { accountId, callers, check, byDocuments, organizationDenialsOf, expectations, ...beside } = steps;
  const { baseline } = expectations;
  return async (principal: Principal): Promise<Checked | undefined> => {
    const subject = subjectName(principal);
    try {
      const checked = await check(principal);
      const { expectation, outside } = checked;
      const { status, findings, organizationDenies } = await withOrganization(checked, organizationDenialsOf);
      const access = principal.serviceLinked ? undefined : accessOf(principal, organizationDenies);
      return {
        subject,
        arn: principal.arn,
        status,
        fingerprint: fingerprintOf(principal, expectation),
        findings,
        access,
        changeSince: (past) => compareAccess(past, access ?? noAccess, { principal, callers, baseline }),
        openingsSince: openingsOf(principal, expectation, access ?? noAccess, {
          callers,
          baseline,
          ...beside,
        }),
        outside,
        covering: coveringOf(expectation, expectations),
        trust: principal.trust?.text,
        attributes: attributesOf(principal),
        coveredWith: (attributes) => {
          const former = withAttributes(principal, attributes);
          return former && coveringOf(expectations.expectationFor(former), expectations);
        },
        bindings: bindingsOf(principal),
        // Needed once a principal is checked: it stays outside of what a start loads.
        undoing: async (changes, before) =>
          (await import('./undoing.ts')).undoing({ findings, outside, access }, changes, before, {
            principal,
            callers,
            baseline,
            check: byDocuments,
            ...beside,
          }),
      };
    } catch (error) {
      if (error instanceof PrincipalGoneError) return undefined;
      // What is wrong with the stack is wrong for everybody; anything else must not keep the others from being announced.
      if (error instanceof AccessError || error instanceof UnansweredError) throw error;
      const findings = [failedCheck(subject, principal.arn, error)];
      return { subject, arn: principal.arn, status: 'inconclusive', fingerprint: '', findings };
    }
  };
}

function bindingsOf({ groups, policies, boundary }: Principal): Bindings {
  const arns = [...policies, ...(boundary === undefined ? [] : [boundary])].flatMap(({ arn }) => arn ?? []);
  return { groups, policies: [...new Set(arns)] };
}

/**
 * What is found of a principal and what the organization denies it. Of an administrator of whom nobody wrote what it should
 * do nothing is judged, so that IAM has not been asked yet.
 */
async function withOrganization(
  { principal, expectation, result, findings, organizationDenies }: PrincipalCheck,
  organizationDenialsOf: Checker['organizationDenialsOf'],
): Promise<Pick<Checked, 'status' | 'findings'> & Pick<PrincipalCheck, 'organizationDenies'>> {
  const { status } = result;
  const isAdministrator = expectation.kind === 'any' && expectation.administrator;
  if (!isAdministrator || principal.serviceLinked) return { status, findings, organizationDenies };
  const asked = await organizationDenialsOf(principal);
  if (asked !== 'unknown') return { status, findings, organizationDenies: asked };
  return {
    status: status === 'findings' ? status : 'inconclusive',
    findings: [...findings, unknownOrganization(subjectName(principal), principal.arn)],
    organizationDenies: undefined,
  };
}

/** As far as a name says it: without a path. */
const arnOf = (subject: string, { accountId, partition }: Account): string =>
  `arn:${partition}:iam::${accountId}:${subject}`;

function absent(subject: string, account: Account): Checked {
  const arn = arnOf(subject, account);
  return { subject, arn, status: 'inconclusive', fingerprint: '', findings: [absentPrincipal(subject, arn)] };
}
