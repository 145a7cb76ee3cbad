/**
 * Permissions that an operation may need beyond the action of its own name. Source: the Service
 * Authorization Reference's table of API operations, the developer guides (stored and streaming video
 * roles, Custom Labels encryption), and the API model.
 */
type Dependency = { readonly action: string; readonly when: string };

function each(actions: readonly string[], when: string): Dependency[] {
  return actions.map((action) => ({ action, when }));
}

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
  {
    action: 'sns:Publish',
    when: 'when NotificationChannel is passed; the passed role needs it, not the caller',
  },
];

const modelKey = each(
  ['kms:CreateGrant', 'kms:DescribeKey', 'kms:GenerateDataKey', 'kms:Decrypt'],
  'when KmsKeyId is set',
);

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
    },
  ],
  CreateDataset: [
    tagsOnCreate,
    { action: 'rekognition:ListDatasetEntries', when: 'when an existing dataset is copied' },
    { action: 's3:GetObject', when: 'when the source is a Ground Truth manifest' },
  ],
  UpdateDatasetEntries: [{ action: 's3:GetObject', when: 'always: on the images that entries refer to' }],
  CreateFaceLivenessSession: [{ action: 's3:PutObject', when: 'when Settings.OutputConfig is set' }],
  // The API model names no KMS permissions for KmsKeyId of a media analysis job.
  StartMediaAnalysisJob: [
    { action: 's3:GetObject', when: 'always: on the manifest and its images' },
    { action: 's3:PutObject', when: 'always: on the bucket of OutputConfig' },
  ],
  CreateStreamProcessor: [
    tagsOnCreate,
    { action: 'iam:PassRole', when: 'always, with iam:PassedToService rekognition.amazonaws.com' },
    ...each(['kinesisvideo:GetDataEndpoint', 'kinesisvideo:GetMedia'], 'always, for the passed role'),
    ...each(
      ['kinesis:PutRecord', 'kinesis:PutRecords'],
      'for the passed role, when the processor searches faces',
    ),
    ...each(['s3:PutObject', 'sns:Publish'], 'for the passed role, when the processor detects labels'),
    ...each(
      ['kms:Decrypt', 'kms:GenerateDataKey'],
      'for the passed role, when it detects labels and a customer managed key is used',
    ),
  ],
};
