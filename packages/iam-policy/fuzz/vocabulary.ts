/** The small world that fuzz cases are made of: real actions with resources of their type, real context keys. */

export const ACCOUNT = '123456789012';
export const OTHER_ACCOUNT = '999999999999';

/** Names that differ by little: case, one character, a wildcard's reach. */
const NAMES = [
  'visitors',
  'Visitors',
  'visitors-2026',
  'visitor',
  'ann',
  'ann/b',
  'x.y',
  'a$b',
  'a+b',
  'platform',
];

const arns = (prefix: string, suffix = ''): string[] => NAMES.map((name) => prefix + name + suffix);

const REKOGNITION = `arn:aws:rekognition:us-east-1:${ACCOUNT}:`;
const COLLECTIONS = [
  ...arns(`${REKOGNITION}collection/`),
  `arn:aws:rekognition:eu-west-1:${ACCOUNT}:collection/visitors`,
  'arn:aws:rekognition:us-east-1:210987654321:collection/visitors',
];

/** Actions without a resource type are asked on `*`, all others on an ARN of their type. */
export const ACTIONS: readonly { action: string; resources: readonly string[] }[] = [
  { action: 'rekognition:DetectFaces', resources: ['*'] },
  { action: 'rekognition:ListCollections', resources: ['*'] },
  { action: 'rekognition:DeleteCollection', resources: COLLECTIONS },
  { action: 'rekognition:SearchFaces', resources: COLLECTIONS },
  { action: 'rekognition:SearchFacesByImage', resources: COLLECTIONS },
  { action: 'rekognition:TagResource', resources: COLLECTIONS },
  { action: 'rekognition:StartStreamProcessor', resources: arns(`${REKOGNITION}streamprocessor/`) },
  {
    action: 'rekognition:StartProjectVersion',
    resources: ['cats', 'Cats'].map((name) => `${REKOGNITION}project/${name}/version/v1/1690000000000`),
  },
  { action: 's3:GetObject', resources: arns('arn:aws:s3:::photos/') },
  { action: 's3:ListAllMyBuckets', resources: ['*'] },
  {
    action: 'sqs:SendMessage',
    resources: ['visitors', 'ann'].map((name) => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`),
  },
  {
    action: 'dynamodb:GetItem',
    resources: arns(`arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/`).filter((arn) => !arn.includes('ann/')),
  },
  {
    action: 'logs:GetLogEvents',
    resources: ['ann', 'visitors'].map(
      (name) => `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:shop:log-stream:${name}`,
    ),
  },
  { action: 'lambda:InvokeFunction', resources: [`arn:aws:lambda:us-east-1:${ACCOUNT}:function:visitors`] },
];

/** Kinds of principals: what IAM puts into the context for each. */
export const PRINCIPALS: readonly Record<string, string>[] = [
  {
    'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:user/ann`,
    'aws:username': 'ann',
    'aws:userid': 'AIDAEXAMPLE',
    'aws:PrincipalType': 'User',
  },
  {
    'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/ann`,
    'aws:userid': 'AROAEXAMPLE:ann',
    'aws:PrincipalType': 'AssumedRole',
  },
  { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/ann`, 'aws:PrincipalType': 'AssumedRole' },
  { 'aws:PrincipalArn': `arn:aws:sts::${ACCOUNT}:federated-user/ann`, 'aws:PrincipalType': 'FederatedUser' },
];

/** What the Principal elements of resource policies name. */
export const PRINCIPAL_VALUES: readonly { type: string; value: string }[] = [
  { type: 'AWS', value: '*' },
  { type: 'AWS', value: `arn:aws:iam::${ACCOUNT}:user/ann` },
  { type: 'AWS', value: `arn:aws:iam::${ACCOUNT}:role/ann` },
  { type: 'AWS', value: `arn:aws:sts::${ACCOUNT}:assumed-role/ann/ann` },
  { type: 'AWS', value: `arn:aws:sts::${ACCOUNT}:assumed-role/ann/bob` },
  { type: 'AWS', value: `arn:aws:sts::${ACCOUNT}:federated-user/ann` },
  { type: 'AWS', value: ACCOUNT },
  { type: 'AWS', value: `arn:aws:iam::${ACCOUNT}:root` },
  { type: 'AWS', value: '210987654321' },
  { type: 'AWS', value: `arn:aws:iam::${ACCOUNT}:user/bob` },
  { type: 'Service', value: 'rekognition.amazonaws.com' },
  { type: 'Federated', value: 'cognito-identity.amazonaws.com' },
];

export type KeyType = 'text' | 'list' | 'arn' | 'bool' | 'number' | 'date' | 'ip';

/** Context keys of every type, with values that differ by little. */
export const KEYS: readonly { key: string; type: KeyType; values: readonly string[] }[] = [
  { key: 'aws:username', type: 'text', values: ['ann', 'Ann', 'bob'] },
  { key: 'aws:PrincipalTag/Team', type: 'text', values: ['visitors', 'Visitors', 'platform', 'a*b', 'true'] },
  { key: 'aws:RequestTag/Team', type: 'text', values: ['visitors', 'platform'] },
  {
    key: 'aws:UserAgent',
    type: 'text',
    values: ['aws-cli/2.1', 'aws-cli/2*', 'Boto3/1 [x]', '', 'QUJD', '${aws:username}', '*'],
  },
  { key: 'aws:RequestedRegion', type: 'text', values: ['us-east-1', 'US-EAST-1', 'eu-west-1'] },
  { key: 'aws:PrincipalType', type: 'text', values: [] },
  { key: 'aws:TagKeys', type: 'list', values: ['Team', 'team', 'cost', 'Cost'] },
  { key: 'aws:CalledVia', type: 'list', values: ['athena.amazonaws.com', 'glue.amazonaws.com'] },
  { key: 'aws:PrincipalOrgPaths', type: 'list', values: ['o-a/r-b/ou-c/', 'o-a/r-b/ou-d/'] },
  { key: 'aws:PrincipalArn', type: 'arn', values: [] },
  {
    key: 'aws:SourceArn',
    type: 'arn',
    values: [
      `arn:aws:sns:us-east-1:${ACCOUNT}:visitors`,
      `arn:aws:s3:::visitors`,
      `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:ann:*`,
      'not-an-arn',
    ],
  },
  { key: 'aws:MultiFactorAuthPresent', type: 'bool', values: ['true', 'false', 'True'] },
  { key: 'aws:SecureTransport', type: 'bool', values: ['true', 'false', 'FALSE', 'yes'] },
  {
    key: 'aws:MultiFactorAuthAge',
    type: 'number',
    values: ['3599', '3600', '3601', '3600.5', '-1', '36e2', 'soon'],
  },
  {
    key: 'aws:CurrentTime',
    type: 'date',
    values: [
      '2026-11-24T00:00:00Z',
      '2026-11-24T00:00:01Z',
      '2026-11-24',
      '1795478400',
      '2026-11-23T23:00:00-01:00',
    ],
  },
  {
    key: 'aws:TokenIssueTime',
    type: 'date',
    values: ['2026-11-24T00:00:00Z', '2026-11-23T23:59:59.999Z', 'yesterday'],
  },
  { key: 'aws:EpochTime', type: 'date', values: ['1795478400', '1795478401'] },
  {
    key: 'aws:SourceIp',
    type: 'ip',
    values: [
      '203.0.113.9',
      '203.0.113.10',
      '198.51.100.127',
      '198.51.100.128',
      '2001:db8::1',
      '2001:DB8:0:0:0:0:0:1',
      '2001:db8:0:1::',
    ],
  },
  { key: 'aws:VpcSourceIp', type: 'ip', values: ['10.0.0.1', '10.0.1.0', '::1'] },
];

/** Policy values that are tried besides those derived from the request. */
export const EXTRA_VALUES: Readonly<Record<KeyType, readonly (string | number | boolean)[]>> = {
  text: [
    '${aws:username}',
    '${aws:PrincipalTag/Team}',
    '${AWS:userName}',
    "${aws:username, 'ann'}",
    "${aws:PrincipalTag/Team, 'visitors'}",
    '${aws:TagKeys}',
    '${*}',
    'aws-cli/2${*}',
    '${?}nn',
    '${$}{aws:username}',
    'aws-cli/*',
    '*',
    '?nn',
    'a${aws:username',
    true,
    5,
  ],
  list: [
    'Team',
    'te?m',
    '*',
    'C*',
    '*.amazonaws.com',
    'o-a/*',
    '${aws:username}',
    '${aws:PrincipalTag/Team}',
  ],
  arn: [
    `arn:aws:iam::${ACCOUNT}:*/ann`,
    `arn:aws:iam::*:role/*`,
    `arn:aws:iam::${ACCOUNT}:user/${'$'}{aws:username}`,
    'arn:aws:*:*:*:*',
    `arn:aws:s*:*:${ACCOUNT}:visitor?`,
    '${aws:PrincipalArn}',
    'arn:*:ann',
    '*',
    "arn:aws:iam::123456789012:user/${aws:username, 'ann'}",
    `arn:aws:iam::${'$'}{aws:PrincipalAccount}:user/ann`,
    `arn:aws:logs:*:*:log-group:*:*`,
  ],
  bool: ['true', 'false', true, false, 'TRUE', 'yes', '${aws:SecureTransport}', '${aws:PrincipalTag/Team}'],
  number: [3599, 3600, 3601, '3600', '3600.0', '+3600', 3600.5, '36e2', '3600s', -1],
  date: [
    '2026-11-24T00:00:00Z',
    '2026-11-24',
    '2026-11-24T01:00:00+01:00',
    '1795478400',
    1795478401,
    '2026',
    'November 24, 2026',
    '2026-11-24T00:00Z',
    '2026-11',
  ],
  ip: [
    '203.0.113.0/24',
    '203.0.113.9',
    '203.0.113.9/32',
    '203.0.113.8/31',
    '198.51.100.0/25',
    '198.51.100.128/25',
    '0.0.0.0/0',
    '::/0',
    '2001:db8::/32',
    '2001:db8::1',
    '2001:db8:0:0::1/128',
    '2001:db8::/63',
    '10.0.0.0/23',
    '203.0.113.300',
    '10.0.0.0/33',
  ],
};
