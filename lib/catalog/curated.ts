/**
 * What is known of the actions beyond the Service Authorization Reference, kept by hand. Every action
 * must appear in a family; a test holds the tables against the generated facts.
 */
import type { CatalogAction, ResourceTypeName } from './types.ts';

/** Feature families, as the developer guide divides the service. */
export const families: Readonly<Record<string, readonly string[]>> = {
  image: [
    'CompareFaces',
    'DetectFaces',
    'DetectLabels',
    'DetectModerationLabels',
    'DetectProtectiveEquipment',
    'DetectText',
    'GetCelebrityInfo',
    'RecognizeCelebrities',
  ],
  collections: [
    'CreateCollection',
    'DeleteCollection',
    'DeleteFaces',
    'DescribeCollection',
    'IndexFaces',
    'ListCollections',
    'ListFaces',
    'SearchFaces',
    'SearchFacesByImage',
  ],
  'user-vectors': [
    'AssociateFaces',
    'CreateUser',
    'DeleteUser',
    'DisassociateFaces',
    'ListUsers',
    'SearchUsers',
    'SearchUsersByImage',
  ],
  'custom-labels': [
    'CopyProjectVersion',
    'CreateDataset',
    'CreateProject',
    'CreateProjectVersion',
    'DeleteDataset',
    'DeleteProject',
    'DeleteProjectPolicy',
    'DeleteProjectVersion',
    'DescribeDataset',
    'DescribeProjectVersions',
    'DescribeProjects',
    'DetectCustomLabels',
    'DistributeDatasetEntries',
    'ListDatasetEntries',
    'ListDatasetLabels',
    'ListProjectPolicies',
    'PutProjectPolicy',
    'StartProjectVersion',
    'StopProjectVersion',
    'UpdateDatasetEntries',
  ],
  'stored-video': [
    'GetCelebrityRecognition',
    'GetContentModeration',
    'GetFaceDetection',
    'GetFaceSearch',
    'GetLabelDetection',
    'GetPersonTracking',
    'GetSegmentDetection',
    'GetTextDetection',
    'StartCelebrityRecognition',
    'StartContentModeration',
    'StartFaceDetection',
    'StartFaceSearch',
    'StartLabelDetection',
    'StartPersonTracking',
    'StartSegmentDetection',
    'StartTextDetection',
  ],
  'streaming-video': [
    'CreateStreamProcessor',
    'DeleteStreamProcessor',
    'DescribeStreamProcessor',
    'ListStreamProcessors',
    'StartStreamProcessor',
    'StopStreamProcessor',
    'UpdateStreamProcessor',
  ],
  'face-liveness': ['CreateFaceLivenessSession', 'GetFaceLivenessSessionResults', 'StartFaceLivenessSession'],
  'media-analysis': ['GetMediaAnalysisJob', 'ListMediaAnalysisJobs', 'StartMediaAnalysisJob'],
  tagging: ['ListTagsForResource', 'TagResource', 'UntagResource'],
};

/**
 * Types that live AWS judges an action on, although the Service Authorization Reference lists none.
 * CreateCollection: AWS's own denial names `collection/<id>`. CreateProject: the Custom Labels guide
 * allows and denies it on `project/<name>/*`.
 */
export const alsoJudgedOn: Readonly<Record<string, readonly ResourceTypeName[]>> = {
  CreateCollection: ['collection'],
  CreateProject: ['project'],
};

/** People Pathing; support ended on 2025-10-31 (notice in the API model). */
const discontinued = ['StartPersonTracking', 'GetPersonTracking'];

/** Streaming video and bulk image analysis, since 2026-04-30 (notice in the API model). */
const closedFamilies = ['streaming-video', 'media-analysis'];

export function availabilityOf(name: string, family: string): CatalogAction['availability'] {
  if (discontinued.includes(name)) return 'discontinued';
  return closedFamilies.includes(family) ? 'closed-to-new-customers' : 'active';
}

/**
 * Actions below Write that AWS bills for each call, and Write actions that start, keep or store something
 * billed. Source: the Rekognition FAQ on billing and the API model; user-vector and liveness charges as
 * the pricing page groups them.
 */
const costly = new Set([
  ...['CompareFaces', 'DetectFaces', 'DetectLabels', 'DetectModerationLabels', 'DetectProtectiveEquipment'],
  ...['DetectText', 'RecognizeCelebrities', 'DetectCustomLabels'],
  ...['IndexFaces', 'SearchFaces', 'SearchFacesByImage', 'SearchUsers', 'SearchUsersByImage'],
  ...['AssociateFaces', 'DisassociateFaces', 'CreateUser'],
  ...['CopyProjectVersion', 'CreateProjectVersion', 'StartProjectVersion'],
  ...[
    'CreateFaceLivenessSession',
    'StartFaceLivenessSession',
    'StartMediaAnalysisJob',
    'StartStreamProcessor',
  ],
  ...(families['stored-video'] ?? []).filter((name) => name.startsWith('Start')),
]);

export function canIncurCost(name: string): boolean {
  return costly.has(name);
}
