import { randomBytes, randomUUID } from 'node:crypto';
import { checkNonce, type ProbeNonce, type ProbeValues } from '#lib/catalog/probe-names.ts';
import { PROBES, type Probe } from '#lib/catalog/probes.ts';
import type { ProbedEvidence } from '#lib/observe/types.ts';
import { type ProbeOutcome, type ProbeReading, readProbeAnswer } from './answer.ts';
import { type Calibration, type CustomLabelsPresence, isCalibrated, standingOf } from './calibration.ts';
import type { ProbeClients } from './calls.ts';
import { DEFAULT_PACE, type ProbePace, type ProbeRun, runProbes } from './run.ts';

/** Who is probed, and where. */
export interface ProbeIdentity {
  readonly accountId: string;
  readonly partition: string;
  readonly region: string;
  /** The user's or role's ARN in IAM. */
  readonly principalArn: string;
}

export interface ProbeOptions {
  readonly clients: ProbeClients;
  readonly identity: ProbeIdentity;
  /** `rekognition:DeleteCollection` … */
  readonly actions: Iterable<string>;
  readonly pace?: ProbePace;
  /** Where the names of what does not exist come from; one set for the whole run. */
  readonly nonce?: () => ProbeNonce;
  readonly calibration?: Calibration;
  readonly signal?: AbortSignal;
}

/** A call that was meant to fail succeeded. Somebody must look at once: something may have been created or deleted. */
export class ProbeAlarm extends Error {
  readonly principalArn: string;
  readonly region: string;
  readonly calls: readonly {
    readonly action: string;
    readonly resources: readonly string[];
    readonly requestId?: string;
    readonly at: string;
  }[];
  /** What had been answered by then. */
  readonly evidence: ReadonlyMap<string, ProbedEvidence>;

  constructor(
    identity: ProbeIdentity,
    calls: ProbeAlarm['calls'],
    evidence: ReadonlyMap<string, ProbedEvidence>,
  ) {
    const what = calls.map(({ action, resources, requestId }) => {
      return `${action} on ${resources.join(', ')} (request ${requestId ?? 'unknown'})`;
    });
    super(
      `a live probe that was meant to fail succeeded as ${identity.principalArn} in ${identity.region}: ${what.join('; ')}. ` +
        'All probing has stopped. Look up the request in CloudTrail and undo what it did.',
    );
    this.name = 'ProbeAlarm';
    this.principalArn = identity.principalArn;
    this.region = identity.region;
    this.calls = calls;
    this.evidence = evidence;
  }
}

/** Fresh random names: 128 bits that nobody can guess or has used. */
export const randomNonce = (): ProbeNonce => ({
  nonce: randomBytes(16).toString('hex'),
  uuid: randomUUID(),
  hex64: randomBytes(32).toString('hex'),
});

/** The ARNs and names of one run. */
export const probeValues = (identity: ProbeIdentity, nonce: () => ProbeNonce = randomNonce): ProbeValues => ({
  partition: identity.partition,
  region: identity.region,
  accountId: identity.accountId,
  ...checkNonce(nonce()),
});

/**
 * Asks Rekognition itself, as the principal. Every action asked for is answered, those that were not called with the
 * reason.
 *
 * @throws ProbeAlarm when a call that was meant to fail succeeded; everything has stopped then.
 * @throws RangeError for an action that Rekognition does not have, and for names that are not random.
 */
export async function probePrincipal(options: ProbeOptions): Promise<Map<string, ProbedEvidence>> {
  const { clients, identity, calibration } = options;
  const asked = new Set([...options.actions].map((action) => probeOf(action)));
  const values = probeValues(identity, options.nonce);
  const gaps = new Map([...asked].map((probe) => [probe, notRun(probe, clients)]));
  const run = await runProbes({
    clients,
    probes: [...PROBES.values()].filter((probe) => asked.has(probe) && gaps.get(probe) === undefined),
    values,
    pace: options.pace ?? DEFAULT_PACE,
    ...(options.signal && { signal: options.signal }),
  });

  const presence = customLabels(run, identity.region, calibration);
  const evidence = new Map<string, ProbedEvidence>();
  for (const probe of asked) {
    const base = { kind: 'probed' as const, action: probe.action, probedResources: probe.resources(values) };
    const outcome = run.outcomes.get(probe.action);
    if (!outcome) {
      const reason = gaps.get(probe) ?? run.stopped ?? 'it was not asked';
      evidence.set(probe.action, { ...base, decision: 'inconclusive', reason });
      continue;
    }
    const reading = readProbeAnswer(probe, outcome, standingOf(calibration, identity.region, probe.action));
    evidence.set(probe.action, {
      ...base,
      ...evidenceOf(reading, probe, { presence, region: identity.region }),
      ...answered(outcome),
      ...(calibration?.region === identity.region &&
        isCalibrated(calibration, probe.action) && { calibratedAt: calibration.at }),
    });
  }
  const alarm = alarmOf(identity, run, values, evidence);
  if (alarm) throw alarm;
  return evidence;
}

/** The alarm for the calls of a run that were meant to fail and did not; `undefined` where all failed. */
export function alarmOf(
  identity: ProbeIdentity,
  run: ProbeRun,
  values: ProbeValues,
  evidence: ReadonlyMap<string, ProbedEvidence>,
): ProbeAlarm | undefined {
  if (run.unexpected.length === 0) return undefined;
  const calls = run.unexpected.map(({ probe, outcome: { requestId, at } }) => ({
    action: probe.action,
    resources: probe.resources(values),
    at,
    ...(requestId !== undefined && { requestId }),
  }));
  return new ProbeAlarm(identity, calls, evidence);
}

function probeOf(action: string): Probe {
  const probe = PROBES.get(action);
  if (!probe) throw new RangeError(`Rekognition has no action ${JSON.stringify(action)}; nothing was probed`);
  return probe;
}

function notRun(probe: Probe, clients: ProbeClients): string | undefined {
  if (probe.skipped !== undefined) return `not probed: ${probe.skipped}`;
  if (probe.streaming && !clients.streaming)
    return 'not probed: no client for the streaming endpoint was given';
  return undefined;
}

const answered = ({ code, requestId, at }: ProbeOutcome) => ({ code, at, ...(requestId && { requestId }) });

function evidenceOf(
  reading: ProbeReading,
  probe: Probe,
  where: { presence: CustomLabelsPresence; region: string },
): Pick<ProbedEvidence, 'decision'> & Partial<ProbedEvidence> {
  switch (reading.kind) {
    case 'alarm':
      return { decision: 'allowed', reason: 'the call succeeded, although it was meant to fail' };
    case 'not-evaluated':
      return {
        decision: 'inconclusive',
        reason: `not evaluated, the credentials were refused: ${reading.reason}`,
      };
    case 'undetermined': {
      const { kind: _, ...rest } = reading;
      return { decision: 'inconclusive', ...rest };
    }
    case 'decided': {
      const missing = missingFeature(reading, probe, where);
      if (missing !== undefined) return { decision: 'inconclusive', reason: missing };
      const blockedBy = reading.namedLayer;
      return {
        decision: reading.decision,
        ...(blockedBy && { blockedBy }),
        ...(reading.namedLayer && { namedLayer: reading.namedLayer }),
        ...(reading.resource !== undefined && { probedResources: [reading.resource], resourceNamed: true }),
      };
    }
  }
}

/**
 * Regions without Custom Labels deny its actions to everybody, in the words of a denial by IAM. So a denial counts
 * only where Custom Labels is known to exist, or where the message names a policy that does it.
 */
function missingFeature(
  reading: ProbeReading & { kind: 'decided' },
  probe: Probe,
  { presence, region }: { presence: CustomLabelsPresence; region: string },
): string | undefined {
  if (probe.feature !== 'custom-labels' || presence === 'present' || reading.decision !== 'implicitDeny')
    return;
  if (reading.namedLayer !== undefined && reading.namedLayer !== 'identity') return;
  return presence === 'absent'
    ? `${region} has no Custom Labels: a principal with rekognition:* is denied as well`
    : `denied, but ${region} may have no Custom Labels, where everybody is denied; calibrate the Region to tell`;
}

/** Known from calibration, or from any answer of this run that only Custom Labels itself gives. */
function customLabels(
  run: ProbeRun,
  region: string,
  calibration: Calibration | undefined,
): CustomLabelsPresence {
  const known = calibration?.region === region ? calibration.customLabels : 'unknown';
  if (known !== 'unknown') return known;
  for (const [action, { code }] of run.outcomes) {
    const probe = PROBES.get(action);
    if (probe?.feature !== 'custom-labels') continue;
    if (code === 'success' || probe.proves.includes(code)) return 'present';
  }
  return 'unknown';
}
