import { randomBytes } from 'node:crypto';
import { AwsError } from '../types.ts';
import {
  type Call,
  collectionOf,
  invalid,
  notFound,
  type Operation,
  page,
  readImage,
  required,
  seconds,
} from './call.ts';
import { COLLECTION_OPERATIONS } from './collection-operations.ts';
import { listOf, memberOf, textsByKey } from './input.ts';
import { PROJECT_POLICY_OPERATIONS } from './project-policies.ts';

const detect =
  (result: unknown): Operation =>
  (call) => {
    readImage(call);
    return result;
  };

const startVideo: Operation = ({ input }) => {
  if (memberOf(input, 'Video.S3Object') === undefined) throw invalid();
  throw new AwsError(
    'InvalidS3ObjectException',
    'Unable to get object metadata from S3. Check object key, region and/or access permissions.',
  );
};

const noJob: Operation = () => {
  throw notFound('Could not find JobId');
};

/** Datasets and models: nothing here trains, so none ever exists. */
const inProject: Operation = (call) => {
  const arn = required(call, 'ProjectArn');
  if (![...call.state.projects.values()].some((project) => project.arn === arn)) {
    throw notFound(`Cannot find project ${arn}`);
  }
  throw invalid('the embedded AWS has no Custom Labels models and datasets');
};
const nothingThere: Operation = () => {
  throw notFound('The specified resource does not exist');
};

const customLabels: Readonly<Record<string, Operation>> = {
  CreateProject: (call) => {
    const name = required(call, 'ProjectName');
    if (call.state.projects.has(name))
      throw new AwsError('ResourceInUseException', `Project ${name} already exists`);
    const arn = call.arn(`project/${name}/${call.now.getTime()}`);
    call.state.projects.set(name, { arn, created: call.now });
    return { ProjectArn: arn };
  },
  DeleteProject: (call) => {
    const arn = required(call, 'ProjectArn');
    const name = [...call.state.projects].find(([, project]) => project.arn === arn)?.[0];
    if (name === undefined) throw notFound(`Cannot find project ${arn}`);
    call.state.projects.delete(name);
    call.state.projectPolicies.delete(arn);
    return { Status: 'DELETING' };
  },
  DescribeProjects: (call) => {
    const { rows, ...rest } = page(call, [...call.state.projects.values()]);
    const ProjectDescriptions = rows.map(({ arn, created }) => ({
      ProjectArn: arn,
      CreationTimestamp: seconds(created),
      Status: 'CREATED',
    }));
    return { ProjectDescriptions, ...rest };
  },
  CreateDataset: inProject,
  CreateProjectVersion: inProject,
  DescribeProjectVersions: inProject,
  ...PROJECT_POLICY_OPERATIONS,
  CopyProjectVersion: nothingThere,
  DeleteDataset: nothingThere,
  DeleteProjectVersion: nothingThere,
  DescribeDataset: nothingThere,
  DetectCustomLabels: nothingThere,
  DistributeDatasetEntries: nothingThere,
  ListDatasetEntries: nothingThere,
  ListDatasetLabels: nothingThere,
  StartProjectVersion: nothingThere,
  StopProjectVersion: nothingThere,
  UpdateDatasetEntries: nothingThere,
};

const processorOf = (call: Call): string => {
  const name = required(call, 'Name');
  if (!call.state.streamProcessors.has(name)) throw notFound(`Stream processor ${name} not found`);
  return name;
};
const toProcessor: Operation = (call) => {
  processorOf(call);
  return {};
};

const video: Readonly<Record<string, Operation>> = {
  StartFaceSearch: (call) => {
    collectionOf(call);
    return startVideo(call);
  },
  ...Object.fromEntries(
    [
      'CelebrityRecognition',
      'ContentModeration',
      'FaceDetection',
      'LabelDetection',
      'SegmentDetection',
      'TextDetection',
    ].flatMap((name) => [
      [`Start${name}`, startVideo],
      [`Get${name}`, noJob],
    ]),
  ),
  GetFaceSearch: noJob,
  CreateStreamProcessor: (call) => {
    const name = required(call, 'Name');
    if (call.state.streamProcessors.has(name)) {
      throw new AwsError('ResourceInUseException', 'Stream processor name already in use');
    }
    const arn = call.arn(`streamprocessor/${name}`);
    call.state.streamProcessors.set(name, { arn, created: call.now });
    return { StreamProcessorArn: arn };
  },
  DeleteStreamProcessor: (call) => {
    call.state.streamProcessors.delete(processorOf(call));
    return {};
  },
  DescribeStreamProcessor: (call) => {
    const name = processorOf(call);
    return { Name: name, StreamProcessorArn: call.state.streamProcessors.get(name)?.arn, Status: 'STOPPED' };
  },
  ListStreamProcessors: (call) => {
    const { rows, ...rest } = page(call, [...call.state.streamProcessors.keys()]);
    return { StreamProcessors: rows.map((Name) => ({ Name, Status: 'STOPPED' })), ...rest };
  },
  StartStreamProcessor: toProcessor,
  StopStreamProcessor: toProcessor,
  UpdateStreamProcessor: toProcessor,
};

const others: Readonly<Record<string, Operation>> = {
  CompareFaces: (call) => {
    readImage(call, 'SourceImage');
    readImage(call, 'TargetImage');
    return { FaceMatches: [], UnmatchedFaces: [] };
  },
  DetectFaces: detect({ FaceDetails: [] }),
  DetectLabels: detect({ Labels: [] }),
  DetectModerationLabels: detect({ ModerationLabels: [] }),
  DetectProtectiveEquipment: detect({ Persons: [] }),
  DetectText: detect({ TextDetections: [] }),
  RecognizeCelebrities: detect({ CelebrityFaces: [], UnrecognizedFaces: [] }),
  GetCelebrityInfo: (call) => {
    throw notFound(`Celebrity ${required(call, 'Id')} not found`);
  },
  CreateFaceLivenessSession: ({ state }) => ({ SessionId: state.newLivenessSession() }),
  GetFaceLivenessSessionResults: (call) => {
    const SessionId = required(call, 'SessionId');
    if (!call.state.livenessSessions.has(SessionId)) {
      throw new AwsError('SessionNotFoundException', 'Session not found.');
    }
    return { SessionId, Status: 'CREATED' };
  },
  StartMediaAnalysisJob: (call) => {
    const JobId = randomBytes(32).toString('hex');
    call.state.mediaAnalysisJobs.set(JobId, { arn: JobId, created: call.now });
    return { JobId };
  },
  GetMediaAnalysisJob: (call) => {
    const JobId = required(call, 'JobId');
    const job = call.state.mediaAnalysisJobs.get(JobId);
    if (!job) throw notFound('Could not find JobId');
    return { JobId, Status: 'CREATED', CreationTimestamp: seconds(job.created) };
  },
  ListMediaAnalysisJobs: (call) => {
    const { rows, ...rest } = page(call, [...call.state.mediaAnalysisJobs.keys()]);
    return { MediaAnalysisJobs: rows.map((JobId) => ({ JobId, Status: 'CREATED' })), ...rest };
  },
  ListTagsForResource: (call) => ({ Tags: Object.fromEntries(tagsOf(call)) }),
  TagResource: (call) => {
    const tags = tagsOf(call);
    for (const [key, value] of Object.entries(textsByKey(call.input, 'Tags'))) tags.set(key, value);
    return {};
  },
  UntagResource: (call) => {
    const tags = tagsOf(call);
    for (const key of listOf(call.input, 'TagKeys')) tags.delete(key);
    return {};
  },
};

function tagsOf(call: Call): Map<string, string> {
  const arn = required(call, 'ResourceArn');
  if (!call.state.has(arn)) throw notFound(`The resource ${arn} does not exist`);
  let tags = call.state.tags.get(arn);
  if (!tags) {
    tags = new Map();
    call.state.tags.set(arn, tags);
  }
  return tags;
}

/** What each operation does once it is authorized and its input is valid. People Pathing is gone. */
export const OPERATION_LOGIC: Readonly<Record<string, Operation>> = {
  ...COLLECTION_OPERATIONS,
  ...customLabels,
  ...video,
  ...others,
};
