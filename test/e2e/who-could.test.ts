import { AttachRolePolicyCommand, DetachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';
import { run } from '#test/cli/program.ts';
import { readAnswer } from '#test/support/answers.ts';

const full = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
const auditor = 'arn:aws:iam::123456789012:role/break-glass';
let deployed: DeployedStack;
let iam: IAMClient;
beforeAll(async () => {
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
  });
  const { aws, stack } = deployed;
  iam = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor(auditor),
  });
  await stack.invoke('SweepFunction', {});
  await stack.settle();
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'analyst', PolicyArn: full }));
  await stack.settle();
  await iam.send(new DetachRolePolicyCommand({ RoleName: 'analyst', PolicyArn: full }));
  await stack.settle();
}, 240_000);
afterAll(async () => {
  iam.destroy();
  await deployed.stop();
});

const ask = (...args: string[]) => {
  const table = String(deployed.stack.template.outputs.HistoryTableName);
  return run(['who-could', ...args, '--table', table], deployed.aws.envFor(auditor));
};
const today = () => deployed.aws.world.clock().toISOString().slice(0, 10);

it('names whoever could delete faces on the day, also who cannot any more, and who made it so', async () => {
  const { stdout, stderr } = await ask('DeleteFaces', '--on', today(), '--format', 'json');
  expect(stderr).toBe('');
  const { command, could } = readAnswer(stdout);
  expect(command).toBe('who-could');
  const analyst = (could as { subject: string }[]).filter(({ subject }) => subject === 'role/analyst');
  expect(analyst).toEqual([
    expect.objectContaining({
      actions: ['rekognition:DeleteFaces'],
      until: expect.stringMatching(/^20/),
      changes: [expect.objectContaining({ eventName: 'AttachRolePolicy' })],
    }),
  ]);
  const text = await ask('DeleteFaces', '--on', today());
  expect(text.stdout).toMatch(/could do DeleteFaces on 20\d\d-\d\d-\d\d \(UTC\)/);
  expect(text.stdout).toContain('after  attached AmazonRekognitionFullAccess to role/analyst');
}, 180_000);

it('says of a day before the log that nothing is known', async () => {
  const { code, stdout } = await ask('DeleteFaces', '--on', '2020-01-01');
  expect(stdout).toContain('Not known:');
  expect(code).toBe(2);
}, 180_000);

it('refuses what is no day, no action and no table of the stack', async () => {
  const bad = async (...args: string[]) => {
    const { code, stderr } = await ask(...args);
    expect(code).toBe(3);
    return stderr;
  };
  expect(await bad('DeleteFaces', '--on', 'yesterday')).toContain('write the day as 2026-11-28');
  expect(await bad('--on', today())).toContain('name an action');
  expect(await bad('DeleteFaces', '--on', today(), '--account', '999999999999')).toContain(
    'no log of account',
  );
}, 180_000);
