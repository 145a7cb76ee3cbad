import type { STSClient } from '@aws-sdk/client-sts';
import type { Principal } from '#lib/account/types.ts';
import { calibrate } from './calibrate.ts';
import type { Calibration } from './calibration.ts';
import type { ProbePace } from './run.ts';
import { DENY_ALL_SESSION_POLICY, openProbeSession, type ProbeClientFactory } from './session.ts';

export interface CalibrationSteps {
  /** Signs as the checker itself. */
  readonly sts: Pick<STSClient, 'send'>;
  readonly clients: ProbeClientFactory;
  readonly region: string;
  readonly externalId?: string;
  readonly pace?: ProbePace;
  readonly now?: () => Date;
}

/**
 * Calibrates the probes in a Region, in two sessions of a canary role: one that is denied everything, one that is not.
 *
 * @returns the calibration, or why the canary could not be assumed.
 * @throws ProbeAlarm when a call that was meant to fail succeeded; Error when a session's credentials were refused.
 */
export async function calibrateRegion(
  canary: Pick<Principal, 'kind' | 'arn' | 'serviceLinked'>,
  { sts, clients, region, externalId, pace, now }: CalibrationSteps,
): Promise<Calibration | { readonly reason: string }> {
  const open = (sessionPolicy?: string) =>
    openProbeSession({
      sts,
      principal: canary,
      region,
      ...(externalId === undefined ? {} : { externalId }),
      ...(sessionPolicy === undefined ? {} : { sessionPolicy }),
    });
  const denied = await open(DENY_ALL_SESSION_POLICY);
  if (denied.kind === 'not-probed') return { reason: denied.reason };
  const allowed = await open();
  if (allowed.kind === 'not-probed') return { reason: allowed.reason };
  return calibrate({
    denyAll: clients(denied.credentials, region),
    allowAll: clients(allowed.credentials, region),
    identity: allowed.identity,
    ...(pace === undefined ? {} : { pace }),
    ...(now === undefined ? {} : { now }),
  });
}

/** Days after which a calibration is made anew. */
const keptDays = 30;

/** Whether a calibration is too old to rest on. */
export const isStale = ({ at }: Calibration, now: Date): boolean =>
  now.getTime() - Date.parse(at) > keptDays * 86_400_000;
