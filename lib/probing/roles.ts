import pLimit from 'p-limit';
import type { Account, Principal } from '#lib/account/types.ts';
import { PROBES } from '#lib/catalog/probes.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import { PrincipalGoneError } from '#lib/errors.ts';
import type { Expectations } from '#lib/expectation/expectations.ts';
import type { ProbedEvidence, RoleProbe } from '#lib/observe/types.ts';
import type { PrincipalResult, ProbeReport } from '#lib/report/types.ts';
import { subjectName } from '#lib/words/labels.ts';
import { alarmFinding } from './alarm-finding.ts';
import { probeNotes } from './notes.ts';
import { ProbeAlarm } from './principal.ts';
import { type ProbedRole, probeRole, type RoleProbeSteps } from './role.ts';

export interface ProbeSteps extends Omit<RoleProbeSteps, 'accountId' | 'signal' | 'turn' | 'hasTime'> {
  readonly hasTime?: RoleProbeSteps['hasTime'];
}

export interface ProbedRoles {
  readonly report: ProbeReport;
  /** A call that was meant to fail succeeded; everything was stopped then. */
  readonly alarm?: ProbeAlarm;
}

/**
 * Probes roles live, one after the other, and compares. Whoever cannot be probed is in the report with the reason.
 *
 * @throws AccessError when IAM may not be asked: nothing could be compared.
 */
export async function probeRoles(
  account: Pick<Account, 'accountId'>,
  principals: readonly Principal[],
  steps: ProbeSteps,
): Promise<ProbedRoles> {
  const { now, hasTime = () => true } = steps;
  const startedAt = now();
  const stop = new AbortController();
  const oneAtATime = pLimit(1);
  const shared: RoleProbeSteps = {
    ...steps,
    accountId: account.accountId,
    hasTime,
    signal: stop.signal,
    // Stopped before the next one's turn comes.
    turn: (act) =>
      oneAtATime(() =>
        act().catch((error: unknown) => {
          stop.abort();
          throw error;
        }),
      ),
  };
  const ends = await Promise.allSettled(
    principals.map(async (principal): Promise<ProbedRole> => {
      try {
        return await probeRole(principal, shared);
      } catch (error) {
        if (error instanceof PrincipalGoneError)
          return notProbed(principal, 'the role was deleted meanwhile');
        stop.abort();
        throw error;
      }
    }),
  );
  const errors = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  const alarm = errors.find((error) => error instanceof ProbeAlarm);
  if (alarm === undefined && errors.length > 0) throw errors[0];

  const roles = ends.map((end, index): ProbedRole => {
    if (end.status === 'fulfilled') return end.value;
    const principal = principals[index];
    if (principal === undefined) throw new Error('there are more ends than beginnings');
    if (alarm?.principalArn !== principal.arn || alarm !== end.reason)
      return notProbed(principal, 'an alarm has stopped all probing');
    const findings = [alarmFinding(account.accountId, alarm)];
    return { ...named(principal), answers: [...alarm.evidence.values()], findings };
  });
  const report = reportOf(roles, principals, { ...steps, accountId: account.accountId, startedAt });
  return { report, ...(alarm === undefined ? {} : { alarm }) };
}

interface About {
  readonly accountId: string;
  readonly region: string;
  readonly expectations: Expectations;
  readonly now: () => Date;
}

/** The report of a run in which nobody was probed, for one reason. */
export function unprobedReport(
  principals: readonly Principal[],
  reason: string,
  about: About,
  findings: readonly Finding[] = [],
): ProbeReport {
  const roles = principals.map((principal) => notProbed(principal, reason));
  const report = reportOf(roles, principals, { ...about, startedAt: about.now() });
  return { ...report, findings: [...findings, ...report.findings] };
}

function reportOf(
  roles: readonly ProbedRole[],
  principals: readonly Principal[],
  { accountId, region, expectations, now, startedAt }: About & { readonly startedAt: Date },
): ProbeReport {
  const probes = roles.map(({ findings: _, ...probe }): RoleProbe => probe);
  return {
    accountId,
    region,
    startedAt: startedAt.toISOString(),
    seconds: (now().getTime() - startedAt.getTime()) / 1000,
    evidence: ['evaluated', 'simulated', 'probed'],
    expectations: expectations.source,
    principals: roles.map((role, index) => resultOf(role, principals[index], expectations)),
    findings: sortFindings(roles.flatMap(({ findings }) => findings)),
    warnings: probeNotes(probes),
    calls: probes.reduce((sum, { answers }) => sum + called(answers), 0),
    probes,
  };
}

function notProbed(principal: Pick<Principal, 'kind' | 'name' | 'arn'>, reason: string): ProbedRole {
  return { ...named(principal), notProbed: `not probed: ${reason}`, answers: [], findings: [] };
}

const named = (principal: Pick<Principal, 'kind' | 'name' | 'arn'>) => ({
  subject: subjectName(principal),
  arn: principal.arn,
});

function resultOf(
  role: ProbedRole,
  principal: Principal | undefined,
  expectations: Expectations,
): PrincipalResult {
  const { subject, arn, notProbed: note, answers, findings } = role;
  const proven = answers.filter(({ decision }) => decision !== 'inconclusive');
  const unprobeable = principal !== undefined && (principal.kind === 'user' || principal.serviceLinked);
  const open = findings.filter(({ suppressed }) => suppressed === undefined);
  const status =
    note !== undefined
      ? unprobeable
        ? 'not-checkable'
        : 'inconclusive'
      : open.length > 0
        ? 'findings'
        : answers.some(isLost)
          ? 'inconclusive'
          : 'as-expected';
  return {
    subject,
    arn,
    status,
    expected: principal === undefined ? '' : expectations.expectationFor(principal).label,
    ...(note === undefined ? {} : { note }),
    requests: proven.length,
    calls: called(answers),
  };
}

const called = (answers: readonly ProbedEvidence[]): number =>
  answers.filter(({ code }) => code !== undefined).length;

/** Silence that is in the nature of the probe is no loss: one that is never run, or that only a denial answers. */
function isLost({ action, decision, code = '', probable, dependentAction }: ProbedEvidence): boolean {
  const probe = PROBES.get(action);
  if (decision !== 'inconclusive' || probe?.skipped !== undefined || probable) return false;
  if (probe?.class !== 'denial-only') return true;
  return dependentAction === undefined && !/Validation|Invalid/.test(code);
}
