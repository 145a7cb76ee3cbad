import type { PolicySource } from '@permission-check/iam-policy';

/** What guests may do in the enhanced flow whatever their role allows, service by service. */
const ENHANCED_FLOW = [
  ...[
    'apigateway',
    'execute-api',
    'appsync',
    'cloudwatch',
    'logs',
    'codewhisperer',
    'comprehend',
    'dynamodb',
  ],
  ...['firehose', 'gamelift', 'geo', 'iot', 'kinesisanalytics', 'lambda', 'lex', 'machinelearning'],
  ...[
    'mobileanalytics',
    'mobiletargeting',
    'personalize',
    'polly',
    'rekognition',
    's3',
    'sdb',
    'ses',
    'sns',
    'sqs',
  ],
  ...['cognito-identity', 'cognito-idp', 'cognito-sync', 'transcribe', 'translate'],
].map((service) => `${service}:*`);
const ACTIONS = [
  ...['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'],
  ...[
    'sagemaker:InvokeEndpoint',
    'sumerian:View*',
    'textract:DetectDocumentText',
    'textract:AnalyzeDocument',
  ],
  'rum:PutRumEvents',
];

/**
 * The session policy of guests to whom an identity pool hands a role: they can do what the role and this allow. It has
 * neither IAM nor STS, so that they come to no other role by their own leave. Where a pool lets its people assume roles
 * themselves (the basic flow), and for those who sign in, there is none.
 *
 * Source: Amazon Cognito Developer Guide, "IAM roles" (services that unauthenticated users can access); AWS managed policy
 * AmazonCognitoUnAuthedIdentitiesSessionPolicy, of which the most that it ever allowed is in it.
 */
export const guestSessionPolicy: PolicySource = {
  name: 'scope-down of Cognito guests',
  type: 'session',
  text: JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: [...ENHANCED_FLOW, ...ACTIONS], Resource: '*' },
  }),
};
