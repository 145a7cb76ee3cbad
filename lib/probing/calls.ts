import {
  AssociateFacesCommand,
  CompareFacesCommand,
  CopyProjectVersionCommand,
  CreateCollectionCommand,
  CreateDatasetCommand,
  CreateProjectCommand,
  CreateProjectVersionCommand,
  CreateStreamProcessorCommand,
  CreateUserCommand,
  DeleteCollectionCommand,
  DeleteDatasetCommand,
  DeleteFacesCommand,
  DeleteProjectCommand,
  DeleteProjectPolicyCommand,
  DeleteProjectVersionCommand,
  DeleteStreamProcessorCommand,
  DeleteUserCommand,
  DescribeCollectionCommand,
  DescribeDatasetCommand,
  DescribeProjectsCommand,
  DescribeProjectVersionsCommand,
  DescribeStreamProcessorCommand,
  DetectCustomLabelsCommand,
  DetectFacesCommand,
  DetectLabelsCommand,
  DetectModerationLabelsCommand,
  DetectProtectiveEquipmentCommand,
  DetectTextCommand,
  DisassociateFacesCommand,
  DistributeDatasetEntriesCommand,
  GetCelebrityInfoCommand,
  GetCelebrityRecognitionCommand,
  GetContentModerationCommand,
  GetFaceDetectionCommand,
  GetFaceLivenessSessionResultsCommand,
  GetFaceSearchCommand,
  GetLabelDetectionCommand,
  GetMediaAnalysisJobCommand,
  GetSegmentDetectionCommand,
  GetTextDetectionCommand,
  IndexFacesCommand,
  ListCollectionsCommand,
  ListDatasetEntriesCommand,
  ListDatasetLabelsCommand,
  ListFacesCommand,
  ListMediaAnalysisJobsCommand,
  ListProjectPoliciesCommand,
  ListStreamProcessorsCommand,
  ListTagsForResourceCommand,
  ListUsersCommand,
  PutProjectPolicyCommand,
  RecognizeCelebritiesCommand,
  type RekognitionClient,
  SearchFacesByImageCommand,
  SearchFacesCommand,
  SearchUsersByImageCommand,
  SearchUsersCommand,
  StartCelebrityRecognitionCommand,
  StartContentModerationCommand,
  StartFaceDetectionCommand,
  StartFaceSearchCommand,
  StartLabelDetectionCommand,
  StartMediaAnalysisJobCommand,
  StartProjectVersionCommand,
  StartSegmentDetectionCommand,
  StartStreamProcessorCommand,
  StartTextDetectionCommand,
  StopProjectVersionCommand,
  StopStreamProcessorCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateDatasetEntriesCommand,
  UpdateStreamProcessorCommand,
} from '@aws-sdk/client-rekognition';
import type { RekognitionStreamingClient } from '@aws-sdk/client-rekognitionstreaming';
import { PROBE_INPUTS as INPUT, type ProbeOperation } from '#lib/catalog/probe-inputs.ts';
import type { ProbeValues } from '#lib/catalog/probe-names.ts';

/**
 * Clients that sign as the principal that is probed. Make them with `maxAttempts: 1`, a probe makes its own second
 * attempt, and with PROBE_USER_AGENT as `customUserAgent`.
 */
export interface ProbeClients {
  readonly rekognition: Pick<RekognitionClient, 'send'>;
  /**
   * For StartFaceLivenessSession alone. Make it with the NodeHttp2Handler of @smithy/node-http-handler: the client's
   * default in Node speaks HTTP/1.1, the endpoint an event stream over HTTP/2. Give it a silent `logger` too: it warns
   * on the console of every error. Absent: the action is not probed.
   */
  readonly streaming?: Pick<RekognitionStreamingClient, 'send'>;
}

/** What a call says when it does not fail. */
export interface ProbeReply {
  readonly $metadata: { readonly requestId?: string | undefined };
}

type Call = (
  clients: ProbeClients,
  values: ProbeValues,
  options: { abortSignal: AbortSignal },
) => Promise<ProbeReply>;

/** Operations answered by the streaming endpoint, and those of People Pathing, which nobody calls. */
type NotHere = 'StartFaceLivenessSession' | 'StartPersonTracking' | 'GetPersonTracking';

/** One SDK call for each probe; the compiler holds the parameters against the SDK's types. */
export const PROBE_CALLS: Readonly<Record<Exclude<ProbeOperation, NotHere>, Call>> = {
  AssociateFaces: ({ rekognition }, v, o) =>
    rekognition.send(new AssociateFacesCommand(INPUT.AssociateFaces(v)), o),
  CompareFaces: ({ rekognition }, _, o) => rekognition.send(new CompareFacesCommand(INPUT.CompareFaces()), o),
  CopyProjectVersion: ({ rekognition }, v, o) =>
    rekognition.send(new CopyProjectVersionCommand(INPUT.CopyProjectVersion(v)), o),
  CreateCollection: ({ rekognition }, _, o) =>
    rekognition.send(new CreateCollectionCommand(INPUT.CreateCollection()), o),
  CreateDataset: ({ rekognition }, v, o) =>
    rekognition.send(new CreateDatasetCommand(INPUT.CreateDataset(v)), o),
  CreateProject: ({ rekognition }, _, o) =>
    rekognition.send(new CreateProjectCommand(INPUT.CreateProject()), o),
  CreateProjectVersion: ({ rekognition }, v, o) =>
    rekognition.send(new CreateProjectVersionCommand(INPUT.CreateProjectVersion(v)), o),
  CreateStreamProcessor: ({ rekognition }, _, o) =>
    rekognition.send(new CreateStreamProcessorCommand(INPUT.CreateStreamProcessor()), o),
  CreateUser: ({ rekognition }, v, o) => rekognition.send(new CreateUserCommand(INPUT.CreateUser(v)), o),
  DeleteCollection: ({ rekognition }, v, o) =>
    rekognition.send(new DeleteCollectionCommand(INPUT.DeleteCollection(v)), o),
  DeleteDataset: ({ rekognition }, v, o) =>
    rekognition.send(new DeleteDatasetCommand(INPUT.DeleteDataset(v)), o),
  DeleteFaces: ({ rekognition }, v, o) => rekognition.send(new DeleteFacesCommand(INPUT.DeleteFaces(v)), o),
  DeleteProject: ({ rekognition }, v, o) =>
    rekognition.send(new DeleteProjectCommand(INPUT.DeleteProject(v)), o),
  DeleteProjectPolicy: ({ rekognition }, v, o) =>
    rekognition.send(new DeleteProjectPolicyCommand(INPUT.DeleteProjectPolicy(v)), o),
  DeleteProjectVersion: ({ rekognition }, v, o) =>
    rekognition.send(new DeleteProjectVersionCommand(INPUT.DeleteProjectVersion(v)), o),
  DeleteStreamProcessor: ({ rekognition }, v, o) =>
    rekognition.send(new DeleteStreamProcessorCommand(INPUT.DeleteStreamProcessor(v)), o),
  DeleteUser: ({ rekognition }, v, o) => rekognition.send(new DeleteUserCommand(INPUT.DeleteUser(v)), o),
  DescribeCollection: ({ rekognition }, v, o) =>
    rekognition.send(new DescribeCollectionCommand(INPUT.DescribeCollection(v)), o),
  DescribeDataset: ({ rekognition }, v, o) =>
    rekognition.send(new DescribeDatasetCommand(INPUT.DescribeDataset(v)), o),
  DescribeProjectVersions: ({ rekognition }, v, o) =>
    rekognition.send(new DescribeProjectVersionsCommand(INPUT.DescribeProjectVersions(v)), o),
  DescribeProjects: ({ rekognition }, _, o) =>
    rekognition.send(new DescribeProjectsCommand(INPUT.DescribeProjects()), o),
  DescribeStreamProcessor: ({ rekognition }, v, o) =>
    rekognition.send(new DescribeStreamProcessorCommand(INPUT.DescribeStreamProcessor(v)), o),
  DetectCustomLabels: ({ rekognition }, v, o) =>
    rekognition.send(new DetectCustomLabelsCommand(INPUT.DetectCustomLabels(v)), o),
  DetectFaces: ({ rekognition }, _, o) => rekognition.send(new DetectFacesCommand(INPUT.DetectFaces()), o),
  DetectLabels: ({ rekognition }, _, o) => rekognition.send(new DetectLabelsCommand(INPUT.DetectLabels()), o),
  DetectModerationLabels: ({ rekognition }, _, o) =>
    rekognition.send(new DetectModerationLabelsCommand(INPUT.DetectModerationLabels()), o),
  DetectProtectiveEquipment: ({ rekognition }, _, o) =>
    rekognition.send(new DetectProtectiveEquipmentCommand(INPUT.DetectProtectiveEquipment()), o),
  DetectText: ({ rekognition }, _, o) => rekognition.send(new DetectTextCommand(INPUT.DetectText()), o),
  DisassociateFaces: ({ rekognition }, v, o) =>
    rekognition.send(new DisassociateFacesCommand(INPUT.DisassociateFaces(v)), o),
  DistributeDatasetEntries: ({ rekognition }, v, o) =>
    rekognition.send(new DistributeDatasetEntriesCommand(INPUT.DistributeDatasetEntries(v)), o),
  GetCelebrityInfo: ({ rekognition }, _, o) =>
    rekognition.send(new GetCelebrityInfoCommand(INPUT.GetCelebrityInfo()), o),
  GetCelebrityRecognition: ({ rekognition }, v, o) =>
    rekognition.send(new GetCelebrityRecognitionCommand(INPUT.GetCelebrityRecognition(v)), o),
  GetContentModeration: ({ rekognition }, v, o) =>
    rekognition.send(new GetContentModerationCommand(INPUT.GetContentModeration(v)), o),
  GetFaceDetection: ({ rekognition }, v, o) =>
    rekognition.send(new GetFaceDetectionCommand(INPUT.GetFaceDetection(v)), o),
  GetFaceLivenessSessionResults: ({ rekognition }, v, o) =>
    rekognition.send(new GetFaceLivenessSessionResultsCommand(INPUT.GetFaceLivenessSessionResults(v)), o),
  GetFaceSearch: ({ rekognition }, v, o) =>
    rekognition.send(new GetFaceSearchCommand(INPUT.GetFaceSearch(v)), o),
  GetLabelDetection: ({ rekognition }, v, o) =>
    rekognition.send(new GetLabelDetectionCommand(INPUT.GetLabelDetection(v)), o),
  GetMediaAnalysisJob: ({ rekognition }, v, o) =>
    rekognition.send(new GetMediaAnalysisJobCommand(INPUT.GetMediaAnalysisJob(v)), o),
  GetSegmentDetection: ({ rekognition }, v, o) =>
    rekognition.send(new GetSegmentDetectionCommand(INPUT.GetSegmentDetection(v)), o),
  GetTextDetection: ({ rekognition }, v, o) =>
    rekognition.send(new GetTextDetectionCommand(INPUT.GetTextDetection(v)), o),
  IndexFaces: ({ rekognition }, v, o) => rekognition.send(new IndexFacesCommand(INPUT.IndexFaces(v)), o),
  ListCollections: ({ rekognition }, _, o) =>
    rekognition.send(new ListCollectionsCommand(INPUT.ListCollections()), o),
  ListDatasetEntries: ({ rekognition }, v, o) =>
    rekognition.send(new ListDatasetEntriesCommand(INPUT.ListDatasetEntries(v)), o),
  ListDatasetLabels: ({ rekognition }, v, o) =>
    rekognition.send(new ListDatasetLabelsCommand(INPUT.ListDatasetLabels(v)), o),
  ListFaces: ({ rekognition }, v, o) => rekognition.send(new ListFacesCommand(INPUT.ListFaces(v)), o),
  ListMediaAnalysisJobs: ({ rekognition }, _, o) =>
    rekognition.send(new ListMediaAnalysisJobsCommand(INPUT.ListMediaAnalysisJobs()), o),
  ListProjectPolicies: ({ rekognition }, v, o) =>
    rekognition.send(new ListProjectPoliciesCommand(INPUT.ListProjectPolicies(v)), o),
  ListStreamProcessors: ({ rekognition }, _, o) =>
    rekognition.send(new ListStreamProcessorsCommand(INPUT.ListStreamProcessors()), o),
  ListTagsForResource: ({ rekognition }, v, o) =>
    rekognition.send(new ListTagsForResourceCommand(INPUT.ListTagsForResource(v)), o),
  ListUsers: ({ rekognition }, v, o) => rekognition.send(new ListUsersCommand(INPUT.ListUsers(v)), o),
  PutProjectPolicy: ({ rekognition }, v, o) =>
    rekognition.send(new PutProjectPolicyCommand(INPUT.PutProjectPolicy(v)), o),
  RecognizeCelebrities: ({ rekognition }, _, o) =>
    rekognition.send(new RecognizeCelebritiesCommand(INPUT.RecognizeCelebrities()), o),
  SearchFaces: ({ rekognition }, v, o) => rekognition.send(new SearchFacesCommand(INPUT.SearchFaces(v)), o),
  SearchFacesByImage: ({ rekognition }, v, o) =>
    rekognition.send(new SearchFacesByImageCommand(INPUT.SearchFacesByImage(v)), o),
  SearchUsers: ({ rekognition }, v, o) => rekognition.send(new SearchUsersCommand(INPUT.SearchUsers(v)), o),
  SearchUsersByImage: ({ rekognition }, v, o) =>
    rekognition.send(new SearchUsersByImageCommand(INPUT.SearchUsersByImage(v)), o),
  StartCelebrityRecognition: ({ rekognition }, v, o) =>
    rekognition.send(new StartCelebrityRecognitionCommand(INPUT.StartCelebrityRecognition(v)), o),
  StartContentModeration: ({ rekognition }, v, o) =>
    rekognition.send(new StartContentModerationCommand(INPUT.StartContentModeration(v)), o),
  StartFaceDetection: ({ rekognition }, v, o) =>
    rekognition.send(new StartFaceDetectionCommand(INPUT.StartFaceDetection(v)), o),
  StartFaceSearch: ({ rekognition }, v, o) =>
    rekognition.send(new StartFaceSearchCommand(INPUT.StartFaceSearch(v)), o),
  StartLabelDetection: ({ rekognition }, v, o) =>
    rekognition.send(new StartLabelDetectionCommand(INPUT.StartLabelDetection(v)), o),
  StartMediaAnalysisJob: ({ rekognition }, _, o) =>
    rekognition.send(new StartMediaAnalysisJobCommand(INPUT.StartMediaAnalysisJob()), o),
  StartProjectVersion: ({ rekognition }, v, o) =>
    rekognition.send(new StartProjectVersionCommand(INPUT.StartProjectVersion(v)), o),
  StartSegmentDetection: ({ rekognition }, v, o) =>
    rekognition.send(new StartSegmentDetectionCommand(INPUT.StartSegmentDetection(v)), o),
  StartStreamProcessor: ({ rekognition }, v, o) =>
    rekognition.send(new StartStreamProcessorCommand(INPUT.StartStreamProcessor(v)), o),
  StartTextDetection: ({ rekognition }, v, o) =>
    rekognition.send(new StartTextDetectionCommand(INPUT.StartTextDetection(v)), o),
  StopProjectVersion: ({ rekognition }, v, o) =>
    rekognition.send(new StopProjectVersionCommand(INPUT.StopProjectVersion(v)), o),
  StopStreamProcessor: ({ rekognition }, v, o) =>
    rekognition.send(new StopStreamProcessorCommand(INPUT.StopStreamProcessor(v)), o),
  TagResource: ({ rekognition }, v, o) => rekognition.send(new TagResourceCommand(INPUT.TagResource(v)), o),
  UntagResource: ({ rekognition }, v, o) =>
    rekognition.send(new UntagResourceCommand(INPUT.UntagResource(v)), o),
  UpdateDatasetEntries: ({ rekognition }, v, o) =>
    rekognition.send(new UpdateDatasetEntriesCommand(INPUT.UpdateDatasetEntries(v)), o),
  UpdateStreamProcessor: ({ rekognition }, v, o) =>
    rekognition.send(new UpdateStreamProcessorCommand(INPUT.UpdateStreamProcessor(v)), o),
};
