import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  type IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  TagRoleCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { beforeEach, expect, it } from 'vitest';
import { beginStory, type Story, trust } from '#test/support/story.ts';

const document = (...Action: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });

const rules = `principals:
  - match: {tag: {team: vision}}
    expect: [AmazonRekognitionFullAccess]
  - match: {attached: 'arn:aws:iam::*:policy/marker'}
    expect: [AmazonRekognitionFullAccess]
  - match: {user: 'trusted-*', path: /}
    expect: [AmazonRekognitionFullAccess]
  - match: {tag: {team: free}}
    expect: any
default: []
`;

let deployed: Story;
let iam: IAMClient;
let news: Story['news'];
beforeEach(async () => {
  deployed = await beginStory({ rules });
  ({ iam, news } = deployed);
  await iam.send(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: trust }));
  await put('rekognition:DeleteFaces', 'rekognition:SearchFaces');
  expect(await news()).toEqual([expect.stringMatching(/^\[CRITICAL\] .*role\/app can now delete/)]);
});

const put = (...actions: string[]) =>
  iam.send(
    new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'own', PolicyDocument: document(...actions) }),
  );
const tag = (RoleName = 'app', Value = 'vision') =>
  iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'team', Value }] }));

it('by a tag, with the access as it was, is covered, and not resolved', async () => {
  await tag();
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(
    /covered role\/app is now covered by rule expectations\.yaml:2 .* because its own tags, .* changed; its access is the same/,
  );
  expect(told).not.toMatch(/RESOLVED|\d\.? resolved/);
}, 180_000);

it('by a tag, while its access grew, says that it grew', async () => {
  await put('rekognition:DeleteFaces', 'rekognition:SearchFaces', 'rekognition:IndexFaces');
  await tag();
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/ is now covered by rule .*; its access grew\./);
  expect(told).not.toMatch(/RESOLVED|\d\.? resolved/);
}, 180_000);

it('by a tag, while a part of its access went, says that it shrank', async () => {
  await put('rekognition:DeleteFaces');
  await tag();
  const told = (await news()).join();
  expect(told).toMatch(/is now covered by rule .*; its access shrank\./);
}, 180_000);

it('by a tag, and given at once what the new rule expects: what it gained, and that it moved', async () => {
  await iam.send(new CreateRoleCommand({ RoleName: 'fresh', AssumeRolePolicyDocument: trust }));
  await news();
  await tag('fresh');
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'fresh', PolicyArn }));
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[CRITICAL\] Rekognition: role\/fresh can now /);
  expect(told).toMatch(/role\/fresh is now covered by rule expectations\.yaml:2 .*; its access grew\./);
  expect(told).toMatch(/TO UNDO Take back what brought role\/fresh under rule expectations\.yaml:2, too/);
  expect(told).not.toMatch(/TO ACCEPT|seen first/);
}, 180_000);

it('by a tag, and given for a while what the new rule expects: what was open', async () => {
  await iam.send(new CreateRoleCommand({ RoleName: 'fresh', AssumeRolePolicyDocument: trust }));
  await news();
  await tag('fresh');
  const attachment = { RoleName: 'fresh', PolicyArn: 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess' };
  await iam.send(new AttachRolePolicyCommand(attachment));
  await iam.send(new DetachRolePolicyCommand(attachment));
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[CRITICAL\] Rekognition: role\/fresh could .* for a while/);
}, 180_000);

it('by a path, is covered, and not resolved', async () => {
  await iam.send(new CreateUserCommand({ UserName: 'trusted-kim', Path: '/guests/' }));
  const PolicyDocument = document('rekognition:DeleteFaces');
  await iam.send(new PutUserPolicyCommand({ UserName: 'trusted-kim', PolicyName: 'own', PolicyDocument }));
  expect(await news()).toEqual([expect.stringMatching(/user\/trusted-kim can now delete faces/)]);
  await iam.send(new UpdateUserCommand({ UserName: 'trusted-kim', NewPath: '/' }));
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(
    /user\/trusted-kim is now covered by rule expectations\.yaml:6 .*; its access is the same\./,
  );
  expect(told).not.toMatch(/RESOLVED|\d\.? resolved|can now/);
}, 180_000);

it('by a tag to where nobody is judged: that it moved, before it is given anything', async () => {
  await iam.send(new CreateRoleCommand({ RoleName: 'fresh', AssumeRolePolicyDocument: trust }));
  await news();
  await tag('fresh', 'free');
  expect(await news()).toEqual([
    expect.stringMatching(/^\[COVERED\] .*role\/fresh is now covered by rule expectations\.yaml:8 /),
  ]);
}, 180_000);

it('by what is attached to it, is covered, and not resolved', async () => {
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: 'marker', PolicyDocument: document('s3:GetObject') }),
  );
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: Policy?.Arn }));
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/role\/app is now covered by rule expectations\.yaml:4 /);
  expect(told).not.toMatch(/RESOLVED|\d\.? resolved/);
}, 180_000);

it('by a tag, when its access is gone as well, is resolved', async () => {
  await iam.send(new DeleteRolePolicyCommand({ RoleName: 'app', PolicyName: 'own' }));
  await tag();
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/resolved role\/app is as expected again: delete and search faces/);
}, 180_000);

it('by a name in another case, can do no more than before', async () => {
  await iam.send(new UpdateUserCommand({ UserName: 'alice', NewUserName: 'Alice' }));
  await news();
  await iam.send(new UpdateUserCommand({ UserName: 'Alice', NewUserName: 'ALICE' }));
  const told = (await news()).join();
  expect(told).not.toMatch(/can now|RESOLVED|was deleted/);
}, 180_000);

it('by another name, is covered under it, and not said to be gone', async () => {
  await iam.send(new CreateUserCommand({ UserName: 'eve' }));
  const PolicyDocument = document('rekognition:DeleteFaces');
  await iam.send(new PutUserPolicyCommand({ UserName: 'eve', PolicyName: 'own', PolicyDocument }));
  expect(await news()).toEqual([expect.stringMatching(/user\/eve can now delete faces/)]);
  await iam.send(new UpdateUserCommand({ UserName: 'eve', NewUserName: 'trusted-eve' }));
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toContain('renamed user/eve to user/trusted-eve');
  expect(told).toMatch(
    /user\/trusted-eve was user\/eve until now, and is covered by rule expectations\.yaml:6 .*; its access is the same\./,
  );
  expect(told).not.toMatch(/RESOLVED|\d\.? resolved|was deleted|can now/);
  deployed.stack.tick('SweepFunctionDaily');
  expect((await news()).join()).not.toMatch(/user\/eve/);
}, 180_000);
