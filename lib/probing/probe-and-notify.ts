import type { IAMClient } from '@aws-sdk/client-iam';
import * as z from 'zod/mini';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { namedPrincipals } from '#lib/account/named.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import { describeSchemaError, InputError } from '#lib/errors.ts';
import type { Paced } from '#lib/iam/pace.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import { email } from '#lib/report/email.ts';
import type { ProbeReport } from '#lib/report/types.ts';
import { composeMessages } from '#lib/respond/compose.ts';
import { guardedSimulation } from '#lib/respond/guarded-simulation.ts';
import { type Outlet, publishReport } from '#lib/respond/outlet.ts';
import { NobodySubscribedError } from '#lib/respond/subscribers.ts';
import { alarmFinding } from './alarm-finding.ts';
import { calibrateRegion, isStale } from './calibrate-region.ts';
import type { Calibration } from './calibration.ts';
import { calibrationStore } from './calibration-store.ts';
import { ProbeAlarm } from './principal.ts';
import { ProbeRecords } from './records.ts';
import { type ProbedRoles, type ProbeSteps, probeRoles, unprobedReport } from './roles.ts';

const requestSchema = z.strictObject({
  /** `role/analyst`, or ARNs; absent: those that the stack is configured with. */
  roles: z.optional(z.array(z.string()).check(z.minLength(1))),
  /** Calibrate the Region anew. */
  calibrate: z.optional(z.boolean()),
  /** Whether the whole report goes to the topic as well. What is new is announced in any case. */
  notify: z.optional(z.boolean()),
  /** After an alarm: what happened is understood and undone, probing may go on. */
  resume: z.optional(z.boolean()),
});

export type ProbeRequest = z.infer<typeof requestSchema>;

/** @throws {InputError} saying which member of the event is wrong. */
export function readProbeRequest(event: unknown): ProbeRequest {
  const parsed = z.safeParse(requestSchema, event ?? {});
  if (parsed.success) return parsed.data;
  throw new InputError(
    `the event is not {roles?: [string], calibrate?: boolean, notify?: boolean, resume?: boolean}: ${describeSchemaError(parsed.error, 'event')}`,
  );
}

export interface StackProbeSteps extends Omit<ProbeSteps, 'simulate' | 'calibration' | 'guardrails'> {
  readonly iam: IAMClient;
  readonly iamPace: Paced;
  readonly managementAccount?: string | undefined;
  readonly outlet: Outlet;
  readonly table: RecordTable;
  /** The roles that the stack probes, canaries first. */
  readonly roleArns: readonly string[];
  /** A role with much of Rekognition allowed, to calibrate with. */
  readonly canaryArn?: string | undefined;
  readonly reminderDays: number;
  /** Unique for each attempt. */
  readonly id: string;
}

/**
 * Probes the stack's roles, or those named, remembers what was found and notifies the team of what is new. Never throws for
 * an alarm, since a failed invocation is repeated; the alarm is remembered, and nothing is probed until somebody
 * says `resume`.
 */
export async function probeAndNotify(request: ProbeRequest, steps: StackProbeSteps): Promise<ProbeOutcome> {
  const { iam, iamPace, table, region, now } = steps;
  const account = await accountFromIam(iam, { pace: iamPace });
  const { principals, missing } = await wantedRoles(account, request, steps.roleArns);
  const memory = new ProbeRecords({ table, steps, account, missing });
  if (request.resume) await memory.forgetAlarm();
  const halted = await memory.alarmSince();
  const about = { accountId: account.accountId, region, now, expectations: steps.expectations };

  let report: ProbeReport;
  if (halted !== undefined) {
    const reason = `an alarm of ${halted} has stopped all probing; {"resume": true} lets it go on`;
    report = unprobedReport(principals, reason, about);
  } else {
    const probed = await probeCalibrated(account, principals, request, steps);
    const { alarm } = probed;
    report = alarm === undefined ? await memory.remember(probed.report, principals) : probed.report;
    if (alarm !== undefined) {
      await memory.rememberAlarm(alarmFinding(account.accountId, alarm)).catch(async (error: unknown) => {
        // What cannot be remembered is announced all the same; better twice than never.
        await publishProbed(report, steps);
        throw error;
      });
    }
  }
  try {
    await memory.announce(notesOf(report), (principals, context) =>
      composeMessages(principals, context, steps.outlet, steps.id),
    );
    if (request.notify) await publishProbed(report, steps);
    return { report, unheard: false };
  } catch (error) {
    // What nobody would receive stays to be announced, by the next run.
    if (!(error instanceof NobodySubscribedError)) throw error;
    return { report: { ...report, warnings: [...report.warnings, error.message] }, unheard: true };
  }
}

export interface ProbeOutcome {
  readonly report: ProbeReport;
  /** There was something to announce, and nobody would have received it. */
  readonly unheard: boolean;
}

const publishProbed = (report: ProbeReport, { outlet, id, now }: StackProbeSteps): Promise<void> =>
  publishReport(outlet, `${now().toISOString().slice(0, 10)}/probe-${id}`, (fullReport) =>
    email(report, { purpose: 'probe', ...(fullReport === undefined ? {} : { fullReport }) }),
  );

/** What the findings do not say: a configured role that was not probed is a finding. */
function notesOf({ warnings, probes }: ProbeReport): string[] {
  const refused = probes.filter(({ notProbed }) => notProbed !== undefined);
  return warnings.filter((warning) => !refused.some(({ subject }) => warning.startsWith(`${subject}: `)));
}

async function probeCalibrated(
  account: Account,
  principals: readonly Principal[],
  request: ProbeRequest,
  steps: StackProbeSteps,
): Promise<ProbedRoles> {
  const calibrated = await calibrationFor(account, request, steps);
  if (calibrated instanceof ProbeAlarm) {
    const about = { ...steps, accountId: account.accountId };
    const findings = [alarmFinding(account.accountId, calibrated)];
    const reason = 'an alarm has stopped all probing';
    return { report: unprobedReport(principals, reason, about, findings), alarm: calibrated };
  }
  const { calibration, warnings } = calibrated;
  const { iam, iamPace: pace, managementAccount } = steps;
  const guarded = guardedSimulation(account.accountId, { iam, pace, managementAccount });
  const { report, ...rest } = await probeRoles(account, principals, { ...steps, ...guarded, calibration });
  return { ...rest, report: { ...report, warnings: [...warnings, ...report.warnings] } };
}

/** The roles to probe, and the configured ones that the account does not have. */
async function wantedRoles(
  account: Account,
  { roles }: ProbeRequest,
  roleArns: readonly string[],
): Promise<{ readonly principals: readonly Principal[]; readonly missing: readonly string[] }> {
  if (roles !== undefined) return { principals: await namedPrincipals(account, roles), missing: [] };
  const byArn = new Map<string, Principal>();
  for await (const principal of account.principals()) byArn.set(principal.arn, principal);
  return {
    principals: roleArns.flatMap((arn) => byArn.get(arn) ?? []),
    missing: roleArns.filter((arn) => !byArn.has(arn)),
  };
}

/** The last calibration of the Region, or a new one where it is asked for, absent or old. */
async function calibrationFor(
  account: Account,
  { calibrate }: ProbeRequest,
  steps: StackProbeSteps,
): Promise<{ readonly calibration?: Calibration; readonly warnings: readonly string[] } | ProbeAlarm> {
  const { table, region, canaryArn, now } = steps;
  const store = calibrationStore(table);
  const known = await store.load(region).catch((error: unknown) => String(error));
  const warnings = typeof known === 'string' ? [`the remembered calibration cannot be read: ${known}`] : [];
  const usable = typeof known === 'string' ? undefined : known;
  const kept = usable === undefined ? {} : { calibration: usable };
  if (usable !== undefined && !calibrate && !isStale(usable, now())) return { ...kept, warnings };
  if (canaryArn === undefined) {
    const state = usable === undefined ? 'is not calibrated' : `was calibrated on ${usable.at.slice(0, 10)}`;
    return { ...kept, warnings: [...warnings, `${region} ${state}: there is no canary role for it`] };
  }
  try {
    const canary = { kind: 'role', arn: canaryArn, serviceLinked: false } as const;
    const { externalId, ...rest } = steps;
    const made = await calibrateRegion(canary, {
      ...rest,
      ...(externalId === undefined ? {} : { externalId }),
    });
    if ('reason' in made)
      return { ...kept, warnings: [...warnings, `${region} was not calibrated: ${made.reason}`] };
    if (made.accountId !== account.accountId)
      throw new Error(`${canaryArn} is not of account ${account.accountId}`);
    await store.save(made);
    return { calibration: made, warnings };
  } catch (error) {
    if (error instanceof ProbeAlarm) return error;
    return { ...kept, warnings: [...warnings, `${region} was not calibrated: ${String(error)}`] };
  }
}
