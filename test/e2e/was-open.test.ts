import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  type IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveUserFromGroupCommand,
  TagRoleCommand,
  UntagRoleCommand,
} from '@aws-sdk/client-iam';
import { beforeEach, expect, it } from 'vitest';
import { beginStory, fullAccess as full, type Story, trust } from '#test/support/story.ts';

const document = (...Action: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
const deletes = document('rekognition:DeleteFaces');

let deployed: Story;
let iam: IAMClient;
let news: Story['news'];
beforeEach(async () => {
  deployed = await beginStory();
  ({ iam, news } = deployed);
});

/** Where it stands is known from here on. */
async function look(): Promise<void> {
  deployed.stack.tick('SweepFunctionDaily');
  await news();
}

const policy = async (PolicyName: string, PolicyDocument: string) => {
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
  return Policy?.Arn;
};
const role = (RoleName: string, PermissionsBoundary?: string) =>
  iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, PermissionsBoundary }));

it('a boundary that was taken away and put back: what was open, from when to when, by whom', async () => {
  const PermissionsBoundary = await policy('only-s3', document('s3:*'));
  await role('app', PermissionsBoundary);
  const own = { RoleName: 'app', PolicyName: 'own', PolicyDocument: deletes };
  await iam.send(new PutRolePolicyCommand(own));
  await look();
  await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'app' }));
  await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: 'app', PermissionsBoundary }));
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[CRITICAL\] Rekognition: role\/app could delete faces for a while/);
  expect(told).toContain('removed the permissions boundary of role/app');
  expect(told).toContain('set the permissions boundary of role/app to only-s3');
  deployed.stack.tick('SweepFunctionDaily');
  expect(await news()).toEqual([]);
}, 180_000);

it('a boundary that was widened and narrowed again, for those whom it limits', async () => {
  const PolicyArn = await policy('limit', document('s3:*'));
  await role('app', PolicyArn);
  await iam.send(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'own', PolicyDocument: deletes }));
  await role('other', PolicyArn);
  await look();
  const version = (PolicyDocument: string) =>
    iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
  await version(document('*'));
  await version(document('s3:*'));
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[CRITICAL\] Rekognition: role\/app could delete faces for a while/);
  expect(told).not.toContain('role/other');
}, 180_000);

it('a group that somebody was in for a while, though it got its policy only then', async () => {
  const GroupName = 'guests';
  await iam.send(new CreateGroupCommand({ GroupName }));
  await iam.send(new CreateUserCommand({ UserName: 'eve' }));
  await look();
  const membership = { GroupName, UserName: 'eve' };
  await iam.send(new AddUserToGroupCommand(membership));
  await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn: full }));
  await iam.send(new RemoveUserFromGroupCommand(membership));
  await iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn: full }));
  const told = await news();
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/^\[CRITICAL\] Rekognition: user\/eve could .* for a while/);
  // All of it in one second: which came first, nobody knows.
  expect(told[0]).toMatch(/: break-glass (added|attached) .*, and break-glass (removed|detached) /);
}, 180_000);

it('a group with others in it that somebody was in for a while', async () => {
  const GroupName = 'operators';
  await iam.send(new CreateGroupCommand({ GroupName }));
  await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn: full }));
  for (const UserName of ['ann', 'eve']) await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new AddUserToGroupCommand({ GroupName, UserName: 'ann' }));
  await look();
  await iam.send(new AddUserToGroupCommand({ GroupName, UserName: 'eve' }));
  await iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName: 'eve' }));
  const told = await news();
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/^\[CRITICAL\] Rekognition: user\/eve could .* for a while/);
}, 180_000);

it('what a group that is gone allowed is not known, and as severe as the worst', async () => {
  const GroupName = 'gone';
  await iam.send(new CreateGroupCommand({ GroupName }));
  await iam.send(new CreateUserCommand({ UserName: 'eve' }));
  await look();
  await iam.send(new AddUserToGroupCommand({ GroupName, UserName: 'eve' }));
  await iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName: 'eve' }));
  await iam.send(new DeleteGroupCommand({ GroupName }));
  const told = await news();
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/^\[INCONCLUSIVE\] .*user\/eve/);
  expect(deployed.aws.messages().at(-1)?.attributes.severity?.value).toBe('critical');
  expect(told[0]).toMatch(/What user\/eve could do from .* is not known/);
}, 180_000);

it('what a policy that is gone allowed is not known, and as severe as the worst', async () => {
  // Nobody saw it made: else its text would be known from that event.
  const { switches } = deployed.aws.platform.cloudTrail;
  switches.logging = false;
  const PolicyArn = await policy('brief', deletes);
  switches.logging = true;
  await role('app');
  await look();
  const attached = { RoleName: 'app', PolicyArn };
  await iam.send(new AttachRolePolicyCommand(attached));
  await iam.send(new DetachRolePolicyCommand(attached));
  await iam.send(new DeletePolicyCommand({ PolicyArn }));
  const told = await news();
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/^\[INCONCLUSIVE\] .*role\/app/);
  expect(deployed.aws.messages().at(-1)?.attributes.severity?.value).toBe('critical');
  expect(told[0]).toMatch(/arn:aws:iam::123456789012:policy\/brief cannot be read any more/);
}, 180_000);

it('a tag that opened what a policy gives to the tagged, and was taken away again', async () => {
  await role('app');
  const Condition = { StringEquals: { 'aws:PrincipalTag/team': 'vision' } };
  const tagged = { Effect: 'Allow', Action: 'rekognition:DeleteFaces', Resource: '*', Condition };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [tagged] });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'own', PolicyDocument }));
  await look();
  await iam.send(new TagRoleCommand({ RoleName: 'app', Tags: [{ Key: 'Team', Value: 'vision' }] }));
  await iam.send(new UntagRoleCommand({ RoleName: 'app', TagKeys: ['team'] }));
  const told = await news();
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/^\[CRITICAL\] Rekognition: role\/app could delete faces for a while/);
  expect(told[0]).toMatch(
    /: break-glass tagged role\/app: Team=vision, and break-glass removed tags of role\/app/,
  );
}, 180_000);

it('a role that was made, given access, and deleted', async () => {
  await look();
  await role('brief');
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'brief', PolicyArn: full }));
  await iam.send(new DetachRolePolicyCommand({ RoleName: 'brief', PolicyArn: full }));
  await iam.send(new DeleteRoleCommand({ RoleName: 'brief' }));
  const told = await news();
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/^\[CRITICAL\] Rekognition: role\/brief could .* for a while/);
  expect(told[0]).toMatch(/from \S+Z to \S+Z \(\d+ s\): break-glass attached/);
  expect(told[0]).not.toContain('TO ACCEPT');
  deployed.stack.tick('SweepFunctionDaily');
  expect(await news()).toEqual([]);
}, 180_000);

it('not what somebody could do all the while, whatever was attached and detached beside it', async () => {
  await role('app');
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: full }));
  await look();
  const own = { RoleName: 'app', PolicyArn: await policy('some', deletes) };
  await iam.send(new AttachRolePolicyCommand(own));
  await iam.send(new DetachRolePolicyCommand(own));
  await iam.send(new DetachRolePolicyCommand({ RoleName: 'app', PolicyArn: full }));
  expect(await news()).toEqual([expect.stringMatching(/^\[LOW\] .*role\/app can no longer/)]);
}, 180_000);
