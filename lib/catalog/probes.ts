import type { ProbeOperation } from './probe-inputs.ts';
import {
  collectionArn,
  datasetArn,
  impossibleCollectionArn,
  impossibleProjectArn,
  type ProbeValues,
  projectArn,
  projectVersionArn,
  streamProcessorArn,
  testDatasetArn,
} from './probe-names.ts';

/**
 * Why a probe does no harm.
 *
 * - `safe-by-read`: a list call of one row; success proves authorization.
 * - `safe-by-nonexistent-resource`: what it names cannot exist.
 * - `safe-by-invalid-input`: valid for the API model, impossible in substance (an image that is none).
 * - `denial-only`: breaks the API model. Whether the framework validates before it authorizes is not documented, so
 *   only a denial says something.
 * - `never`: no input is harmless. It is never called.
 */
export type ProbeClass =
  | 'safe-by-read'
  | 'safe-by-nonexistent-resource'
  | 'safe-by-invalid-input'
  | 'denial-only'
  | 'never';

/**
 * Parts that a Region or an account may lack. Custom Labels, streaming video and Face Liveness exist in fewer Regions;
 * streaming video and bulk (media) analysis are closed to new customers since 2026-04-30.
 */
export type ProbeFeature = 'custom-labels' | 'streaming-video' | 'media-analysis' | 'face-liveness';

/** The safest live call for one action, and how its answer reads. Parameters are in PROBE_INPUTS. */
export interface Probe {
  /** `rekognition:DeleteCollection` */
  readonly action: string;
  /** Absent where nothing is called. */
  readonly operation?: ProbeOperation;
  readonly class: ProbeClass;
  /** Error codes that only an authorized caller gets. */
  readonly proves: readonly string[];
  /** Error codes that an authorized caller gets, and perhaps others: proof only once calibrated. */
  readonly probable: readonly string[];
  /** The ARNs that the call is judged on; `*` alone where the action has no resource type. */
  readonly resources: (values: ProbeValues) => readonly string[];
  /** False where sources disagree on what AWS judges the call on; the ARN in the answer decides then. */
  readonly resourcesKnown: boolean;
  /** The part of Rekognition that it belongs to, where that part is not in every Region or open to every account. */
  readonly feature?: ProbeFeature;
  /** Answered by the streaming endpoint, over an event stream. */
  readonly streaming: boolean;
  /** Proves nothing before it has been calibrated. */
  readonly calibrateFirst: boolean;
  /** Why it is not run. */
  readonly skipped?: string;
}

const NOT_FOUND = 'ResourceNotFoundException';
const S3_OBJECT = 'InvalidS3ObjectException';
const PAGINATION = 'InvalidPaginationTokenException';
const REVISION = 'InvalidPolicyRevisionIdException';
const IN_USE = 'ResourceInUseException';
const IMAGE = ['InvalidImageFormatException', 'ImageTooLargeException', S3_OBJECT];
const TOKEN = ['ConflictException', 'IdempotentParameterMismatchException'];
const VIDEO = [S3_OBJECT, 'VideoTooLargeException', 'IdempotentParameterMismatchException'];
const PARAMETER = 'InvalidParameterException';
const LIMIT = 'LimitExceededException';
const QUOTA = 'ServiceQuotaExceededException';

type Resources = Probe['resources'];
type Row = readonly [operation: ProbeOperation, resources: Resources, proves: string[], probable: string[]];

const on =
  (...arns: ((v: ProbeValues) => string)[]): Resources =>
  (values) =>
    arns.map((arn) => arn(values));
const none: Resources = () => ['*'];

const READS: readonly Row[] = [
  ['DescribeProjects', none, [PAGINATION], [PARAMETER]],
  ['ListCollections', none, [PAGINATION], [PARAMETER]],
  ['ListMediaAnalysisJobs', none, [PAGINATION], [PARAMETER]],
  ['ListStreamProcessors', none, [PAGINATION], [PARAMETER]],
];

const INVALID_INPUT: readonly Row[] = [
  ['CompareFaces', none, IMAGE, [PARAMETER]],
  ['DetectFaces', none, IMAGE, [PARAMETER]],
  ['DetectLabels', none, IMAGE, [PARAMETER]],
  ['DetectModerationLabels', none, [...IMAGE, 'HumanLoopQuotaExceededException'], [PARAMETER]],
  ['DetectProtectiveEquipment', none, IMAGE, [PARAMETER]],
  ['DetectText', none, IMAGE, [PARAMETER]],
  ['RecognizeCelebrities', none, IMAGE, [PARAMETER]],
];

const NONEXISTENT: readonly Row[] = [
  ['DescribeCollection', on(collectionArn), [NOT_FOUND], [PARAMETER]],
  ['DescribeDataset', on(datasetArn), [NOT_FOUND], [PARAMETER]],
  ['DescribeProjectVersions', on(projectArn), [NOT_FOUND], [PARAMETER]],
  ['DescribeStreamProcessor', on(streamProcessorArn), [NOT_FOUND], [PARAMETER]],
  ['GetCelebrityInfo', none, [NOT_FOUND], [PARAMETER]],
  ['GetCelebrityRecognition', none, [NOT_FOUND, PAGINATION], [PARAMETER]],
  ['GetContentModeration', none, [NOT_FOUND, PAGINATION], [PARAMETER]],
  ['GetFaceDetection', none, [NOT_FOUND, PAGINATION], [PARAMETER]],
  ['GetFaceLivenessSessionResults', none, ['SessionNotFoundException'], [PARAMETER]],
  ['GetFaceSearch', none, [NOT_FOUND, PAGINATION], [PARAMETER]],
  ['GetLabelDetection', none, [NOT_FOUND, PAGINATION], [PARAMETER]],
  ['GetMediaAnalysisJob', none, [NOT_FOUND], [PARAMETER]],
  ['GetPersonTracking', none, [NOT_FOUND, PAGINATION], [PARAMETER]],
  ['GetSegmentDetection', none, [NOT_FOUND, PAGINATION], [PARAMETER]],
  ['GetTextDetection', none, [NOT_FOUND, PAGINATION], [PARAMETER]],
  ['ListDatasetEntries', on(datasetArn), [NOT_FOUND], [PARAMETER]],
  ['ListDatasetLabels', on(datasetArn), [NOT_FOUND], [PARAMETER]],
  ['ListFaces', on(collectionArn), [NOT_FOUND], [PARAMETER]],
  ['ListProjectPolicies', on(projectArn), [NOT_FOUND], [PARAMETER]],
  ['ListTagsForResource', on(collectionArn), [NOT_FOUND], [PARAMETER]],
  ['ListUsers', on(collectionArn), [NOT_FOUND], [PARAMETER]],
  ['SearchFaces', on(collectionArn), [NOT_FOUND], [PARAMETER]],
  ['SearchFacesByImage', on(collectionArn), [NOT_FOUND, ...IMAGE], [PARAMETER]],
  ['SearchUsers', on(collectionArn), [NOT_FOUND], [PARAMETER]],
  ['SearchUsersByImage', on(collectionArn), [NOT_FOUND, ...IMAGE], [PARAMETER]],
  [
    'DetectCustomLabels',
    on(projectVersionArn),
    [NOT_FOUND, 'ResourceNotReadyException', ...IMAGE],
    [PARAMETER, LIMIT],
  ],
  ['StartFaceLivenessSession', none, ['SessionNotFoundException'], [QUOTA]],
  ['AssociateFaces', on(collectionArn), [NOT_FOUND, ...TOKEN], [PARAMETER, QUOTA]],
  ['CopyProjectVersion', on(projectArn, projectVersionArn), [NOT_FOUND], [PARAMETER, LIMIT, QUOTA]],
  ['CreateDataset', on(projectArn), [NOT_FOUND, S3_OBJECT], [PARAMETER, LIMIT]],
  ['CreateProjectVersion', on(projectArn), [NOT_FOUND], [PARAMETER, LIMIT, QUOTA]],
  ['CreateUser', on(collectionArn), [NOT_FOUND, ...TOKEN], [PARAMETER, QUOTA]],
  ['DisassociateFaces', on(collectionArn), [NOT_FOUND, ...TOKEN], [PARAMETER]],
  ['DistributeDatasetEntries', on(datasetArn, testDatasetArn), [NOT_FOUND], [PARAMETER]],
  ['IndexFaces', on(collectionArn), [NOT_FOUND, ...IMAGE], [PARAMETER, QUOTA]],
  [
    'PutProjectPolicy',
    on(projectArn),
    [NOT_FOUND, 'MalformedPolicyDocumentException', REVISION],
    [PARAMETER, LIMIT, QUOTA],
  ],
  ['StartCelebrityRecognition', none, VIDEO, [PARAMETER, LIMIT]],
  ['StartContentModeration', none, VIDEO, [PARAMETER, LIMIT]],
  ['StartFaceDetection', none, VIDEO, [PARAMETER, LIMIT]],
  ['StartFaceSearch', on(collectionArn), [NOT_FOUND, ...VIDEO], [PARAMETER, LIMIT]],
  ['StartLabelDetection', none, VIDEO, [PARAMETER, LIMIT]],
  ['StartPersonTracking', none, VIDEO, [PARAMETER, LIMIT]],
  ['StartSegmentDetection', none, VIDEO, [PARAMETER, LIMIT]],
  ['StartTextDetection', none, VIDEO, [PARAMETER, LIMIT]],
  ['StartProjectVersion', on(projectVersionArn), [NOT_FOUND], [PARAMETER, LIMIT]],
  ['StartStreamProcessor', on(streamProcessorArn), [NOT_FOUND, IN_USE], [PARAMETER]],
  ['StopProjectVersion', on(projectVersionArn), [NOT_FOUND], [PARAMETER]],
  ['StopStreamProcessor', on(streamProcessorArn), [NOT_FOUND, IN_USE], [PARAMETER]],
  ['TagResource', on(collectionArn), [NOT_FOUND], [PARAMETER, QUOTA]],
  ['UntagResource', on(collectionArn), [NOT_FOUND], [PARAMETER]],
  ['UpdateDatasetEntries', on(datasetArn), [NOT_FOUND], [PARAMETER, LIMIT]],
  ['UpdateStreamProcessor', on(streamProcessorArn), [NOT_FOUND, IN_USE], [PARAMETER]],
  ['DeleteCollection', on(collectionArn), [NOT_FOUND], [PARAMETER]],
  ['DeleteDataset', on(datasetArn), [NOT_FOUND], [PARAMETER, LIMIT]],
  ['DeleteFaces', on(collectionArn), [NOT_FOUND], [PARAMETER]],
  ['DeleteProject', on(projectArn), [NOT_FOUND], [PARAMETER]],
  ['DeleteProjectPolicy', on(projectArn), [NOT_FOUND, REVISION], [PARAMETER]],
  ['DeleteProjectVersion', on(projectVersionArn), [NOT_FOUND], [PARAMETER]],
  ['DeleteStreamProcessor', on(streamProcessorArn), [NOT_FOUND, IN_USE], [PARAMETER]],
  ['DeleteUser', on(collectionArn), [NOT_FOUND, ...TOKEN], [PARAMETER]],
];

const DENIAL_ONLY: readonly Row[] = [
  ['CreateCollection', on(impossibleCollectionArn), [], []],
  ['CreateProject', on(impossibleProjectArn), [], []],
  ['CreateStreamProcessor', none, [], []],
  ['StartMediaAnalysisJob', none, [], []],
];

/**
 * Actions whose probed ARN is not certain. The Service Authorization Reference gives CreateProject no resource type,
 * the Custom Labels guide judges it on a project ARN; CreateStreamProcessor's resource has changed between guides;
 * StartMediaAnalysisJob's is optional.
 */
const RESOURCE_UNCERTAIN = new Set(['CreateProject', 'CreateStreamProcessor', 'StartMediaAnalysisJob']);

/** People Pathing ended on 2025-10-31; what its operations answer since is not documented. */
const DISCONTINUED = new Set(['StartPersonTracking', 'GetPersonTracking']);

const FEATURES: readonly (readonly [ProbeFeature, RegExp])[] = [
  ['custom-labels', /Project|Dataset|CustomLabels/],
  ['streaming-video', /StreamProcessor/],
  ['media-analysis', /MediaAnalysis/],
  ['face-liveness', /FaceLiveness/],
];

function probe(probeClass: ProbeClass, [operation, resources, proves, probable]: Row): Probe {
  const streaming = operation === 'StartFaceLivenessSession';
  const feature = FEATURES.find(([, names]) => names.test(operation))?.[0];
  return {
    action: `rekognition:${operation}`,
    operation,
    class: probeClass,
    proves,
    probable,
    resources,
    resourcesKnown: !RESOURCE_UNCERTAIN.has(operation),
    ...(feature && { feature }),
    streaming,
    calibrateFirst: streaming,
    ...(DISCONTINUED.has(operation) && {
      skipped: 'People Pathing was discontinued on 2025-10-31; a live answer would say nothing',
    }),
  };
}

const NEVER: Probe = {
  action: 'rekognition:CreateFaceLivenessSession',
  class: 'never',
  proves: [],
  probable: [],
  resources: none,
  resourcesKnown: true,
  feature: 'face-liveness',
  streaming: false,
  calibrateFirst: false,
  skipped: 'any call that Rekognition accepts creates a session; it is never probed',
};

/**
 * The probe of each of the 76 actions, by action. In the order in which they are run: reads first and deletions last,
 * so that a mistake in a name would show on a harmless call.
 */
export const PROBES: ReadonlyMap<string, Probe> = new Map(
  [
    ...READS.map((row) => probe('safe-by-read', row)),
    ...INVALID_INPUT.map((row) => probe('safe-by-invalid-input', row)),
    ...NONEXISTENT.map((row) => probe('safe-by-nonexistent-resource', row)),
    ...DENIAL_ONLY.map((row) => probe('denial-only', row)),
    NEVER,
  ].map((entry) => [entry.action, entry]),
);
