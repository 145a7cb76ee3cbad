import { AttachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import type { ResolvedFunction } from '@permission-check/cloudformation';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';
import { type BundleInputs, bundleInputs, commandsOf, handlerNames } from '#test/support/handler-bundles.ts';
import { everything, functionOf, statementsOf } from '#test/support/template.ts';

/**
 * What each SDK command needs in the function's own role. Sources: Service Authorization Reference of each service;
 * SNS Developer Guide, "Key management" (the publisher to an encrypted topic).
 */
const actionsOf: Readonly<Record<string, readonly string[]>> = {
  'iam:GetAccountAuthorizationDetails': ['iam:GetAccountAuthorizationDetails'],
  'iam:GetGroup': ['iam:GetGroup'],
  'iam:ListEntitiesForPolicy': ['iam:ListEntitiesForPolicy'],
  'iam:SimulatePrincipalPolicy': ['iam:SimulatePrincipalPolicy'],
  'dynamodb:BatchWriteItem': ['dynamodb:BatchWriteItem'],
  'dynamodb:DeleteItem': ['dynamodb:DeleteItem'],
  'dynamodb:GetItem': ['dynamodb:GetItem'],
  'dynamodb:PutItem': ['dynamodb:PutItem'],
  'dynamodb:Query': ['dynamodb:Query'],
  'dynamodb:Scan': ['dynamodb:Scan'],
  'dynamodb:UpdateItem': ['dynamodb:UpdateItem'],
  // The client's endpoint discovery, which is off unless it is asked for.
  'dynamodb:DescribeEndpoints': [],
  'sqs:ChangeMessageVisibilityBatch': ['sqs:ChangeMessageVisibility'],
  'sqs:SendMessage': ['sqs:SendMessage'],
  'sqs:SendMessageBatch': ['sqs:SendMessage'],
  'sns:Publish': ['sns:Publish', 'kms:GenerateDataKey', 'kms:Decrypt'],
  'sns:ListSubscriptionsByTopic': ['sns:ListSubscriptionsByTopic'],
  'sns:GetSubscriptionAttributes': ['sns:GetSubscriptionAttributes'],
  'iam:GetUser': ['iam:GetUser'],
  'iam:GetRole': ['iam:GetRole'],
  'iam:ListGroupsForUser': ['iam:ListGroupsForUser'],
  'iam:ListAttachedUserPolicies': ['iam:ListAttachedUserPolicies'],
  'iam:ListAttachedRolePolicies': ['iam:ListAttachedRolePolicies'],
  'iam:ListAttachedGroupPolicies': ['iam:ListAttachedGroupPolicies'],
  'iam:ListUserPolicies': ['iam:ListUserPolicies'],
  'iam:ListRolePolicies': ['iam:ListRolePolicies'],
  'iam:ListGroupPolicies': ['iam:ListGroupPolicies'],
  'iam:GetUserPolicy': ['iam:GetUserPolicy'],
  'iam:GetRolePolicy': ['iam:GetRolePolicy'],
  'iam:GetGroupPolicy': ['iam:GetGroupPolicy'],
  'iam:GetPolicy': ['iam:GetPolicy'],
  'iam:GetPolicyVersion': ['iam:GetPolicyVersion'],
  's3:ListObjectsV2': ['s3:ListBucket'],
  's3:PutObject': ['s3:PutObject'],
  // Without the second, S3 answers "denied" where there is no object.
  's3:GetObject': ['s3:GetObject', 's3:ListBucket'],
  // For directory buckets, of which there is none.
  's3:CreateSession': [],
  'sns:GetTopicAttributes': ['sns:GetTopicAttributes'],
  'cognito-identity:DescribeIdentityPool': ['cognito-identity:DescribeIdentityPool'],
  'cognito-identity:GetIdentityPoolRoles': ['cognito-identity:GetIdentityPoolRoles'],
  'sts:AssumeRole': ['sts:AssumeRole'],
  'organizations:DescribeEffectivePolicy': ['organizations:DescribeEffectivePolicy'],
  'eventbridge:PutEvents': ['events:PutEvents'],
  'securityhub:BatchImportFindings': ['securityhub:BatchImportFindings'],
  'securityhub:BatchUpdateFindings': ['securityhub:BatchUpdateFindings'],
};
/** What a function asks Rekognition for itself. */
const ofItself: Readonly<Record<string, readonly string[]>> = {
  'check-principals': ['rekognition:DescribeProjects', 'rekognition:ListProjectPolicies'],
};
/** All other calls of Rekognition are sent as the principal that is probed, never with the function's own permissions. */
const asSomebodyElse = /^rekognition(streaming)?:/;
/** What Lambda does in the role's name for a function whose events come from a queue. */
const polling = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
const logging = ['logs:CreateLogStream', 'logs:PutLogEvents'];

let bundles: ReadonlyMap<string, BundleInputs>;
beforeAll(async () => {
  bundles = await bundleInputs();
});
const commands = (handler: string) => commandsOf(bundles.get(handler) ?? new Map());

function neededBy(handler: string, { name }: ResolvedFunction): string[] {
  const polls = everything.eventSources.some((source) => source.functionName === name);
  const called = commands(handler).flatMap((command) => actionsOf[command] ?? []);
  return [
    ...new Set([...logging, ...(polls ? polling : []), ...called, ...(ofItself[handler] ?? [])]),
  ].sort();
}

describe.each(handlerNames)('the role of %s', (handler) => {
  it('is known in all that its function calls', () => {
    const unknown = commands(handler).filter(
      (one) => actionsOf[one] === undefined && !asSomebodyElse.test(one),
    );
    expect(unknown, 'add them to the table above, with the IAM action that each needs').toEqual([]);
  });

  it('allows what its function does, and nothing else', () => {
    const one = functionOf(handler);
    const granted = statementsOf(one).flatMap(({ Effect, Action }) => {
      expect(Effect).toBe('Allow');
      return Action;
    });
    expect([...new Set(granted)].sort()).toEqual(neededBy(handler, one));
  });

  it('names resources, but where AWS knows none', () => {
    const wide = statementsOf(functionOf(handler)).filter(({ Resource }) => Resource.includes('*'));
    expect(wide.flatMap(({ Action }) => Action)).toEqual(
      // Service Authorization Reference: no resource types.
      [
        ...(commands(handler).includes('iam:GetAccountAuthorizationDetails')
          ? ['iam:GetAccountAuthorizationDetails']
          : []),
        ...(ofItself[handler]?.filter((action) => action.endsWith(':DescribeProjects')) ?? []),
      ],
    );
  });

  it('can be assumed by Lambda only', () => {
    const { roleArn } = functionOf(handler);
    const trust = everything.roles.find(({ arn }) => arn === roleArn)?.trust ?? '{}';
    expect(JSON.parse(trust).Statement).toEqual([
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ]);
  });
});

/** Permissions on the way from a change to the e-mail. */
const onTheWay = [
  { action: 'sqs:SendMessage', of: 'OnIamChangeRole' },
  { action: 'iam:GetAccountAuthorizationDetails', of: 'CheckPrincipalsRole' },
  { action: 'dynamodb:PutItem', of: 'CheckPrincipalsRole' },
  { action: 'sns:Publish', of: 'CheckPrincipalsRole' },
  { action: 'kms:GenerateDataKey', of: 'CheckPrincipalsRole' },
] as const;

// Checks the checks above: what a role lacks is refused over the wire, and somebody can read why.
describe('a stack that lacks a permission', () => {
  const story = {
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
  };
  let deployed: DeployedStack | undefined;
  afterEach(() => deployed?.stop());

  it('is not deployed where Lambda could not read a queue', async () => {
    const template = (text: string) => withoutAction(text, 'OnIamChangeRole', 'sqs:ReceiveMessage');
    await expect(deployStack({ ...story, template })).rejects.toThrow(
      /OnIamChangeRole.* is not authorized to perform: sqs:ReceiveMessage/,
    );
  });

  it.each(onTheWay)('$action of $of tells nobody, and says why in its log', async ({ action, of }) => {
    // Three attempts show what thirty do.
    const template = (text: string) =>
      withoutAction(text, of, action).replaceAll(/maxReceiveCount: \d+/g, 'maxReceiveCount: 3');
    deployed = await deployStack({ ...story, template });
    const { aws, stack } = deployed;
    const iam = new IAMClient({
      endpoint: aws.endpoint,
      region: 'us-east-1',
      credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
    });
    await iam.send(
      new AttachRolePolicyCommand({
        RoleName: 'analyst',
        PolicyArn: 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess',
      }),
    );
    iam.destroy();
    await stack.settle();
    expect(aws.messages()).toEqual([]);
    const log = stack.invocations().flatMap(({ logs }) => logs);
    expect(log.filter((line) => line.includes('ERROR')).join('\n')).toContain(action);
  });
});

/** The template's text without an action in a role's policies. */
function withoutAction(text: string, role: string, action: string): string {
  const start = text.indexOf(`\n  ${role}:\n`);
  const next = text.slice(start + 1).search(/\n {2}\S/);
  const end = next < 0 ? text.length : start + 1 + next;
  const before = text.slice(start, end);
  const after = before.replace(new RegExp(`${action}\\b`), 'none:Nothing');
  if (start < 0 || after === before) throw new Error(`${role} does not allow ${action}`);
  return text.slice(0, start) + after + text.slice(end);
}
