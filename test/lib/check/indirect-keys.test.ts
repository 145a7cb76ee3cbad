import { expect, test } from 'vitest';
import { accountId, user } from '../reach/account.ts';
import { indirect, may } from './escalating.ts';

const runs = may(['lambda:CreateFunction', 'lambda:InvokeFunction']);
const passing = (operator: string, key: string, value: string) => [
  runs,
  may('iam:PassRole', '*', { [operator]: { [key]: value } }),
];
const writing = (operator: string, key: string, value: string) => [
  may('iam:PutUserPolicy', '*', { [operator]: { [key]: value } }),
];
const comesToMore = async (statements: object[]) =>
  'user/eve' in (await indirect(user('eve', statements), user('rich', may('rekognition:*'))));

test.each<[string, object[]]>([
  ['the service, as a call says it', passing('StringLike', 'iam:PassedToService', 'lambda.*')],
  [
    'a resource, which he chooses',
    passing('ArnLike', 'iam:AssociatedResourceArn', `arn:aws:lambda:*:${accountId}:function:*`),
  ],
  ['a key that no such call has, to be missing', writing('Null', 'iam:PolicyARN', 'true')],
  [
    'a key that no such call has, if it is there',
    writing('StringEqualsIfExists', 'iam:PassedToService', 'x'),
  ],
  [
    'what he chooses of the service',
    [
      may(['iam:PassRole', 'lambda:InvokeFunction']),
      may('lambda:CreateFunction', '*', { StringEquals: { 'lambda:VpcIds': 'vpc-1' } }),
    ],
  ],
])('a statement that asks for %s, lets him', async (_, statements) => {
  expect(await comesToMore(statements)).toBe(true);
});

test.each<[string, object[]]>([
  ['another service', passing('StringNotEquals', 'iam:PassedToService', 'lambda.amazonaws.com')],
  ['no service at all', passing('Null', 'iam:PassedToService', 'true')],
  [
    'a service of a call that passes none',
    writing('StringEquals', 'iam:PassedToService', 'lambda.amazonaws.com'),
  ],
  [
    'a resource of a call that passes no role',
    writing('ArnLike', 'iam:AssociatedResourceArn', 'arn:*:*:*:*:*'),
  ],
  ['a policy of a call that attaches none', writing('ArnLike', 'iam:PolicyARN', 'arn:*:*:*:*:*')],
  ['a service-linked role’s service', writing('StringLike', 'iam:AWSServiceName', '*')],
  ['a policy of the organization', writing('StringLike', 'iam:OrganizationsPolicyId', '*')],
  ['a security key', writing('StringLike', 'iam:FIDO-certification', '*')],
  [
    'a boundary of a call that says none',
    [may('iam:UpdateAssumeRolePolicy', '*', { StringLike: { 'iam:PermissionsBoundary': '*' } })],
  ],
  [
    'the passed role’s service in the service’s own call',
    [
      may(['iam:PassRole', 'lambda:InvokeFunction']),
      may('lambda:CreateFunction', '*', { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } }),
    ],
  ],
])('a statement that asks for %s, never lets him', async (_, statements) => {
  expect(await comesToMore(statements)).toBe(false);
});
