import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  GetPolicyCommand,
  ListPolicyTagsCommand,
  PutUserPolicyCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cloudTrailRecord } from '../../src/cloudtrail/event.ts';
import { allow, policyArn, policyText, roleArn, userArn } from '../start.ts';
import { startWritable, type WritableAccount } from './writable-account.ts';

let local: WritableAccount;
beforeEach(async () => {
  local = await startWritable(() => new Date());
});
afterEach(() => local.aws.stop());

const trust = (Principal: unknown, rest: object = {}): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...rest }],
  });

describe('a trust policy', () => {
  it.each<[principal: unknown, message: string, rest?: object]>([
    [
      { AWS: roleArn('nobody') },
      'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/nobody"',
    ],
    [{ AWS: userArn('nobody') }, 'Invalid principal in policy'],
    [{ AWS: userArn('Ann') }, 'Invalid principal in policy'],
    [{ AWS: roleArn('work*') }, 'Invalid principal in policy'],
    [{ AWS: 'arn:aws:iam::123456789012:group/team' }, 'Invalid principal in policy'],
    [{ Service: 'nothing.example.com' }, 'Invalid principal in policy: "SERVICE":"nothing.example.com"'],
    ['*', 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'],
    [{ AWS: '*' }, 'AssumeRole policy may only specify STS AssumeRole actions.', { Action: 's3:GetObject' }],
    [{ AWS: '*' }, 'Has prohibited field Resource', { Resource: '*' }],
    [undefined, 'Missing required field Principal'],
    [
      undefined,
      'AssumeRole policy must not contain NotPrincipal field.',
      { Effect: 'Deny', NotPrincipal: { AWS: '210987654321' } },
    ],
    [
      { Federated: 'cognito-identity.amazonaws.com' },
      'A condition block must be present for the Cognito provider',
    ],
  ])('that names %j is refused: %s', async (principal, message, rest = {}) => {
    const update = new UpdateAssumeRolePolicyCommand({
      RoleName: 'worker',
      PolicyDocument: trust(principal, rest),
    });
    await expect(local.iam.send(update)).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
      message: expect.stringContaining(message),
    });
  });

  it.each([
    { AWS: '*' },
    { AWS: '210987654321' },
    { AWS: 'arn:aws:iam::123456789012:root' },
    { AWS: 'arn:aws:iam::210987654321:role/elsewhere' },
    { AWS: [userArn('ann'), roleArn('worker')] },
    { AWS: 'AROAEXAMPLEEXAMPLE123' },
    { AWS: 'arn:aws:sts::123456789012:assumed-role/worker/session' },
    { Service: ['lambda.amazonaws.com', 'rekognition.amazonaws.com'] },
    { Federated: 'accounts.google.com' },
  ])('that names %j is taken', async (principal) => {
    const AssumeRolePolicyDocument = trust(principal);
    await local.iam.send(new CreateRoleCommand({ RoleName: 'trusting', AssumeRolePolicyDocument }));
  });
});

describe('white space', () => {
  const padded = (length: number) => policyText(allow('s3:GetObject')).replace('{', `{${' '.repeat(length)}`);

  it('does not count towards the size of a policy, and hides it from CloudTrail', async () => {
    const put = new PutUserPolicyCommand({
      UserName: 'ann',
      PolicyName: 'padded',
      PolicyDocument: padded(110_000),
    });
    await local.iam.send(put);
    expect(local.aws.world.latest().users.get('ann')?.inline.get('padded')).toHaveLength(
      110_000 + policyText(allow('s3:GetObject')).length,
    );
    const call = local.calls.at(-1);
    expect(call && cloudTrailRecord(call)).toMatchObject({
      eventName: 'PutUserPolicy',
      requestParameters: {
        reason: 'requestParameters too large',
        omitted: true,
        originalSize: expect.any(Number),
      },
    });
  });

  it('ends where a request ends', async () => {
    const put = new PutUserPolicyCommand({
      UserName: 'ann',
      PolicyName: 'padded',
      PolicyDocument: padded(131_072),
    });
    await expect(local.iam.send(put)).rejects.toThrow(/less than or equal to 131072/);
  });
});

describe('a managed policy', () => {
  it('tells CloudTrail which version is the default', async () => {
    const PolicyArn = policyArn('limit');
    const PolicyDocument = policyText(allow('s3:GetObject'));
    for (const SetAsDefault of [false, true]) {
      await local.iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault }));
      expect(local.calls.at(-1)?.responseElements).toMatchObject({
        policyVersion: { isDefaultVersion: SetAsDefault },
      });
    }
  });

  it('is tagged and untagged, keys in any case', async () => {
    const { Policy } = await local.iam.send(
      new CreatePolicyCommand({
        PolicyName: 'tagged',
        PolicyDocument: policyText(allow('s3:GetObject')),
        Tags: [{ Key: 'Team', Value: 'vision' }],
      }),
    );
    const PolicyArn = Policy?.Arn;
    const tags = async () => (await local.iam.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags;
    const Tags = [
      { Key: 'team', Value: 'data' },
      { Key: 'stage', Value: 'prod' },
    ];
    await local.iam.send(new TagPolicyCommand({ PolicyArn, Tags }));
    expect(await tags()).toEqual(Tags);
    await local.iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: ['TEAM'] }));
    expect(await tags()).toEqual([{ Key: 'stage', Value: 'prod' }]);
    const shown = await local.iam.send(new GetPolicyCommand({ PolicyArn }));
    expect(shown.Policy?.Tags).toEqual([{ Key: 'stage', Value: 'prod' }]);
    const aws = new TagPolicyCommand({
      PolicyArn: 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess',
      Tags,
    });
    await expect(local.iam.send(aws)).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});
