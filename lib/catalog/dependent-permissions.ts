/**
 * Permissions that an operation may need beyond the action of its own name. Source: the Service
 * Authorization Reference's table of API operations, the developer guides (stored and streaming video
 * roles, Custom Labels encryption), and the API model.
 */
export interface Dependency {
  readonly action: string;
  readonly when: string;
  /** Not the caller needs it but the role that he passes, or the policy of the project that is copied has to allow it. */
  readonly of?: 'passed-role' | 'source-project';
}

function each(actions: readonly string[], when: string): Dependency[] {
  return actions.map((action) => ({ action, when }));
}

function ofPassedRole(actions: readonly string[], when: string): Dependency[] {
  return actions.map((action) => ({ action, when, of: 'passed-role' }));
}

/** What an encrypted topic takes of whoever publishes to it. */
const encryptedTopic = ofPassedRole(
  ['kms:Decrypt', 'kms:GenerateDataKey'],
  'for the passed role, when the topic is encrypted',
);

const tagsOnCreate: Dependency = { action: 'rekognition:TagResource', when: 'when Tags are passed' };

const imageFromS3: readonly Dependency[] = [
  { action: 's3:GetObject', when: 'when the image is passed as S3Object, not as Bytes' },
  { action: 's3:GetObjectVersion', when: 'when S3Object.Version is set' },
  { action: 'kms:Decrypt', when: 'when the S3 object is encrypted with a customer managed key' },
];

const storedVideo: readonly Dependency[] = [
  { action: 's3:GetObject', when: 'always: the video is an S3 object' },
  { action: 's3:GetObjectVersion', when: 'when S3Object.Version is set' },
  ...each(['kms:Decrypt', 'kms:GenerateDataKey'], 'when the video is encrypted with a customer managed key'),
  {
    action: 'iam:PassRole',
    when: 'when NotificationChannel is passed, with iam:PassedToService rekognition.amazonaws.com',
  },
  ...ofPassedRole(
    ['sns:Publish'],
    'when NotificationChannel is passed; the passed role needs it, not the caller',
  ),
  ...encryptedTopic,
];

const modelKey = each(
  ['kms:CreateGrant', 'kms:DescribeKey', 'kms:GenerateDataKey', 'kms:Decrypt'],
  'when KmsKeyId is set',
);

/** Manifests and images name versions and may be encrypted. */
const inputFromS3: readonly Dependency[] = [
  { action: 's3:GetObjectVersion', when: 'when S3Object.Version is set' },
  { action: 'kms:Decrypt', when: 'when manifests or images are encrypted with a customer managed key' },
];

const trainingOutput: Dependency = { action: 's3:PutObject', when: 'always: on the bucket of OutputConfig' };

export const dependentPermissions: Readonly<Record<string, readonly Dependency[]>> = {
  CompareFaces: imageFromS3,
  DetectCustomLabels: imageFromS3,
  DetectFaces: imageFromS3,
  DetectLabels: imageFromS3,
  DetectModerationLabels: [
    ...imageFromS3,
    { action: 'sagemaker:StartHumanLoop', when: 'when HumanLoopConfig is set' },
  ],
  DetectProtectiveEquipment: imageFromS3,
  DetectText: imageFromS3,
  IndexFaces: imageFromS3,
  RecognizeCelebrities: imageFromS3,
  SearchFacesByImage: imageFromS3,
  SearchUsersByImage: imageFromS3,
  StartCelebrityRecognition: storedVideo,
  StartContentModeration: storedVideo,
  StartFaceDetection: storedVideo,
  StartFaceSearch: storedVideo,
  StartLabelDetection: storedVideo,
  StartPersonTracking: storedVideo,
  StartSegmentDetection: storedVideo,
  StartTextDetection: storedVideo,
  CreateCollection: [tagsOnCreate],
  CreateProject: [tagsOnCreate],
  CreateProjectVersion: [
    tagsOnCreate,
    trainingOutput,
    { action: 's3:GetObject', when: 'always: on manifests and images' },
    ...inputFromS3,
    ...modelKey,
  ],
  CopyProjectVersion: [
    { action: 'rekognition:CreateProjectVersion', when: 'always: on the destination project' },
    tagsOnCreate,
    trainingOutput,
    ...modelKey,
    {
      action: 'rekognition:CopyProjectVersion',
      when: "when the source belongs to another account: in the source project's own policy",
      of: 'source-project',
    },
  ],
  CreateDataset: [
    tagsOnCreate,
    { action: 'rekognition:ListDatasetEntries', when: 'when an existing dataset is copied' },
    { action: 's3:GetObject', when: 'when the source is a Ground Truth manifest' },
    ...inputFromS3,
  ],
  UpdateDatasetEntries: [{ action: 's3:GetObject', when: 'always: on the images that entries refer to' }],
  CreateFaceLivenessSession: [
    { action: 's3:PutObject', when: 'when Settings.OutputConfig is set' },
    // The API model names no permissions for KmsKeyId; these are what writing an encrypted object takes.
    ...each(['kms:GenerateDataKey', 'kms:Decrypt'], 'when KmsKeyId is set'),
  ],
  // The API model names no KMS permissions for KmsKeyId of a media analysis job.
  StartMediaAnalysisJob: [
    { action: 's3:GetObject', when: 'always: on the manifest and its images' },
    ...inputFromS3,
    { action: 's3:PutObject', when: 'always: on the bucket of OutputConfig' },
  ],
  CreateStreamProcessor: [
    tagsOnCreate,
    { action: 'iam:PassRole', when: 'always, with iam:PassedToService rekognition.amazonaws.com' },
    ...ofPassedRole(['kinesisvideo:GetDataEndpoint', 'kinesisvideo:GetMedia'], 'always, for the passed role'),
    ...ofPassedRole(
      ['kinesis:PutRecord', 'kinesis:PutRecords'],
      'for the passed role, when the processor searches faces',
    ),
    ...ofPassedRole(
      ['s3:PutObject', 'sns:Publish'],
      'for the passed role, when the processor detects labels',
    ),
    ...ofPassedRole(
      ['kms:Decrypt', 'kms:GenerateDataKey'],
      'for the passed role, when it detects labels and a customer managed key is used',
    ),
  ],
};
