import * as z from 'zod/mini';
import { describeSchemaError } from '#lib/errors.ts';
import { type ProbeStanding, UNCALIBRATED } from './answer.ts';

const answer = z.object({
  /** The error code, or `success`; absent where the probe got no answer. */
  code: z.optional(z.string()),
  verdict: z.enum(['allowed', 'probable', 'denied', 'undetermined']),
  reason: z.optional(z.string()),
});

const calibration = z.object({
  version: z.literal(1),
  accountId: z.string(),
  region: z.string(),
  /** The role whose sessions asked. */
  roleArn: z.string(),
  at: z.iso.datetime(),
  /** `absent`: a session with rekognition:* is denied all of Custom Labels, and nothing else. */
  customLabels: z.enum(['present', 'absent', 'unknown']),
  probes: z.array(
    z.object({
      action: z.string(),
      /** As a session that is denied everything. */
      denied: answer,
      /** As a session that is allowed everything. */
      allowed: answer,
    }),
  ),
});

/** How each probe answered a principal that is denied everything and one that is allowed everything, in one Region. */
export type Calibration = z.infer<typeof calibration>;
export type CalibrationAnswer = z.infer<typeof answer>;
export type CustomLabelsPresence = Calibration['customLabels'];

/** Where calibrations are kept between runs. */
export interface CalibrationStore {
  /** The last calibration of the Region, where there is one. */
  load(region: string): Promise<Calibration | undefined>;
  save(calibration: Calibration): Promise<void>;
}

export const serializeCalibration = (value: Calibration): string => JSON.stringify(value);

/** Reads what serializeCalibration wrote. Throws an Error that names what is wrong. */
export function parseCalibration(text: string): Calibration {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`the calibration is not JSON: ${String(error)}`);
  }
  const parsed = calibration.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`the calibration is not valid at ${describeSchemaError(parsed.error, 'its root')}`);
}

/** What the calibration has shown for one action's probe; nothing, where it is of another Region. */
export function standingOf(value: Calibration | undefined, region: string, action: string): ProbeStanding {
  if (value?.region !== region) return UNCALIBRATED;
  const found = value.probes.find((entry) => entry.action === action);
  if (!found) return UNCALIBRATED;
  const { denied } = found;
  const orderProven = denied.verdict === 'denied';
  return { orderProven, refuted: !orderProven && denied.code !== undefined ? [denied.code] : [] };
}

/**
 * Whether the probe tells a denied caller from an allowed one: the first was denied by name, the second got an answer
 * that only authorized callers get.
 */
export function isCalibrated(value: Calibration, action: string): boolean {
  const found = value.probes.find((entry) => entry.action === action);
  return found?.denied.verdict === 'denied' && found.allowed.verdict === 'allowed';
}
