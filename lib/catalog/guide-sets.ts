import type { PublishedDocument } from './managed-policies.ts';

/** A permission set that AWS documentation spells out, without being a managed policy. */
export interface GuideSet {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly document: PublishedDocument;
}

const guide = 'Amazon Rekognition Developer Guide, Identity-based policy examples';

/** The guide of 2020 lists the actions one by one; the order is the guide's. */
const readOnlyExample = [
  'CompareFaces',
  'DetectFaces',
  'DetectLabels',
  'ListCollections',
  'ListFaces',
  'SearchFaces',
  'SearchFacesByImage',
  'DetectText',
  'GetCelebrityInfo',
  'RecognizeCelebrities',
  'DetectModerationLabels',
  'GetLabelDetection',
  'GetFaceDetection',
  'GetContentModeration',
  'GetPersonTracking',
  'GetCelebrityRecognition',
  'GetFaceSearch',
  'GetTextDetection',
  'DescribeStreamProcessor',
  'ListStreamProcessors',
  'DescribeProjects',
  'DescribeProjectVersions',
  'DetectCustomLabels',
];

const consoleBucketActions = [
  'ListBucket',
  'CreateBucket',
  'GetBucketAcl',
  'GetBucketLocation',
  'GetObject',
  'GetObjectAcl',
  'GetObjectVersion',
  'GetObjectTagging',
  'GetBucketVersioning',
  'GetObjectVersionTagging',
  'PutBucketCORS',
  'PutLifecycleConfiguration',
  'PutBucketPolicy',
  'PutObject',
  'PutObjectTagging',
  'PutBucketVersioning',
  'PutObjectVersionTagging',
];

/** Documents as of the guides' pages; the newest form where a page changed, save where the title says. */
export const guideSets: readonly GuideSet[] = [
  {
    name: 'readonly-example',
    title: 'Read-only access to resources, the example of the 2020 guide (23 actions)',
    source: guide,
    document: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: readOnlyExample.map((name) => `rekognition:${name}`), Resource: '*' },
      ],
    },
  },
  {
    name: 'full-access',
    title: 'Full access to all of Rekognition',
    source: guide,
    document: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['rekognition:*'], Resource: '*' }],
    },
  },
  {
    name: 'custom-labels-console',
    title: 'Custom Labels console, without external buckets (as the guide has it today)',
    source: 'Amazon Rekognition Custom Labels Guide, Step 2: Set up console permissions',
    document: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['s3:ListBucket', 's3:ListAllMyBuckets'], Resource: '*' },
        {
          Sid: 's3Policies',
          Effect: 'Allow',
          Action: consoleBucketActions.map((name) => `s3:${name}`),
          Resource: ['arn:aws:s3:::custom-labels-console-*'],
        },
        { Sid: 'rekognitionPolicies', Effect: 'Allow', Action: ['rekognition:*'], Resource: '*' },
        { Sid: 'groundTruthPolicies', Effect: 'Allow', Action: ['groundtruthlabeling:*'], Resource: '*' },
      ],
    },
  },
  {
    name: 'view-own-permissions',
    title: 'IAM users view their own permissions (works for users only: roles have no aws:username)',
    source: guide,
    document: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'ViewOwnUserInfo',
          Effect: 'Allow',
          Action: [
            'iam:GetUserPolicy',
            'iam:ListGroupsForUser',
            'iam:ListAttachedUserPolicies',
            'iam:ListUserPolicies',
            'iam:GetUser',
          ],
          Resource: ['arn:aws:iam::*:user/${aws:username}'],
        },
        {
          Sid: 'NavigateInConsole',
          Effect: 'Allow',
          Action: [
            'iam:GetGroupPolicy',
            'iam:GetPolicyVersion',
            'iam:GetPolicy',
            'iam:ListAttachedGroupPolicies',
            'iam:ListGroupPolicies',
            'iam:ListPolicyVersions',
            'iam:ListPolicies',
            'iam:ListUsers',
          ],
          Resource: '*',
        },
      ],
    },
  },
];
