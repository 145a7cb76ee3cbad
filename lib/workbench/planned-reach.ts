import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { worst } from '#lib/catalog/severity.ts';
import { indirectChecks } from '#lib/check/indirect.ts';
import type { Checker, PrincipalCheck } from '#lib/check/principal.ts';
import { withReach } from '#lib/check/reached.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import { accessOf } from '#lib/compare/reached-principal.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Baseline } from '#lib/expectation/types.ts';
import type { PlannedPrincipal } from '#lib/iac/planned-principal.ts';
import { plannedSurroundings } from '#lib/iac/planned-surroundings.ts';
import type { Outlook, World } from '#lib/iac/worlds.ts';
import type { Callers } from '#lib/reach/callers.ts';
import { Reach } from '#lib/reach/reach.ts';
import type { FindingKind } from '#lib/words/kinds.ts';
import { listed, subjectName } from '#lib/words/labels.ts';
import { admissionsAt } from './admissions-at.ts';
import { type PlannedCallers, plannedCallers, withTrust } from './planned-callers.ts';

/** What reach is judged by. */
export interface PlannedReachOptions {
  readonly baseline: Baseline;
  readonly guardrails: Guardrails | undefined;
  readonly startedAt: Date;
}

/** A check of a principal with who can act as it once a plan is deployed. */
export type WithPlannedReach = (check: PrincipalCheck, planned: PlannedPrincipal) => PrincipalCheck;

/**
 * Prepares the check of who can act as the principals of an account once a plan is deployed: for certain, and where it
 * depends on something on the way, that it does. What somebody can come to is asked of the usual reading.
 */
export async function plannedReach(
  worlds: readonly World[],
  base: Account | undefined,
  { baseline, guardrails, startedAt }: PlannedReachOptions,
  checker: Checker,
): Promise<WithPlannedReach> {
  const callers = await plannedCallers(worlds, base, guardrails);
  const admissions = admissionsAt(baseline, guardrails);
  const over = (some: Callers) => new Reach(admissions, some, base?.identityPools);
  const { shown, dependsOn } = callers;
  const beside = await plannedSurroundings(worlds, base);
  const withIndirect = indirectChecks(shown.all(), admissions, over(shown), checker, startedAt, beside);
  const certain = over(callers.certain);
  const widest = callers.widest && over(callers.widest);
  return (check, planned) => {
    const { principal } = planned;
    const access = () => checker.accessOf(principal);
    const grown = withIndirect({ ...check, principal: withTrust(planned) });
    const reached = withReach(grown, certain, access, withIndirect);
    const open = widest === undefined ? [] : openRoads(grown, widest, access, dependsOn);
    const known = new Set(reached.findings.map(({ id }) => id));
    const findings = [...reached.findings, ...open.filter(({ id }) => !known.has(id))].map((finding) =>
      isAboutReach(finding) ? inPlan(finding, planned) : finding,
    );
    return { ...reached, principal, findings: [...findings, ...unknownTrust(planned, access)] };
  };
}

/**
 * Who may turn out to come to a principal through others: what the trust policies and the policies on the way say is known
 * only after the deployment.
 */
function openRoads(
  check: PrincipalCheck,
  widest: Reach,
  access: Checker['accessOf'],
  dependsOn: PlannedCallers['dependsOn'],
): Finding[] {
  const through = widest.roadTo(check.principal)?.through.slice(0, -1) ?? [];
  const names = [...new Set(through.flatMap(({ arn }) => dependsOn.get(arn) ?? []))];
  if (names.length === 0) return [];
  return withReach({ ...check, findings: [] }, widest, access)
    .findings.filter(({ kind }) => kind === 'exposed')
    .map(({ accept: _, acceptance: __, ...finding }) => ({
      ...finding,
      kind: 'inconclusive',
      summary: `${finding.summary} That depends on ${listed(names, 4)}.`,
      remedies: [
        `Write out in the plan who may assume ${listed(through.map(subjectName), 3)}, and what it may do, or check the account after the deployment.`,
      ],
    }));
}

/** What is to be done about it is done in the plan; whom a stand-in stands for nobody can accept. */
function inPlan(finding: Finding, { trust }: PlannedPrincipal): Finding {
  const remedies = finding.remedies
    .filter((remedy) => !remedy.startsWith('aws '))
    .map((remedy) => remedy.replace(/ For this account alone:$/, ''));
  if (trust === undefined) return { ...finding, remedies };
  const { accept: _, acceptance: __, ...rest } = finding;
  return { ...rest, remedies };
}

/** Of a trust policy that is not known before the deployment: anyone may be let in. */
export function unknownTrust(
  { principal, trust }: PlannedPrincipal,
  accessible: () => ReturnType<Checker['accessOf']>,
): Finding[] {
  if (trust === undefined || trust.policy !== undefined) return [];
  const access = accessOf(accessible());
  if (access.length === 0) return [];
  const name = subjectName(principal);
  const accountId = principal.arn.split(':')[4] ?? '';
  return [
    {
      id: findingId(accountId, principal.arn, 'inconclusive', ['trust', ...trust.unknowns]),
      kind: 'inconclusive',
      severity: worst(access.map(({ severity }) => severity)),
      subject: name,
      principalArn: principal.arn,
      actions: [],
      by: [],
      summary: `Who can assume ${name} depends on ${listed(trust.unknowns, 4)}, known only after the deployment.`,
      remedies: ['Write who may assume it out in the plan, or check the account after the deployment.'],
    },
  ];
}

/** Findings about who can act as a principal. */
const reachKinds: readonly FindingKind[] = ['exposed', 'unreachable'];

export const isAboutReach = ({ kind }: Finding): boolean => reachKinds.includes(kind);

/** Whether a plan changes who may assume a role. */
export function changesTrust({ before, after }: Outlook): boolean {
  const was = textOf(before?.principal);
  return after.some(
    (planned) => planned !== undefined && (planned.trust !== undefined || textOf(planned.principal) !== was),
  );
}

/** A trust policy however it is laid out. */
function textOf(principal: Principal | undefined): string | undefined {
  const text = principal?.trust?.text;
  if (text === undefined) return undefined;
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}
