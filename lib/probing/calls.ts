import {
  type $Command,
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
  type RekognitionClientResolvedConfig,
  SearchFacesByImageCommand,
  SearchFacesCommand,
  SearchUsersByImageCommand,
  SearchUsersCommand,
  type ServiceInputTypes,
  type ServiceOutputTypes,
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

/** Operations answered by the streaming endpoint, and those of People Pathing, which nobody calls. */
type NotHere = 'StartFaceLivenessSession' | 'StartPersonTracking' | 'GetPersonTracking';

type Called = Exclude<ProbeOperation, NotHere>;

type Call = (
  clients: ProbeClients,
  values: ProbeValues,
  options: { readonly abortSignal: AbortSignal },
) => Promise<ProbeReply>;

/** One SDK call with the parameters of its probe; the compiler holds these against the SDK's types. */
const call =
  <Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    Command: new (
      input: Input,
    ) => $Command<Input, Output, RekognitionClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>,
    inputOf: (values: ProbeValues) => Input,
  ): Call =>
  ({ rekognition }, values, options) =>
    rekognition.send(new Command(inputOf(values)), options);

/** The call of each probe. */
export const PROBE_CALLS: Readonly<Record<Called, Call>> = {
  AssociateFaces: call(AssociateFacesCommand, INPUT.AssociateFaces),
  CompareFaces: call(CompareFacesCommand, INPUT.CompareFaces),
  CopyProjectVersion: call(CopyProjectVersionCommand, INPUT.CopyProjectVersion),
  CreateCollection: call(CreateCollectionCommand, INPUT.CreateCollection),
  CreateDataset: call(CreateDatasetCommand, INPUT.CreateDataset),
  CreateProject: call(CreateProjectCommand, INPUT.CreateProject),
  CreateProjectVersion: call(CreateProjectVersionCommand, INPUT.CreateProjectVersion),
  CreateStreamProcessor: call(CreateStreamProcessorCommand, INPUT.CreateStreamProcessor),
  CreateUser: call(CreateUserCommand, INPUT.CreateUser),
  DeleteCollection: call(DeleteCollectionCommand, INPUT.DeleteCollection),
  DeleteDataset: call(DeleteDatasetCommand, INPUT.DeleteDataset),
  DeleteFaces: call(DeleteFacesCommand, INPUT.DeleteFaces),
  DeleteProject: call(DeleteProjectCommand, INPUT.DeleteProject),
  DeleteProjectPolicy: call(DeleteProjectPolicyCommand, INPUT.DeleteProjectPolicy),
  DeleteProjectVersion: call(DeleteProjectVersionCommand, INPUT.DeleteProjectVersion),
  DeleteStreamProcessor: call(DeleteStreamProcessorCommand, INPUT.DeleteStreamProcessor),
  DeleteUser: call(DeleteUserCommand, INPUT.DeleteUser),
  DescribeCollection: call(DescribeCollectionCommand, INPUT.DescribeCollection),
  DescribeDataset: call(DescribeDatasetCommand, INPUT.DescribeDataset),
  DescribeProjectVersions: call(DescribeProjectVersionsCommand, INPUT.DescribeProjectVersions),
  DescribeProjects: call(DescribeProjectsCommand, INPUT.DescribeProjects),
  DescribeStreamProcessor: call(DescribeStreamProcessorCommand, INPUT.DescribeStreamProcessor),
  DetectCustomLabels: call(DetectCustomLabelsCommand, INPUT.DetectCustomLabels),
  DetectFaces: call(DetectFacesCommand, INPUT.DetectFaces),
  DetectLabels: call(DetectLabelsCommand, INPUT.DetectLabels),
  DetectModerationLabels: call(DetectModerationLabelsCommand, INPUT.DetectModerationLabels),
  DetectProtectiveEquipment: call(DetectProtectiveEquipmentCommand, INPUT.DetectProtectiveEquipment),
  DetectText: call(DetectTextCommand, INPUT.DetectText),
  DisassociateFaces: call(DisassociateFacesCommand, INPUT.DisassociateFaces),
  DistributeDatasetEntries: call(DistributeDatasetEntriesCommand, INPUT.DistributeDatasetEntries),
  GetCelebrityInfo: call(GetCelebrityInfoCommand, INPUT.GetCelebrityInfo),
  GetCelebrityRecognition: call(GetCelebrityRecognitionCommand, INPUT.GetCelebrityRecognition),
  GetContentModeration: call(GetContentModerationCommand, INPUT.GetContentModeration),
  GetFaceDetection: call(GetFaceDetectionCommand, INPUT.GetFaceDetection),
  GetFaceLivenessSessionResults: call(
    GetFaceLivenessSessionResultsCommand,
    INPUT.GetFaceLivenessSessionResults,
  ),
  GetFaceSearch: call(GetFaceSearchCommand, INPUT.GetFaceSearch),
  GetLabelDetection: call(GetLabelDetectionCommand, INPUT.GetLabelDetection),
  GetMediaAnalysisJob: call(GetMediaAnalysisJobCommand, INPUT.GetMediaAnalysisJob),
  GetSegmentDetection: call(GetSegmentDetectionCommand, INPUT.GetSegmentDetection),
  GetTextDetection: call(GetTextDetectionCommand, INPUT.GetTextDetection),
  IndexFaces: call(IndexFacesCommand, INPUT.IndexFaces),
  ListCollections: call(ListCollectionsCommand, INPUT.ListCollections),
  ListDatasetEntries: call(ListDatasetEntriesCommand, INPUT.ListDatasetEntries),
  ListDatasetLabels: call(ListDatasetLabelsCommand, INPUT.ListDatasetLabels),
  ListFaces: call(ListFacesCommand, INPUT.ListFaces),
  ListMediaAnalysisJobs: call(ListMediaAnalysisJobsCommand, INPUT.ListMediaAnalysisJobs),
  ListProjectPolicies: call(ListProjectPoliciesCommand, INPUT.ListProjectPolicies),
  ListStreamProcessors: call(ListStreamProcessorsCommand, INPUT.ListStreamProcessors),
  ListTagsForResource: call(ListTagsForResourceCommand, INPUT.ListTagsForResource),
  ListUsers: call(ListUsersCommand, INPUT.ListUsers),
  PutProjectPolicy: call(PutProjectPolicyCommand, INPUT.PutProjectPolicy),
  RecognizeCelebrities: call(RecognizeCelebritiesCommand, INPUT.RecognizeCelebrities),
  SearchFaces: call(SearchFacesCommand, INPUT.SearchFaces),
  SearchFacesByImage: call(SearchFacesByImageCommand, INPUT.SearchFacesByImage),
  SearchUsers: call(SearchUsersCommand, INPUT.SearchUsers),
  SearchUsersByImage: call(SearchUsersByImageCommand, INPUT.SearchUsersByImage),
  StartCelebrityRecognition: call(StartCelebrityRecognitionCommand, INPUT.StartCelebrityRecognition),
  StartContentModeration: call(StartContentModerationCommand, INPUT.StartContentModeration),
  StartFaceDetection: call(StartFaceDetectionCommand, INPUT.StartFaceDetection),
  StartFaceSearch: call(StartFaceSearchCommand, INPUT.StartFaceSearch),
  StartLabelDetection: call(StartLabelDetectionCommand, INPUT.StartLabelDetection),
  StartMediaAnalysisJob: call(StartMediaAnalysisJobCommand, INPUT.StartMediaAnalysisJob),
  StartProjectVersion: call(StartProjectVersionCommand, INPUT.StartProjectVersion),
  StartSegmentDetection: call(StartSegmentDetectionCommand, INPUT.StartSegmentDetection),
  StartStreamProcessor: call(StartStreamProcessorCommand, INPUT.StartStreamProcessor),
  StartTextDetection: call(StartTextDetectionCommand, INPUT.StartTextDetection),
  StopProjectVersion: call(StopProjectVersionCommand, INPUT.StopProjectVersion),
  StopStreamProcessor: call(StopStreamProcessorCommand, INPUT.StopStreamProcessor),
  TagResource: call(TagResourceCommand, INPUT.TagResource),
  UntagResource: call(UntagResourceCommand, INPUT.UntagResource),
  UpdateDatasetEntries: call(UpdateDatasetEntriesCommand, INPUT.UpdateDatasetEntries),
  UpdateStreamProcessor: call(UpdateStreamProcessorCommand, INPUT.UpdateStreamProcessor),
};
