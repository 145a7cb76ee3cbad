import type { Layer } from '@permission-check/iam-policy';
import { PROBES, type Probe } from '#lib/catalog/probes.ts';
import { type ProbeOutcome, readProbeAnswer, UNCALIBRATED } from './answer.ts';
import type { Calibration, CalibrationAnswer, CustomLabelsPresence } from './calibration.ts';
import type { ProbeClients } from './calls.ts';
import { alarmOf, type ProbeIdentity, probeValues } from './principal.ts';
import { DEFAULT_PACE, type ProbePace, runProbes } from './run.ts';

/** An answer with the layer that it named, which is not kept. */
type Answer = CalibrationAnswer & { readonly namedLayer?: Layer };

/**
 * Runs every probe twice as a canary role with rekognition:* on everything: in a session that is denied everything
 * (DENY_ALL_SESSION_POLICY) and in one that is not (PROBE_SESSION_POLICY). A probe is worth what the two answers tell
 * apart.
 *
 * @throws ProbeAlarm when a call that was meant to fail succeeded.
 * @throws Error when either session's credentials are refused: half a calibration would mislead.
 */
export async function calibrate(options: {
  readonly denyAll: ProbeClients;
  readonly allowAll: ProbeClients;
  readonly identity: ProbeIdentity;
  readonly pace?: ProbePace;
  readonly now?: () => Date;
  readonly signal?: AbortSignal;
}): Promise<Calibration> {
  const { identity, now = () => new Date() } = options;
  const denied = await answersOf(options.denyAll, options);
  const allowed = await answersOf(options.allowAll, options);
  return {
    version: 1,
    accountId: identity.accountId,
    region: identity.region,
    roleArn: identity.principalArn,
    at: now().toISOString(),
    customLabels: customLabels(allowed),
    probes: [...PROBES.keys()].map((action) => ({
      action,
      denied: kept(denied.get(action)),
      allowed: kept(allowed.get(action)),
    })),
  };
}

async function answersOf(
  clients: ProbeClients,
  options: {
    readonly identity: ProbeIdentity;
    readonly pace?: ProbePace;
    readonly signal?: AbortSignal;
  },
): Promise<Map<string, Answer>> {
  const { identity } = options;
  const values = probeValues(identity);
  const run = await runProbes({
    clients,
    probes: [...PROBES.values()].filter((probe) => !probe.skipped && (!probe.streaming || clients.streaming)),
    values,
    pace: options.pace ?? DEFAULT_PACE,
    ...(options.signal && { signal: options.signal }),
  });
  const alarm = alarmOf(identity, run, values, new Map());
  if (alarm) throw alarm;
  if (run.stopped !== undefined) {
    throw new Error(`${identity.region} was not calibrated as ${identity.principalArn}: ${run.stopped}`);
  }
  return new Map([...run.outcomes].map(([action, outcome]) => [action, answer(PROBES.get(action), outcome)]));
}

function answer(probe: Probe | undefined, outcome: ProbeOutcome): Answer {
  const { code } = outcome;
  if (!probe) throw new Error('an outcome without a probe');
  // Here the question is whether the answers tell the two sessions apart, so none is taken for less than it says.
  const reading = readProbeAnswer({ ...probe, calibrateFirst: false }, outcome, UNCALIBRATED);
  switch (reading.kind) {
    case 'decided':
      return {
        code,
        verdict: reading.decision === 'allowed' ? 'allowed' : 'denied',
        ...(reading.namedLayer && { namedLayer: reading.namedLayer }),
      };
    case 'undetermined':
      return { code, verdict: reading.probable ? 'probable' : 'undetermined', reason: reading.reason };
    default:
      throw new Error(`${probe.action} answered ${code}, which ends a run`);
  }
}

function kept(found: Answer | undefined): CalibrationAnswer {
  if (!found) return { verdict: 'undetermined', reason: 'not probed' };
  const { namedLayer: _, ...rest } = found;
  return rest;
}

/**
 * Regions without Custom Labels deny its actions to everybody. They lack it where a session with rekognition:* is
 * denied every one of them, by no policy other than the lack of an allowing one, and is allowed something else.
 */
function customLabels(allowed: ReadonlyMap<string, Answer>): CustomLabelsPresence {
  const answers = [...PROBES.values()].flatMap((probe) => {
    const found = allowed.get(probe.action);
    return found ? [{ probe, found }] : [];
  });
  const custom = answers.filter(({ probe }) => probe.feature === 'custom-labels');
  if (custom.some(({ found }) => found.verdict === 'allowed')) return 'present';
  const everywhereDenied = custom.every(
    ({ found, probe }) =>
      (found.verdict === 'denied' && (found.namedLayer ?? 'identity') === 'identity') ||
      probe.class === 'denial-only',
  );
  const elseAllowed = answers.some(({ probe, found }) => !probe.feature && found.verdict === 'allowed');
  return custom.length > 0 && everywhereDenied && elseAllowed ? 'absent' : 'unknown';
}
