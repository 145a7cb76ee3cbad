/** Attach, use and detach, where the events of opening and closing are read in different windows. */
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  RemoveUserFromGroupCommand,
  SetDefaultPolicyVersionCommand,
} from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { beginStory, fullAccess, type Story, statement } from '#test/support/story.ts';

const deletes = statement('Allow', 'rekognition:DeleteFaces');
const storage = statement('Allow', 's3:*');

/** The events of what is done next come so long after it; those of another minute are read in another window. */
const delayEvents = ({ aws }: Story, seconds: number) => {
  aws.platform.cloudTrail.switches.delayMs = seconds * 1000;
};

const told = (who: string) => [
  expect.stringMatching(new RegExp(`^\\[CRITICAL\\] .*${who} could .* for a while`)),
];

test.each([
  ['before', 3, 100],
  ['after', 100, 3],
])(
  'a group that was given a policy for a while, told %s that somebody left it',
  async (_, ofGroup, ofMember) => {
    const story = await beginStory();
    const { iam, user, sweep, news } = story;
    const member = { GroupName: 'team', UserName: 'eve' };
    const attachment = { GroupName: 'team', PolicyArn: fullAccess };
    await iam.send(new CreateGroupCommand({ GroupName: 'team' }));
    await user('eve');
    await iam.send(new AddUserToGroupCommand(member));
    await sweep();
    delayEvents(story, ofGroup);
    await iam.send(new AttachGroupPolicyCommand({ ...attachment, GroupName: 'TEAM' }));
    await iam.send(new DetachGroupPolicyCommand(attachment));
    delayEvents(story, ofMember);
    await iam.send(new RemoveUserFromGroupCommand(member));
    const [message, ...others] = await news();
    expect([message]).toEqual(told('user/eve'));
    expect(message).toMatch(
      /attached AmazonRekognitionFullAccess to group\/TEAM, and break-glass (detached|removed) /,
    );
    expect(others).toEqual([]);
    expect(await sweep()).toEqual([]);
  },
  120_000,
);

test.each([
  ['before', 3, 100],
  ['after', 100, 3],
])(
  'a boundary that was wider for a while, told %s that somebody was given another one',
  async (_, ofPolicy, ofRole) => {
    const story = await beginStory();
    const { iam, role, policy, put, sweep, news } = story;
    const PolicyArn = await policy('limit', storage);
    const other = await policy('other', storage);
    await role('app', PolicyArn);
    await put('app', deletes);
    await sweep();
    delayEvents(story, ofPolicy);
    for (const PolicyDocument of [statement('Allow', '*'), storage])
      await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
    delayEvents(story, ofRole);
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: 'app', PermissionsBoundary: other }));
    expect(await news()).toEqual(told('role/app'));
  },
  120_000,
);

test('a policy that was wide when it was attached, by an event of the window before', async () => {
  const story = await beginStory();
  const { iam, aws, role, policy, sweep, news } = story;
  const PolicyArn = await policy('vision', storage);
  await role('app');
  await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: deletes }));
  await sweep();
  await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
  delayEvents(story, 100);
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn }));
  aws.platform.timers.skip();
  await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  expect(await news()).toEqual(told('role/app'));
}, 240_000);

test('a policy that was made anew, wide for a while', async () => {
  const { iam, role, policy, sweep, news, aws } = await beginStory();
  const PolicyArn = await policy('vision', storage);
  const attachment = { RoleName: 'app', PolicyArn };
  await role('app');
  await iam.send(new AttachRolePolicyCommand(attachment));
  await sweep();
  for (const PolicyDocument of [deletes, storage]) {
    await iam.send(new DetachRolePolicyCommand(attachment));
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
    await iam.send(new CreatePolicyCommand({ PolicyName: 'vision', PolicyDocument }));
    await iam.send(new AttachRolePolicyCommand(attachment));
    aws.platform.timers.skip();
  }
  expect(await news()).toEqual(told('role/app'));
}, 240_000);
