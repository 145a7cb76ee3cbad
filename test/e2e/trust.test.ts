import {
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';

const accountId = '123456789012';
const document = (...statements: object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const may = (...Action: string[]) => document({ Effect: 'Allow', Action, Resource: '*' });
const lets = (Principal: object, rest: object = {}) => ({
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
  ...rest,
});
const account = lets({ AWS: `arn:aws:iam::${accountId}:root` });
const partner = '444455556666';
const github = (sub: string) => ({
  Effect: 'Allow',
  Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/token.actions.githubusercontent.com` },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringLike: { 'token.actions.githubusercontent.com:sub': sub } },
});
const guests = {
  Effect: 'Allow',
  Principal: { Federated: 'cognito-identity.amazonaws.com' },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: {
    StringEquals: { 'cognito-identity.amazonaws.com:aud': 'us-east-1:0a1b2c3d-1111-2222-3333-444455556666' },
    'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'unauthenticated' },
  },
};

let deployed: DeployedStack;
let iam: IAMClient;
/** Mails that a test has looked at. */
let read: number;
beforeEach(async () => {
  read = 0;
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
  });
  const { aws } = deployed;
  iam = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor(`arn:aws:iam::${accountId}:role/break-glass`),
  });
});
afterEach(async () => {
  iam.destroy();
  await deployed.stop();
});

/** The mails since the last time that somebody looked. */
async function mails() {
  const { aws, stack } = deployed;
  await stack.settle();
  const found = aws.messages().slice(read);
  read += found.length;
  return found.map(({ subject, byProtocol }) => ({
    subject,
    text: (byProtocol.email ?? '').replace(/\s+/g, ' '),
  }));
}
const create = async (RoleName: string, trust: object, ...actions: string[]) => {
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }));
  if (actions.length === 0) return;
  await iam.send(
    new PutRolePolicyCommand({ RoleName, PolicyName: 'faces', PolicyDocument: may(...actions) }),
  );
};
const trust = (RoleName: string, ...statements: object[]) =>
  iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: document(...statements) }));

describe('who can assume a role', () => {
  it('is told when it is anyone: what that opens, by whom, how to undo; and when it is not any more', async () => {
    await create('face-admin', account, 'rekognition:DeleteFaces', 'rekognition:SearchFaces');
    await mails();

    await trust('face-admin', lets({ AWS: '*' }));
    const [opened, ...others] = await mails();
    expect(others).toEqual([]);
    expect(opened?.subject).toMatch(
      /^\[CRITICAL\] Rekognition: role\/face-admin can now be assumed by anyone: delete/,
    );
    expect(opened?.text).toContain('changed who can assume role/face-admin');
    expect(opened?.text).toContain('by break-glass');
    expect(opened?.text).toContain('aws iam update-assume-role-policy --role-name face-admin');

    await trust('face-admin', account);
    expect((await mails()).map(({ subject }) => subject)).toEqual([
      '[RESOLVED] Rekognition: role/face-admin can be assumed as expected again',
    ]);
  }, 180_000);

  it('is not told when it is fewer than before', async () => {
    await create(
      'face-admin',
      lets({ AWS: [partner, `arn:aws:iam::${accountId}:root`] }),
      'rekognition:DeleteFaces',
    );
    await mails();
    await trust('face-admin', lets({ AWS: `arn:aws:iam::${partner}:role/ci` }));
    await trust('face-admin', account);
    expect(await mails()).toEqual([]);
  }, 180_000);

  it('is told when another account is among them by now, once', async () => {
    await create('face-admin', account, 'rekognition:DeleteFaces');
    await mails();
    await trust('face-admin', account, lets({ AWS: partner }));
    const [shared, ...others] = await mails();
    expect(others).toEqual([]);
    expect(shared?.subject).toBe(
      `[CRITICAL] Rekognition: role/face-admin can now be assumed by account ${partner}: delete faces`,
    );
    expect(shared?.text).toContain('without an external id');
    expect(shared?.text).toContain('aws iam update-assume-role-policy --role-name face-admin');
    // The next look has nothing to add.
    deployed.stack.tick('SweepFunctionDaily');
    expect((await mails()).filter(({ text }) => text.includes(partner))).toEqual([]);
  }, 180_000);

  it('is told when another account was among them before there was anything to do, together with what there is by now', async () => {
    await create('face-admin', lets({ AWS: partner }));
    expect(await mails()).toEqual([]);
    const faces = {
      RoleName: 'face-admin',
      PolicyName: 'faces',
      PolicyDocument: may('rekognition:DeleteFaces'),
    };
    await iam.send(new PutRolePolicyCommand(faces));
    const [told, ...others] = await mails();
    expect(others).toEqual([]);
    expect(told?.text).toContain('role/face-admin can now delete faces');
    expect(told?.text).toContain(`role/face-admin can now be assumed by account ${partner}: delete faces`);
  }, 180_000);

  it('is told when a provider vouches for more than before, and not for fewer', async () => {
    await create('ci', github('repo:acme/shop:*'), 'rekognition:DetectLabels');
    await mails();
    await trust('ci', github('repo:acme/*'));
    expect((await mails()).map(({ subject }) => subject)).toEqual([
      expect.stringContaining('role/ci can now be assumed by GitHub Actions (sub repo:acme/*)'),
    ]);
    await trust('ci', github('repo:acme/shop:ref:refs/heads/main'));
    expect(await mails()).toEqual([]);
    await trust('ci', github('repo:*'));
    expect((await mails()).map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^\[HIGH\] .*role\/ci can now be assumed by anyone of GitHub Actions/),
    ]);
  }, 180_000);

  it('is told of the roles behind it', async () => {
    await create('door', account);
    await create(
      'face-admin',
      lets({ AWS: `arn:aws:iam::${accountId}:role/door` }),
      'rekognition:DeleteFaces',
    );
    await mails();
    await trust('door', lets({ AWS: '*' }));
    const [behind, ...others] = await mails();
    expect(others).toEqual([]);
    expect(behind?.subject).toMatch(
      /^\[CRITICAL\] Rekognition: role\/face-admin can now be assumed by anyone/,
    );
    expect(behind?.text).toContain('through role/door');
    expect(behind?.text).toContain('changed who can assume role/door');
  }, 180_000);

  it('is told of the role behind it when a role that others enter may assume that one by now', async () => {
    await create('door', lets({ AWS: partner }));
    await create('face-admin', account, 'rekognition:DeleteFaces');
    await mails();
    const PolicyDocument = may('sts:AssumeRole', 'rekognition:DetectText');
    await iam.send(new PutRolePolicyCommand({ RoleName: 'door', PolicyName: 'assume', PolicyDocument }));
    const told = (await mails()).map(({ text }) => text).join();
    expect(told).toMatch(
      new RegExp(`role/face-admin can be reached by account ${partner}.* through role/door: delete faces`),
    );
    expect(told).toContain('wrote inline policy "assume" of role/door');
    // What the door has by it is the door's.
    expect(told).not.toMatch(/role\/face-admin (can now detect|could)/);
    deployed.stack.tick('SweepFunctionDaily');
    expect((await mails()).filter(({ text }) => text.includes('can be reached'))).toEqual([]);
  }, 180_000);

  it('is told when somebody may pass a role to a service that does what he says', async () => {
    await create('face-admin', lets({ Service: 'lambda.amazonaws.com' }), 'rekognition:DeleteFaces');
    await create('ci', account);
    await mails();
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: 'ci',
        PolicyName: 'deploy',
        PolicyDocument: may('iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction'),
      }),
    );
    const [told, ...others] = await mails();
    expect(others).toEqual([]);
    expect(told?.subject).toMatch(/^\[CRITICAL\] Rekognition: role\/ci can now give itself what it lacks: /);
    expect(told?.text).toMatch(/it may hand role\/[\w-]+ (\([^)]*\) )?to lambda.amazonaws.com/);
    expect(told?.text).toContain('wrote inline policy "deploy" of role/ci');
  }, 180_000);

  it('is anybody on the internet where guests of an identity pool may search faces', async () => {
    await create('guest', guests);
    await mails();
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: 'guest',
        PolicyName: 'faces',
        PolicyDocument: may('rekognition:SearchFacesByImage'),
      }),
    );
    const [told, ...others] = await mails();
    expect(others).toEqual([]);
    expect(told?.subject).toMatch(
      /^\[CRITICAL\] Rekognition: role\/guest can now be assumed by anyone: search/,
    );
    expect(told?.text).toContain('guests of Cognito pool us-east-1:0a1b2c3d-1111-2222-3333-444455556666');
  }, 180_000);
});
