import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  SetDefaultPolicyVersionCommand,
} from '@aws-sdk/client-iam';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { afterEach, expect, test, vi } from 'vitest';
import { type DeployedStack, deployStack, type StackOptions, sample } from '#cli/demo/stack.ts';

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const document = (Action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });

let deployed: DeployedStack | undefined;
let directory: string | undefined;
afterEach(async () => {
  await deployed?.stop();
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
});

/** A stack whose expectations are these, with a role `app` and nobody else's news. */
async function story(expectations: string, options: Partial<StackOptions> = {}) {
  directory = mkdtempSync(join(tmpdir(), 'expectations-'));
  const file = join(directory, 'expectations.yaml');
  writeFileSync(file, expectations);
  deployed = await deployStack({ account: sample('story-account.json'), expectations: file, ...options });
  const { aws, stack } = deployed;
  const iam = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
  });
  await iam.send(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: trust }));
  let seen = 0;
  const news = async () => {
    await stack.settle();
    const fresh = aws.messages().slice(seen);
    seen = aws.messages().length;
    return fresh.map(({ subject = '', byProtocol }) => `${subject}\n${byProtocol.email}`);
  };
  const put = (Action: string) =>
    iam.send(
      new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'own', PolicyDocument: document(Action) }),
    );
  const remove = () => iam.send(new DeleteRolePolicyCommand({ RoleName: 'app', PolicyName: 'own' }));
  return { aws, stack, iam, news, put, remove };
}

test('what a rule expects and is lost is missing, and not a loss', async () => {
  const { news, put, remove } = await story(`principals:
  - match: role/app
    expect: [searching]
sets:
  searching:
    - {Effect: Allow, Action: rekognition:SearchFaces, Resource: '*'}
default: []
`);
  await put('rekognition:SearchFaces');
  await news();
  await remove();
  const [told = '', ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/role\/app cannot search faces/);
  expect(told).not.toMatch(/can now|WORSE|no longer/);
}, 180_000);

test('what nobody expects and is lost is a loss, never growth', async () => {
  const { news, put, remove } = await story('default: built-in\n');
  await put('rekognition:SearchFaces');
  await news();
  await remove();
  const [told = '', ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[LOW\] .*role\/app can no longer search faces/);
  expect(told).not.toMatch(/can now|WORSE/);
}, 180_000);

test('a default version that is flipped and flipped back leaves one message about what was open', async () => {
  const { iam, stack, news } = await story('default: built-in\n');
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: 'vision', PolicyDocument: document('s3:GetObject') }),
  );
  const PolicyArn = Policy?.Arn;
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn }));
  stack.tick('SweepFunctionDaily');
  await news();
  const PolicyDocument = document('rekognition:DeleteFaces');
  await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
  await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  const [told = '', ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[CRITICAL\] .*role\/app could delete faces for a while/);
  expect(told).not.toMatch(/can now|WORSE/);
}, 180_000);

test('a topic that nobody has subscribed is asked again every five minutes', async () => {
  const { aws, news, put } = await story('default: built-in\n', { parameters: { NotificationEmail: '' } });
  const waits = vi.spyOn(aws.platform.timers, 'after');
  await put('rekognition:DeleteFaces');
  expect(await news()).toEqual([]);
  const minutes = waits.mock.calls.map(([milliseconds]) => Math.round(milliseconds / 60_000));
  expect(minutes.filter((one) => one === 5).length).toBeGreaterThan(40);
  expect(minutes).not.toContain(10);
}, 180_000);

test('who subscribes where nobody had is told what is open within minutes, without a sweep', async () => {
  const { aws, stack, news, put } = await story('default: built-in\n', {
    parameters: { NotificationEmail: '' },
  });
  const credentials = aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass');
  const sns = new SNSClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials });
  const TopicArn = stack.template.topics[0]?.arn;
  let subscribedAt = 0;
  aws.platform.timers.after(3_600_000, async () => {
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'team@example.com' }));
    subscribedAt = aws.world.clock().getTime();
  });
  await put('rekognition:DeleteFaces');
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[CRITICAL\] Rekognition: role\/app can now delete faces/);
  const [message] = aws.messages();
  expect(message?.deliveries).toHaveLength(1);
  const minutes = ((message?.time.getTime() ?? 0) - subscribedAt) / 60_000;
  expect(minutes).toBeGreaterThan(0);
  expect(minutes).toBeLessThan(6);
  sns.destroy();
}, 180_000);
