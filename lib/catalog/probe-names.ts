/**
 * The names that probes use. Every one carries 128 random bits and begins with `permission-check-none`, so it cannot
 * name anything that exists, and whoever reads CloudTrail sees at once where a call came from.
 */

/** What the parameters of a probe are made of. The account and the Region are those of the principal that is probed. */
export interface ProbeValues {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  /** 32 lower-case hex digits, fresh for every run. */
  readonly nonce: string;
  /** A lower-case UUID v4. */
  readonly uuid: string;
  /** 64 lower-case hex digits: the form of a video JobId. */
  readonly hex64: string;
}

/** The random part of ProbeValues. */
export type ProbeNonce = Pick<ProbeValues, 'nonce' | 'uuid' | 'hex64'>;

/** What every name of a probe begins with. */
export const PROBE_NAME = 'permission-check-none';

/**
 * A creation timestamp of July 2017, in milliseconds. Custom Labels launched in December 2019, so no project, model
 * or dataset carries it.
 */
const BEFORE_CUSTOM_LABELS = '1500000000000';

export const probeName = (v: ProbeValues): string => `${PROBE_NAME}-${v.nonce}`;

const arn = (v: ProbeValues, resource: string): string =>
  `arn:${v.partition}:rekognition:${v.region}:${v.accountId}:${resource}`;

const project = (v: ProbeValues, rest: string): string =>
  arn(v, `project/${probeName(v)}/${rest}${BEFORE_CUSTOM_LABELS}`);

export const collectionArn = (v: ProbeValues): string => arn(v, `collection/${probeName(v)}`);
export const streamProcessorArn = (v: ProbeValues): string => arn(v, `streamprocessor/${probeName(v)}`);
export const projectArn = (v: ProbeValues): string => project(v, '');
export const projectVersionArn = (v: ProbeValues): string => project(v, 'version/none/');
export const datasetArn = (v: ProbeValues): string => project(v, 'dataset/train/');
export const testDatasetArn = (v: ProbeValues): string => project(v, 'dataset/test/');
export const destinationProjectArn = (v: ProbeValues): string =>
  arn(v, `project/${PROBE_NAME}-dst-${v.nonce}/${BEFORE_CUSTOM_LABELS}`);

/** One character longer than a collection or project name may be, and every character outside the pattern. */
export const IMPOSSIBLE_NAME = '!'.repeat(256);
/** One character longer than a stream processor's name may be, and every character outside the pattern. */
export const IMPOSSIBLE_PROCESSOR_NAME = '!'.repeat(129);

export const impossibleCollectionArn = (v: ProbeValues): string => arn(v, `collection/${IMPOSSIBLE_NAME}`);
export const impossibleProjectArn = (v: ProbeValues): string =>
  arn(v, `project/${IMPOSSIBLE_NAME}/${BEFORE_CUSTOM_LABELS}`);

const NONCE_FORMS: Readonly<Record<keyof ProbeNonce, RegExp>> = {
  nonce: /^[0-9a-f]{32}$/,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  hex64: /^[0-9a-f]{64}$/,
};

/** Refuses names that are not random enough to be safe. Throws a RangeError that names the part. */
export function checkNonce(nonce: ProbeNonce): ProbeNonce {
  for (const part of ['nonce', 'uuid', 'hex64'] as const) {
    const text = nonce[part];
    if (!NONCE_FORMS[part].test(text) || new Set(text.replaceAll('-', '')).size < 4) {
      throw new RangeError(
        `probe ${part} ${JSON.stringify(text)} is not random: it must match ${NONCE_FORMS[part]}`,
      );
    }
  }
  return nonce;
}
