import {
  collectionArn,
  datasetArn,
  destinationProjectArn,
  IMPOSSIBLE_NAME,
  IMPOSSIBLE_PROCESSOR_NAME,
  PROBE_NAME,
  type ProbeValues,
  probeName,
  projectArn,
  projectVersionArn,
  testDatasetArn,
} from './probe-names.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Within the API model's limits (1 byte to 5 MB) and no JPEG or PNG: nothing is analyzed, stored or billed. */
const notAnImage = () => ({ Bytes: bytes('rekognition-permission-check: deliberately not an image') });

const inCollection = (v: ProbeValues) => ({ CollectionId: probeName(v) });
const searchByImage = (v: ProbeValues) => ({ ...inCollection(v), Image: notAnImage() });
const user = (v: ProbeValues) => ({ ...inCollection(v), UserId: probeName(v) });
const facesOfUser = (v: ProbeValues) => ({ ...user(v), FaceIds: [v.uuid] });
const image = () => ({ Image: notAnImage() });
const inProject = (v: ProbeValues) => ({ ProjectArn: projectArn(v) });
const projectVersion = (v: ProbeValues) => ({ ProjectVersionArn: projectVersionArn(v) });
const dataset = (v: ProbeValues) => ({ DatasetArn: datasetArn(v) });
const output = (v: ProbeValues) => ({ S3Bucket: probeName(v), S3KeyPrefix: 'none' });
/** The bucket's name carries the nonce, so there is no video. NotificationChannel is left out: no iam:PassRole. */
const video = (v: ProbeValues) => ({ Video: { S3Object: { Bucket: probeName(v), Name: 'none.mp4' } } });
const job = (v: ProbeValues) => ({ JobId: v.hex64 });
const processor = (v: ProbeValues) => ({ Name: probeName(v) });
const firstRow = () => ({ MaxResults: 1 });

async function* noVideo(): AsyncGenerator<never> {}

/**
 * The parameters of each probe, by API operation. An operation that is missing here is never called.
 * Which answer proves what is in probes.ts.
 *
 * - DetectModerationLabels: never with HumanLoopConfig, which starts an A2I loop.
 * - CreateDataset: DatasetSource is set on purpose, leaving it out asks for an empty dataset.
 * - PutProjectPolicy: `{}` is no valid project policy, so nothing could be put even if the project existed.
 * - CreateCollection, CreateProject, CreateStreamProcessor, StartMediaAnalysisJob: each breaks the API model in several
 *   places, because every well-formed call with a free name succeeds. Well-formed but missing streams, roles and
 *   manifests are no protection: they are looked up after the processor or the job has been created.
 * - CreateFaceLivenessSession is absent: every input is optional and out-of-range values are clamped, so any accepted
 *   call creates a session.
 */
export const PROBE_INPUTS = {
  AssociateFaces: facesOfUser,
  CompareFaces: () => ({ SourceImage: notAnImage(), TargetImage: notAnImage() }),
  CopyProjectVersion: (v: ProbeValues) => ({
    SourceProjectArn: projectArn(v),
    SourceProjectVersionArn: projectVersionArn(v),
    DestinationProjectArn: destinationProjectArn(v),
    VersionName: PROBE_NAME,
    OutputConfig: output(v),
  }),
  CreateCollection: () => ({ CollectionId: IMPOSSIBLE_NAME }),
  CreateDataset: (v: ProbeValues) => ({
    ...inProject(v),
    DatasetType: 'TRAIN' as const,
    DatasetSource: { GroundTruthManifest: { S3Object: { Bucket: probeName(v), Name: 'none.manifest' } } },
  }),
  CreateProject: () => ({ ProjectName: IMPOSSIBLE_NAME, Feature: 'CONTENT_MODERATION' as const }),
  CreateProjectVersion: (v: ProbeValues) => ({
    ...inProject(v),
    VersionName: PROBE_NAME,
    OutputConfig: output(v),
  }),
  CreateStreamProcessor: () => ({
    Name: IMPOSSIBLE_PROCESSOR_NAME,
    Input: {},
    Output: {},
    Settings: {},
    RoleArn: '!',
  }),
  CreateUser: user,
  DeleteCollection: inCollection,
  DeleteDataset: dataset,
  DeleteFaces: (v: ProbeValues) => ({ ...inCollection(v), FaceIds: [v.uuid] }),
  DeleteProject: inProject,
  DeleteProjectPolicy: (v: ProbeValues) => ({ ...inProject(v), PolicyName: PROBE_NAME }),
  DeleteProjectVersion: projectVersion,
  DeleteStreamProcessor: processor,
  DeleteUser: user,
  DescribeCollection: inCollection,
  DescribeDataset: dataset,
  DescribeProjects: firstRow,
  DescribeProjectVersions: (v: ProbeValues) => ({ ...inProject(v), ...firstRow() }),
  DescribeStreamProcessor: processor,
  DetectCustomLabels: (v: ProbeValues) => ({ ...projectVersion(v), ...image() }),
  DetectFaces: image,
  DetectLabels: image,
  DetectModerationLabels: image,
  DetectProtectiveEquipment: image,
  DetectText: image,
  DisassociateFaces: facesOfUser,
  DistributeDatasetEntries: (v: ProbeValues) => ({
    Datasets: [{ Arn: datasetArn(v) }, { Arn: testDatasetArn(v) }],
  }),
  GetCelebrityInfo: () => ({ Id: 'permissionchecknone' }),
  GetCelebrityRecognition: job,
  GetContentModeration: job,
  GetFaceDetection: job,
  GetFaceLivenessSessionResults: (v: ProbeValues) => ({ SessionId: v.uuid }),
  GetFaceSearch: job,
  GetLabelDetection: job,
  GetMediaAnalysisJob: job,
  GetPersonTracking: job,
  GetSegmentDetection: job,
  GetTextDetection: job,
  IndexFaces: (v: ProbeValues) => ({ ...searchByImage(v), MaxFaces: 1 }),
  ListCollections: firstRow,
  ListDatasetEntries: (v: ProbeValues) => ({ ...dataset(v), ...firstRow() }),
  ListDatasetLabels: (v: ProbeValues) => ({ ...dataset(v), ...firstRow() }),
  ListFaces: (v: ProbeValues) => ({ ...inCollection(v), ...firstRow() }),
  ListMediaAnalysisJobs: firstRow,
  ListProjectPolicies: (v: ProbeValues) => ({ ...inProject(v), ...firstRow() }),
  ListStreamProcessors: firstRow,
  ListTagsForResource: (v: ProbeValues) => ({ ResourceArn: collectionArn(v) }),
  ListUsers: (v: ProbeValues) => ({ ...inCollection(v), ...firstRow() }),
  PutProjectPolicy: (v: ProbeValues) => ({ ...inProject(v), PolicyName: PROBE_NAME, PolicyDocument: '{}' }),
  RecognizeCelebrities: image,
  SearchFaces: (v: ProbeValues) => ({ ...inCollection(v), FaceId: v.uuid, MaxFaces: 1 }),
  SearchFacesByImage: searchByImage,
  SearchUsers: (v: ProbeValues) => ({ ...inCollection(v), UserId: PROBE_NAME, MaxUsers: 1 }),
  SearchUsersByImage: searchByImage,
  StartCelebrityRecognition: video,
  StartContentModeration: video,
  StartFaceDetection: video,
  StartFaceLivenessSession: (v: ProbeValues) => ({
    SessionId: v.uuid,
    VideoWidth: '640',
    VideoHeight: '480',
    ChallengeVersions: 'FaceMovementAndLightChallenge_1.0.0',
    LivenessRequestStream: noVideo(),
  }),
  StartFaceSearch: (v: ProbeValues) => ({ ...video(v), ...inCollection(v) }),
  StartLabelDetection: video,
  StartMediaAnalysisJob: () => ({
    JobName: '!',
    ClientRequestToken: '!',
    OperationsConfig: {},
    Input: { S3Object: { Bucket: '!!!', Name: 'none' } },
    OutputConfig: { S3Bucket: '!!!' },
  }),
  StartPersonTracking: video,
  StartProjectVersion: (v: ProbeValues) => ({ ...projectVersion(v), MinInferenceUnits: 1 }),
  StartSegmentDetection: (v: ProbeValues) => ({ ...video(v), SegmentTypes: ['SHOT' as const] }),
  StartStreamProcessor: processor,
  StartTextDetection: video,
  StopProjectVersion: projectVersion,
  StopStreamProcessor: processor,
  TagResource: (v: ProbeValues) => ({ ResourceArn: collectionArn(v), Tags: { 'permission-check': 'none' } }),
  UntagResource: (v: ProbeValues) => ({ ResourceArn: collectionArn(v), TagKeys: [PROBE_NAME] }),
  UpdateDatasetEntries: (v: ProbeValues) => ({
    ...dataset(v),
    Changes: { GroundTruth: bytes('not-json-lines') },
  }),
  UpdateStreamProcessor: processor,
};

/** An API operation that has a probe. */
export type ProbeOperation = keyof typeof PROBE_INPUTS;
