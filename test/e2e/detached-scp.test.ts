import { AttachRolePolicyCommand } from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { eventFile } from '#test/support/event-file.ts';
import { beginStory, fullAccess, statement } from '#test/support/story.ts';

const scp = (name: string, text: string) => ({ name, type: 'scp' as const, text });
const everything = scp('FullAWSAccess', statement('Allow', '*'));
const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess';

/** An account under SCPs that the test changes, in which everybody was looked at. */
async function organized(...denied: readonly ReturnType<typeof scp>[]) {
  const level = [everything, ...denied];
  const story = await beginStory({ guardrails: { scps: [level] } });
  const { iam, role, put } = story;
  for (const [name, PolicyArn] of [
    ['full', fullAccess],
    ['root-like', administrator],
  ] as const) {
    await role(name);
    await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
  }
  await role('app');
  await put('app', statement('Allow', 'rekognition:DeleteFaces'));
  await story.sweep();
  const simulated = () =>
    story.aws.calls().filter(({ operation }) => operation === 'SimulatePrincipalPolicy').length;
  return { ...story, level, simulated };
}

test('an SCP that is detached is growth for everybody whom nobody wrote a rule for, administrators too', async () => {
  const { level, sweep } = await organized(
    scp('no-deletion', statement('Deny', ['rekognition:DeleteFaces', 'rekognition:CreateCollection'])),
  );
  expect(await sweep()).toEqual([]);
  level.pop();
  const [told = '', ...others] = await sweep();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[CRITICAL\]/);
  for (const who of ['role/app', 'role/full', 'role/root-like', 'user/alice'])
    expect(told).toMatch(new RegExp(`${who}\\b`));
  expect(told).toMatch(/delete faces/);
  expect(told).toMatch(/CreateCollection/);
  expect(told).not.toMatch(/no longer|search/);
  expect(await sweep()).toEqual([]);
}, 180_000);

test('an SCP that is attached is a loss for administrators too, and low', async () => {
  const { level, sweep } = await organized();
  level.push(scp('no-rekognition', statement('Deny', 'rekognition:*')));
  const [told = '', ...others] = await sweep();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[LOW\]/);
  for (const who of ['role/app', 'role/full', 'role/root-like', 'user/alice'])
    expect(told).toMatch(new RegExp(`${who}\\b`));
  expect(told).not.toMatch(/can now/);
}, 180_000);

test('who becomes an administrator where the organization denies all of Rekognition gains nothing', async () => {
  const { iam, role, news } = await organized(scp('no-rekognition', statement('Deny', 'rekognition:*')));
  await role('new');
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'new', PolicyArn: administrator }));
  expect(await news()).toEqual([]);
}, 180_000);

test('one administrator stands for all with the same documents, where no organization tells them apart', async () => {
  const story = await beginStory();
  const { iam, aws, role, sweep } = story;
  const simulated = () =>
    aws.calls().filter(({ operation }) => operation === 'SimulatePrincipalPolicy').length;
  await sweep();
  const before = simulated();
  await sweep();
  const once = simulated() - before;
  for (let number = 0; number < 10; number++) {
    await role(`admin-${number}`);
    await iam.send(new AttachRolePolicyCommand({ RoleName: `admin-${number}`, PolicyArn: administrator }));
  }
  await sweep();
  const then = simulated();
  await sweep();
  expect(simulated() - then).toBeLessThanOrEqual(once + 2);
}, 180_000);

test('one SCP in the place of another is told by its event, what was gained and what was lost, with who did it', async () => {
  const level = [everything, scp('no-deletion', statement('Deny', 'rekognition:DeleteFaces'))];
  const story = await beginStory({
    guardrails: { scps: [level] },
    parameters: { OrganizationEvents: 'yes' },
  });
  await story.role('app');
  await story.put('app', statement('Allow', ['rekognition:DeleteFaces', 'rekognition:SearchFaces']));
  await story.sweep();
  level.splice(1, 1, scp('no-search', statement('Deny', 'rekognition:SearchFaces')));
  story.aws.platform.bus.put(eventFile('organizations-attach-policy', {}));
  const [told, ...others] = await story.news();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[CRITICAL\]/);
  expect(told).toMatch(/role\/app can now delete faces/);
  expect(told).toMatch(/can no longer search faces/);
  expect(told).toMatch(/attached an organization policy by jane/);
  expect(await story.sweep()).toEqual([]);
}, 180_000);
