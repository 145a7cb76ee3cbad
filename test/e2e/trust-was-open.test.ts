import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { beginStory, type Story, statement, trust } from '#test/support/story.ts';

const lets = (AWS: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }],
  });
const anyone = lets('*');
const partner = lets('arn:aws:iam::444455556666:root');

/** A role that can delete faces, and whose trust policies are written one after the other. */
async function begin(first: string) {
  const story = await beginStory();
  const write = trusting(story);
  await story.role('app');
  await write(first);
  await story.put('app', statement('Allow', 'rekognition:DeleteFaces'));
  await story.sweep();
  return { ...story, write };
}

const trusting =
  ({ iam }: Story) =>
  (PolicyDocument: string) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'app', PolicyDocument }));

test('a trust policy that was opened to anyone and closed again: one message', async () => {
  const { write, news, sweep } = await begin(trust);
  await write(anyone);
  await write(trust);
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(
    /^\[CRITICAL\] Rekognition: role\/app could be assumed by anyone for a while: delete faces /,
  );
  expect(told).toMatch(/could be assumed by anyone with an AWS account from .* to .*: delete faces\./);
  expect(told).toContain('break-glass changed who can assume role/app');
  expect(await sweep()).toEqual([]);
}, 180_000);

test.each([
  ['before', 3, 100],
  ['after', 100, 3],
])(
  'the event of opening is read in a window %s that of closing: told once',
  async (_, opening, closing) => {
    const { write, news, sweep, aws } = await begin(trust);
    const { switches } = aws.platform.cloudTrail;
    switches.delayMs = opening * 1000;
    await write(anyone);
    switches.delayMs = closing * 1000;
    await write(trust);
    expect(await news()).toEqual([expect.stringMatching(/role\/app could be assumed by anyone for a while/)]);
    expect(await sweep()).toEqual([]);
  },
  120_000,
);

test('to a role that can do nothing itself: what it could do as the roles that it can assume in turn', async () => {
  const { iam, role, put, news, sweep } = await beginStory();
  const write = (RoleName: string, PolicyDocument: string) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  for (const name of ['door', 'face-admin', 'other']) await role(name);
  await write('face-admin', lets('arn:aws:iam::123456789012:role/door'));
  for (const name of ['face-admin', 'other']) await put(name, statement('Allow', 'rekognition:DeleteFaces'));
  await sweep();
  await write('door', partner);
  await write('door', trust);
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(
    /^\[CRITICAL\] .*role\/door could be assumed by account 444455556666 for a while: delete faces\. /,
  );
  expect(told).toMatch(
    /: delete faces as role\/face-admin, which it can assume in turn\. break-glass changed/,
  );
  // Nobody has changed who may assume the role behind it.
  expect(told).not.toMatch(/role\/face-admin (could|can) |role\/other/);
  expect(await sweep()).toEqual([]);
}, 180_000);

test('of a role that is deleted before anybody looks', async () => {
  const { write, news, iam } = await begin(trust);
  await write(anyone);
  await iam.send(new DeleteRolePolicyCommand({ RoleName: 'app', PolicyName: 'own' }));
  await iam.send(new DeleteRoleCommand({ RoleName: 'app' }));
  expect((await news()).join()).toMatch(/role\/app could be assumed by anyone with an AWS account from/);
}, 180_000);

test('one that an event hides, and another one replaces, is not known', async () => {
  const { write, news, aws } = await begin(trust);
  await write(`${' '.repeat(120_000)}${anyone}`);
  aws.platform.timers.skip();
  await write(trust);
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[INCONCLUSIVE\] .*role\/app/);
  expect(told).toMatch(
    /Who could assume role\/app from .* is not known: break-glass did UpdateAssumeRolePolicy/,
  );
}, 180_000);

test('one that was narrowed and is as wide as before: none', async () => {
  const { write, news, sweep } = await begin(partner);
  await write(trust);
  await write(partner);
  expect(await news()).toEqual([]);
  expect(await sweep()).toEqual([]);
}, 180_000);

test('one that was opened in one window and closed in another: what a look has shown is told as that alone', async () => {
  const { write, news, aws } = await begin(trust);
  await write(anyone);
  expect(await news()).toEqual([expect.stringContaining('role/app can now be assumed by anyone')]);
  aws.platform.timers.skip();
  await write(trust);
  const told = await news();
  expect(told.filter((text) => text.includes('for a while'))).toEqual([]);
}, 180_000);
