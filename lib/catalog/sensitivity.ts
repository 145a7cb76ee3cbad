import type { Sensitivity, Severity } from './types.ts';

export interface SensitivityClass {
  readonly sensitivity: Sensitivity;
  /** How bad it is when somebody has an action of this class unexpectedly. */
  readonly severity: Severity;
  /** What having such an action lets somebody do. */
  readonly means: string;
  readonly actions: readonly string[];
}

/**
 * Every action in exactly one class, worst first. This is judgement, not AWS's; the reason stands with each
 * class, and with each action whose place is not obvious.
 */
export const sensitivityClasses: readonly SensitivityClass[] = [
  {
    sensitivity: 'biometric-write',
    severity: 'critical',
    means: 'puts people into a collection, or changes which person a face counts for',
    actions: [
      'IndexFaces',
      'CreateUser',
      'AssociateFaces',
      // A user without its faces is matched no more: the stored identity changes.
      'DisassociateFaces',
    ],
  },
  {
    sensitivity: 'biometric-delete',
    severity: 'critical',
    means: 'destroys face vectors, which cannot be made again without the original images',
    actions: ['DeleteCollection', 'DeleteFaces', 'DeleteUser'],
  },
  {
    sensitivity: 'cross-account-copy',
    severity: 'critical',
    means: 'lets a trained model leave the account',
    actions: [
      'CopyProjectVersion',
      // A project policy is what opens a model to another account.
      'PutProjectPolicy',
    ],
  },
  {
    sensitivity: 'billed-training',
    severity: 'high',
    means: 'costs money by the hour: training a model, and hosting it',
    actions: ['CreateProjectVersion', 'StartProjectVersion'],
  },
  {
    sensitivity: 'streaming',
    severity: 'high',
    means: 'watches live cameras, or changes what is watched for',
    actions: ['CreateStreamProcessor', 'StartStreamProcessor', 'UpdateStreamProcessor'],
  },
  {
    sensitivity: 'face-search',
    severity: 'high',
    means: 'tells who a person is by the faces stored, or hands out the image of a face',
    actions: [
      'SearchFaces',
      'SearchFacesByImage',
      'SearchUsers',
      'SearchUsersByImage',
      'StartFaceSearch',
      // The answer of a face search: as good as having searched.
      'GetFaceSearch',
      // Returns the reference and audit images of the person's face.
      'GetFaceLivenessSessionResults',
    ],
  },
  {
    sensitivity: 'inference',
    severity: 'medium',
    means: 'analyses content that the caller brings, or reads what such an analysis found; mostly billed',
    actions: [
      // Both faces come from the caller; nothing stored is asked.
      'CompareFaces',
      'DetectCustomLabels',
      'DetectFaces',
      'DetectLabels',
      'DetectModerationLabels',
      'DetectProtectiveEquipment',
      'DetectText',
      // Identifies, but public persons only, from AWS's own data.
      'RecognizeCelebrities',
      'CreateFaceLivenessSession',
      'StartFaceLivenessSession',
      'StartMediaAnalysisJob',
      'StartCelebrityRecognition',
      'StartContentModeration',
      'StartFaceDetection',
      'StartLabelDetection',
      'StartPersonTracking',
      'StartSegmentDetection',
      'StartTextDetection',
      'GetCelebrityRecognition',
      'GetContentModeration',
      'GetFaceDetection',
      'GetLabelDetection',
      'GetPersonTracking',
      'GetSegmentDetection',
      'GetTextDetection',
    ],
  },
  {
    sensitivity: 'configuration',
    severity: 'medium',
    means: 'creates, changes, stops or deletes what holds no biometric data',
    actions: [
      'CreateCollection',
      'CreateProject',
      'DeleteProject',
      // The model is lost, and can be trained again at the price of the training.
      'DeleteProjectVersion',
      // Can only end another account's access, though it may also lift a Deny inside the account.
      'DeleteProjectPolicy',
      'StopProjectVersion',
      'CreateDataset',
      'UpdateDatasetEntries',
      'DistributeDatasetEntries',
      'DeleteDataset',
      'StopStreamProcessor',
      'DeleteStreamProcessor',
      // Where policies judge by aws:ResourceTag, tagging also moves a resource into somebody's reach.
      'TagResource',
      'UntagResource',
    ],
  },
  {
    sensitivity: 'metadata',
    severity: 'low',
    means: 'describes resources',
    actions: [
      'DescribeCollection',
      'DescribeDataset',
      'DescribeProjectVersions',
      'DescribeProjects',
      'DescribeStreamProcessor',
      'GetCelebrityInfo',
      'GetMediaAnalysisJob',
      'ListCollections',
      'ListDatasetEntries',
      'ListDatasetLabels',
      // Identifiers and bounding boxes, neither images nor vectors; AWS counts ListFaces and ListUsers as
      // metadata too: SecurityAudit, which is made to read no data, grants both.
      'ListFaces',
      'ListUsers',
      'ListMediaAnalysisJobs',
      'ListProjectPolicies',
      'ListStreamProcessors',
      'ListTagsForResource',
    ],
  },
];
