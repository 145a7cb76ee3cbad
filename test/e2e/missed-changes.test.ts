/** What might be missed: a change that hides, that goes on under another name, whose message is lost, or that is seen late. */
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  DeleteUserCommand,
  DetachUserPolicyCommand,
  UpdateGroupCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fullAccess, openStory, type Story, statement } from '#test/support/story.ts';

const deletes = statement('Allow', 'rekognition:DeleteFaces');
const storage = statement('Allow', 's3:*');
/** IAM does not count white space, and CloudTrail leaves out what is over 100 KB. */
const padded = (text: string) => `${' '.repeat(120_000)}${text}`;

let story: Story & { readonly end: () => Promise<void> };
beforeAll(async () => {
  story = await openStory();
  const { iam, role, user, put, sweep } = story;
  for (const name of ['both', 'end', 'lost', 'asked']) await role(name);
  for (const name of ['both', 'end']) await put(name, storage);
  for (const name of ['ann', 'bob', 'eve']) await user(name);
  await iam.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn: fullAccess }));
  await iam.send(new CreateGroupCommand({ GroupName: 'team' }));
  await iam.send(new AddUserToGroupCommand({ GroupName: 'team', UserName: 'eve' }));
  await sweep();
}, 180_000);
afterAll(() => story.end());

const attachToGroup = (GroupName: string) =>
  story.iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn: fullAccess }));
const renameGroup = (GroupName: string, NewGroupName: string) =>
  story.iam.send(new UpdateGroupCommand({ GroupName, NewGroupName }));

it('two writes that hide what they write, and undo each other: that it is not known, once, as severe as the worst', async () => {
  const { put, news, aws } = story;
  await put('both', padded(deletes));
  await put('both', padded(storage));
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[INCONCLUSIVE\] Rekognition: account could not be checked in full/);
  expect(told).toMatch(
    /What somebody of the account could do from \S+Z to \S+Z .* is not known: break-glass/,
  );
  expect(aws.messages().at(-1)?.attributes.severity?.value).toBe('critical');
}, 180_000);

it('a write whose end hides: what was open, from when to when, by whom', async () => {
  const { put, news, aws } = story;
  await put('end', deletes);
  aws.platform.timers.skip();
  await put('end', padded(storage));
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[CRITICAL\] Rekognition: role\/end could delete faces for a while/);
  expect(told).toMatch(
    /break-glass wrote inline policy "own" of role\/end, and break-glass did PutRolePolicy, /,
  );
}, 180_000);

it('a group that is renamed: who gave it something under the name that it had', async () => {
  const { news } = story;
  await renameGroup('team', 'squad');
  await attachToGroup('squad');
  await renameGroup('squad', 'crew');
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[CRITICAL\] Rekognition: user\/eve can now /);
  expect(told).toContain('attached AmazonRekognitionFullAccess to group/squad');
  expect(told).toContain('detach-group-policy --group-name crew');
}, 180_000);

it('a user who is renamed: who has the access by now, and what was open under the name that he had', async () => {
  const { iam, news } = story;
  await iam.send(new UpdateUserCommand({ UserName: 'ann', NewUserName: 'anna', NewPath: '/team/' }));
  await iam.send(new AttachUserPolicyCommand({ UserName: 'bob', PolicyArn: fullAccess }));
  await iam.send(new UpdateUserCommand({ UserName: 'bob', NewUserName: 'rob' }));
  await iam.send(new DetachUserPolicyCommand({ UserName: 'rob', PolicyArn: fullAccess }));
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(
    /critical user\/bob could .* for a while .* user\/anna was user\/ann until now, and is covered/,
  );
  expect(told).not.toMatch(/user\/anna can now|user\/ann was deleted/);
  expect(told).toContain('renamed user/ann to user/anna');
  expect(told).not.toContain('user/rob can');
}, 180_000);

it('a user who is renamed twice: who he was before', async () => {
  const { iam, user, news } = story;
  await user('kim');
  await iam.send(new AttachUserPolicyCommand({ UserName: 'kim', PolicyArn: fullAccess }));
  await news();
  await iam.send(new UpdateUserCommand({ UserName: 'kim', NewUserName: 'kim-2' }));
  // Events tell the time in seconds.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await iam.send(new UpdateUserCommand({ UserName: 'kim-2', NewUserName: 'kim-3' }));
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/user\/kim-3 was user\/kim until now/);
  expect(told).not.toMatch(/can now|was deleted/);
}, 180_000);

it('a user who is deleted by his name in another case: that he is gone, and no more', async () => {
  const { iam, user, sweep, news } = story;
  await user('Ian');
  await iam.send(new AttachUserPolicyCommand({ UserName: 'Ian', PolicyArn: fullAccess }));
  await news();
  await iam.send(new DetachUserPolicyCommand({ UserName: 'IAN', PolicyArn: fullAccess }));
  await iam.send(new DeleteUserCommand({ UserName: 'IAN' }));
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[LOW\] Rekognition: user\/Ian was deleted/);
  expect(await sweep()).toEqual([]);
}, 180_000);

it('a message whose answer is lost: told again at most, and a policy by its path', async () => {
  const { iam, aws, news, sweep } = story;
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: 'vision', Path: '/team/x/', PolicyDocument: deletes }),
  );
  aws.world.faults.add({ operation: 'sns:Publish', kind: 'lost', next: 1 });
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'lost', PolicyArn: Policy?.Arn }));
  const told = await news();
  expect(new Set(told.map((text) => text.split(' account ')[0]))).toEqual(
    new Set(['[CRITICAL] Rekognition: role/lost can now delete faces role/lost can now delete faces.']),
  );
  expect(told.length).toBeLessThanOrEqual(2);
  expect(told[0]).toContain('--policy-arn arn:aws:iam::123456789012:policy/team/x/vision');
  expect(await sweep()).toEqual([]);
}, 180_000);

it('somebody of whom IAM does not know yet: by the second look, with who did it', async () => {
  const { iam, aws, role, news } = story;
  aws.world.faults.iamDelay = 90_000;
  await role('young');
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'young', PolicyArn: fullAccess }));
  const [told, ...others] = await news();
  aws.world.faults.iamDelay = 0;
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[CRITICAL\] Rekognition: role\/young can now /);
  expect(told).toMatch(
    /created role\/young by break-glass .* attached AmazonRekognitionFullAccess to role\/young/,
  );
}, 180_000);

it('an administrator of whom the simulation does not say what the organization denies: until the second look', async () => {
  const { iam, aws, news } = story;
  aws.world.faults.add({ operation: 'iam:SimulatePrincipalPolicy', kind: 'lost' });
  aws.platform.timers.after(400_000, () => aws.world.faults.clear());
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'asked', PolicyArn }));
  expect(await news()).toEqual([
    expect.stringMatching(
      /^\[CRITICAL\] .*role\/asked can now .* unclear role\/asked could not be checked in full/,
    ),
    expect.stringMatching(/^\[RESOLVED\] Rekognition: role\/asked could be checked again/),
  ]);
}, 180_000);
