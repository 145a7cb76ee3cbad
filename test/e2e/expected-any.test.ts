import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AttachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';
import { monday, passUntil, tuesday } from '#test/support/weekdays.ts';

let deployed: DeployedStack;
let directory: string;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'expectations-'));
  const expectations = join(directory, 'expectations.yaml');
  writeFileSync(
    expectations,
    'principals:\n  - match: [role/break-glass, role/analyst]\n    expect: any\ndefault: built-in\n',
  );
  const parameters = { WeeklyReport: 'yes' };
  deployed = await deployStack({ account: sample('story-account.json'), expectations, parameters });
});
afterEach(async () => {
  await deployed.stop();
  rmSync(directory, { recursive: true, force: true });
});

const sweep = async () => {
  const before = deployed.aws.messages().length;
  deployed.stack.tick('SweepFunctionDaily');
  await deployed.stack.settle();
  return deployed.aws
    .messages()
    .slice(before)
    .map(({ byProtocol }) => (byProtocol.email ?? '').replaceAll(/\s+/g, ' '));
};

const listed = (role: string, policy: string) =>
  new RegExp(`critical role/${role}: [^:]+ \\(\\+\\d+\\), by ${policy}; not judged, as "any" is expected`);

test('whom the team expects anything of is not told of, and listed with what it can do: first, and weekly', async () => {
  passUntil(tuesday, deployed);
  const [baseline, ...others] = await sweep();
  expect(others).toEqual([]);
  expect(baseline).toMatch(listed('break-glass', 'AdministratorAccess'));
  // Of an administrator whom the built-in expectation leaves alone nobody said so.
  expect(baseline).toMatch(/critical user\/alice: [^;]+, by AdministratorAccess (high|medium)/);

  const { aws, stack } = deployed;
  const iam = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
  });
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'analyst', PolicyArn }));
  iam.destroy();
  await stack.settle();
  expect(aws.messages()).toHaveLength(1);

  passUntil(monday, deployed);
  const [weekly, ...more] = await sweep();
  expect(more).toEqual([]);
  expect(weekly).toMatch(listed('break-glass', 'AdministratorAccess'));
  expect(weekly).toMatch(listed('analyst', '[^;]*AmazonRekognitionFullAccess[^;]*'));
  expect(weekly).not.toMatch(/user\/alice: [^;]+; not judged/);
}, 180_000);
