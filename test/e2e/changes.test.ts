import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { SnsMessage } from '@permission-check/embedded-aws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';

const full = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const policy = (Action: string | string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });

let deployed: DeployedStack;
let iam: IAMClient;
beforeEach(async () => {
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
  });
  const { aws } = deployed;
  iam = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
  });
});
afterEach(async () => {
  iam.destroy();
  await deployed.stop();
});

const text = (message: SnsMessage | undefined) => message?.byProtocol.email ?? '';
const attach = (RoleName: string) => iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: full }));
const detach = (RoleName: string) => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: full }));

describe('a change of IAM', () => {
  it('of a policy that 30 roles have is one e-mail that says so', async () => {
    const { aws, stack } = deployed;
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'vision', PolicyDocument: policy('s3:GetObject') }),
    );
    const roles = Array.from({ length: 30 }, (_, index) => `batch-${index}`);
    for (const RoleName of roles) {
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
      await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: Policy?.Arn }));
    }
    await stack.settle();
    expect(aws.messages()).toEqual([]);

    await iam.send(
      new CreatePolicyVersionCommand({
        PolicyArn: Policy?.Arn,
        PolicyDocument: policy('rekognition:DeleteFaces'),
        SetAsDefault: true,
      }),
    );
    await stack.settle();
    expect(aws.messages()).toHaveLength(1);
    expect(aws.messages()[0]?.subject).toMatch(/30 roles/);
    expect(text(aws.messages()[0])).toContain('made a new default version of vision');
    expect(stack.invocations('CheckPrincipalsFunction').length).toBeGreaterThan(2);
    expect(stack.invocations('CheckPrincipalsFunction').some(({ event }) => event.includes('close'))).toBe(
      true,
    );
  }, 60_000);

  it('of a group is told for its members', async () => {
    const { aws, stack } = deployed;
    await iam.send(new AttachGroupPolicyCommand({ GroupName: 'store-analysts', PolicyArn: full }));
    await stack.settle();
    expect(aws.messages()).toHaveLength(1);
    expect(aws.messages()[0]?.subject).toMatch(/user\/grace can now/);
  });

  it('is told once though every event comes twice and out of order', async () => {
    const { aws, stack } = deployed;
    Object.assign(aws.platform.cloudTrail.switches, { duplicateEvery: 1, reorder: true });
    await attach('analyst');
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: 'analyst',
        PolicyName: 'more',
        PolicyDocument: policy('rekognition:*'),
      }),
    );
    await stack.settle();
    expect(aws.messages()).toHaveLength(1);
    expect(text(aws.messages()[0])).toContain('wrote inline policy "more" of role/analyst');
  });

  it('is told though another chunk of its batch never comes to its end', async () => {
    const { aws, stack } = deployed;
    aws.platform.cloudTrail.switches.logging = false;
    await attach('analyst');
    const batch = { id: 'half', chunks: 2, purpose: 'change' };
    const principals = [{ subject: 'role/analyst', changes: [] }];
    const bodies = [
      { kind: 'check', batch, chunk: 1, principals, done: [], changes: [] },
      { kind: 'close', batch, round: 1 },
    ];
    for (const body of bodies) {
      stack.queue('CheckQueue').send({ body: JSON.stringify(body), attributes: {}, senderId: 'tester' });
      await stack.settle();
    }
    expect(aws.messages()).toHaveLength(1);
    expect(stack.queue('CheckDeadLetters').bodies()).toEqual([]);
  }, 60_000);

  it('that is undone before anybody could be told is not told', async () => {
    const { aws, stack } = deployed;
    await attach('analyst');
    await detach('analyst');
    await stack.settle();
    expect(aws.messages()).toEqual([]);
  });

  it('is told once though SNS refuses the first attempts', async () => {
    const { aws, stack } = deployed;
    aws.world.faults.add({ operation: 'sns:Publish', kind: 'error', next: 4 });
    await attach('analyst');
    await stack.settle();
    expect(aws.messages()).toHaveLength(1);
    expect(stack.invocations('CheckPrincipalsFunction').length).toBeGreaterThan(1);
  });

  it('by deletion resolves what was open', async () => {
    const { aws, stack } = deployed;
    await iam.send(new CreateRoleCommand({ RoleName: 'experiment', AssumeRolePolicyDocument: trust }));
    await attach('experiment');
    await stack.settle();
    await detach('experiment');
    await iam.send(new DeleteRoleCommand({ RoleName: 'experiment' }));
    await stack.settle();
    expect(aws.messages().map(({ subject }) => subject?.slice(0, 10))).toEqual(['[CRITICAL]', '[RESOLVED]']);
  });

  it('that no event told is found by the sweep, also a deletion', async () => {
    const { aws, stack } = deployed;
    await iam.send(new CreateRoleCommand({ RoleName: 'experiment', AssumeRolePolicyDocument: trust }));
    await attach('experiment');
    await stack.settle();
    aws.platform.cloudTrail.switches.logging = false;
    await detach('experiment');
    await iam.send(new DeleteRoleCommand({ RoleName: 'experiment' }));
    await attach('analyst');
    await stack.settle();
    expect(aws.messages()).toHaveLength(1);
    stack.tick('SweepFunctionDaily');
    await stack.settle();
    expect(aws.messages()).toHaveLength(2);
    const digest = text(aws.messages()[1]);
    expect(digest).toContain('role/analyst');
    expect(digest).toContain('role/experiment');
    expect(digest).toContain('daily sweep');
  });
});

describe('what cannot be read', () => {
  it('waits in the dead-letter queue, and the rest of the batch goes on', async () => {
    const { aws, stack } = deployed;
    stack.queue('ChangeQueue').send({ body: '{"not":"an event"}', attributes: {}, senderId: 'tester' });
    await attach('analyst');
    await stack.settle();
    expect(aws.messages()).toHaveLength(1);
    expect(stack.queue('ChangeDeadLetters').bodies()).toEqual(['{"not":"an event"}']);
  });
});
