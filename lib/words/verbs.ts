import { actionName } from './labels.ts';

/** Actions as people say them: verb and object. */
const spoken: Readonly<Record<string, readonly [string, string]>> = {
  AssociateFaces: ['tie', 'faces to persons'],
  CompareFaces: ['compare', 'faces'],
  CopyProjectVersion: ['copy', 'models to other accounts'],
  CreateCollection: ['create', 'collections'],
  CreateDataset: ['create', 'datasets'],
  CreateFaceLivenessSession: ['create', 'liveness sessions'],
  CreateProject: ['create', 'projects'],
  CreateProjectVersion: ['train', 'models'],
  CreateStreamProcessor: ['create', 'stream processors'],
  CreateUser: ['create', 'persons'],
  DeleteCollection: ['delete', 'collections'],
  DeleteDataset: ['delete', 'datasets'],
  DeleteFaces: ['delete', 'faces'],
  DeleteProject: ['delete', 'projects'],
  DeleteProjectPolicy: ['delete', 'project policies'],
  DeleteProjectVersion: ['delete', 'models'],
  DeleteStreamProcessor: ['delete', 'stream processors'],
  DeleteUser: ['delete', 'persons'],
  DescribeCollection: ['read', 'collections'],
  DescribeDataset: ['read', 'datasets'],
  DescribeProjects: ['read', 'projects'],
  DescribeProjectVersions: ['read', 'models'],
  DescribeStreamProcessor: ['read', 'stream processors'],
  DetectCustomLabels: ['use', 'trained models'],
  DetectFaces: ['detect', 'faces'],
  DetectLabels: ['detect', 'labels'],
  DetectModerationLabels: ['moderate', 'images'],
  DetectProtectiveEquipment: ['detect', 'protective equipment'],
  DetectText: ['detect', 'text'],
  DisassociateFaces: ['untie', 'faces from persons'],
  DistributeDatasetEntries: ['split', 'datasets'],
  GetCelebrityInfo: ['read', 'celebrity information'],
  GetCelebrityRecognition: ['read', 'celebrity results'],
  GetContentModeration: ['read', 'moderation results'],
  GetFaceDetection: ['read', 'face detection results'],
  GetFaceLivenessSessionResults: ['read', 'liveness results'],
  GetFaceSearch: ['read', 'face search results'],
  GetLabelDetection: ['read', 'label results'],
  GetMediaAnalysisJob: ['read', 'media analysis jobs'],
  GetPersonTracking: ['read', 'person tracking results'],
  GetSegmentDetection: ['read', 'segment results'],
  GetTextDetection: ['read', 'text results'],
  IndexFaces: ['index', 'faces'],
  ListCollections: ['list', 'collections'],
  ListDatasetEntries: ['list', 'dataset entries'],
  ListDatasetLabels: ['list', 'dataset labels'],
  ListFaces: ['list', 'faces'],
  ListMediaAnalysisJobs: ['list', 'media analysis jobs'],
  ListProjectPolicies: ['list', 'project policies'],
  ListStreamProcessors: ['list', 'stream processors'],
  ListTagsForResource: ['list', 'tags'],
  ListUsers: ['list', 'persons'],
  PutProjectPolicy: ['share', 'models with other accounts'],
  RecognizeCelebrities: ['recognize', 'celebrities'],
  SearchFaces: ['search', 'faces'],
  SearchFacesByImage: ['search', 'faces by image'],
  SearchUsers: ['search', 'persons'],
  SearchUsersByImage: ['search', 'persons by image'],
  StartCelebrityRecognition: ['look for', 'celebrities in video'],
  StartContentModeration: ['moderate', 'video'],
  StartFaceDetection: ['detect', 'faces in video'],
  StartFaceLivenessSession: ['run', 'liveness sessions'],
  StartFaceSearch: ['search', 'faces in video'],
  StartLabelDetection: ['detect', 'labels in video'],
  StartMediaAnalysisJob: ['start', 'media analysis jobs'],
  StartPersonTracking: ['track', 'persons in video'],
  StartProjectVersion: ['start', 'models'],
  StartSegmentDetection: ['detect', 'segments in video'],
  StartStreamProcessor: ['start', 'stream processors'],
  StartTextDetection: ['detect', 'text in video'],
  StopProjectVersion: ['stop', 'models'],
  StopStreamProcessor: ['stop', 'stream processors'],
  TagResource: ['tag', 'resources'],
  UntagResource: ['untag', 'resources'],
  UpdateDatasetEntries: ['change', 'dataset entries'],
  UpdateStreamProcessor: ['change', 'stream processors'],
};

/** What some actions let somebody do: `delete collections and faces`, `delete and index faces`, `tag resources, list tags`. */
export function spokenActions(actions: readonly string[]): string {
  const objectsByVerb = new Map<string, string[]>();
  for (const action of actions) {
    const name = actionName(action);
    const [verb, object] = (Object.hasOwn(spoken, name) ? spoken[name] : undefined) ?? ['use', name];
    objectsByVerb.set(verb, [...(objectsByVerb.get(verb) ?? []), object]);
  }
  const verbsByObjects = new Map<string, string[]>();
  for (const [verb, objects] of objectsByVerb) {
    const named = joined(objects);
    verbsByObjects.set(named, [...(verbsByObjects.get(named) ?? []), verb]);
  }
  return [...verbsByObjects].map(([objects, verbs]) => `${joined(verbs)} ${objects}`).join(', ');
}

function joined(objects: readonly string[]): string {
  return objects.length < 2 ? (objects[0] ?? '') : `${objects.slice(0, -1).join(', ')} and ${objects.at(-1)}`;
}

/** The actions that a sentence can speak of by name. */
export const spokenNames: readonly string[] = Object.keys(spoken);
