import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  type IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { SnsMessage } from '@permission-check/embedded-aws';
import { beforeEach, describe, expect, it } from 'vitest';
import { sample } from '#cli/demo/stack.ts';
import { beginStory, type Story, trust } from '#test/support/story.ts';

const full = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
const readOnlyArn = 'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess';
const policy = (Action: string | string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });

let deployed: Story;
let iam: IAMClient;
beforeEach(async () => {
  deployed = await beginStory({ expectations: sample('story-expectations.yaml') });
  ({ iam } = deployed);
});

const text = (message: SnsMessage | undefined) => message?.byProtocol.email ?? '';
const attach = (RoleName: string) => iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: full }));
const detach = (RoleName: string) => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: full }));

describe('a change of IAM', () => {
  it('is told with the command that takes it back: a version, a boundary', async () => {
    const { aws, stack } = deployed;
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'vision', PolicyDocument: policy('rekognition:DetectText') }),
    );
    const PolicyArn = Policy?.Arn;
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'analyst', PolicyArn }));
    await stack.settle();
    const before = aws.messages().length;
    await iam.send(
      new CreatePolicyVersionCommand({
        PolicyArn,
        PolicyDocument: policy('rekognition:*'),
        SetAsDefault: true,
      }),
    );
    await stack.settle();
    const told = aws
      .messages()
      .slice(before)
      .map(text)
      .join('\n')
      .replaceAll(/\s*\\?\n\s*/g, ' ');
    expect(told).toContain(`aws iam set-default-policy-version --policy-arn ${PolicyArn} --version-id v1`);
    await iam.send(
      new PutRolePermissionsBoundaryCommand({ RoleName: 'analyst', PermissionsBoundary: readOnlyArn }),
    );
    await stack.settle();
    const limited = aws.messages().length;
    await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'analyst' }));
    await stack.settle();
    const widened = aws
      .messages()
      .slice(limited)
      .map(text)
      .join('\n')
      .replaceAll(/\s*\\?\n\s*/g, ' ');
    expect(widened).toContain(
      `aws iam put-role-permissions-boundary --role-name analyst --permissions-boundary ${readOnlyArn}`,
    );
  });

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
  }, 180_000);

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
  }, 180_000);

  it('that is undone before anybody looked is told: what was open, from when to when, by whom', async () => {
    const { aws, stack } = deployed;
    // Only somebody of whom it is known what he could do before.
    stack.tick('SweepFunctionDaily');
    await stack.settle();
    const before = aws.messages().length;
    await attach('analyst');
    await detach('analyst');
    await stack.settle();
    const told = aws.messages().slice(before);
    expect(told.map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^\[CRITICAL\] Rekognition: role\/analyst could .* for a while$/),
    ]);
    expect(text(told[0]).replaceAll(/\s+/g, ' ')).toMatch(
      /role\/analyst could .* from \S+Z to \S+Z \(\d+ s\): \S+ attached AmazonRekognitionFullAccess to role\/analyst, and \S+ detached AmazonRekognitionFullAccess from role\/analyst\./,
    );
    // Neither what was there before and after, nor what says nothing of Rekognition.
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: 'analyst',
        PolicyName: 'other',
        PolicyDocument: policy('s3:*'),
      }),
    );
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'analyst', PolicyName: 'other' }));
    stack.tick('SweepFunctionDaily');
    await stack.settle();
    expect(aws.messages()).toHaveLength(before + 1);
  });

  it('is told once though SNS refuses the first attempts', async () => {
    const { aws, stack } = deployed;
    aws.world.faults.add({ operation: 'sns:Publish', kind: 'error', next: 4 });
    await attach('analyst');
    await stack.settle();
    expect(aws.messages()).toHaveLength(1);
    expect(stack.invocations('CheckPrincipalsFunction').length).toBeGreaterThan(1);
  });

  it('of a trust policy is told when it lets anyone in, and not when it is narrowed', async () => {
    const { aws, stack } = deployed;
    const open = (AWS: string) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }],
      });
    const detects = {
      RoleName: 'experiment',
      PolicyName: 'own',
      PolicyDocument: policy('rekognition:DetectFaces'),
    };
    await iam.send(new CreateRoleCommand({ RoleName: 'experiment', AssumeRolePolicyDocument: trust }));
    await iam.send(new PutRolePolicyCommand(detects));
    await stack.settle();
    expect(aws.messages().map(({ subject }) => subject)).toEqual([
      '[MEDIUM] Rekognition: role/experiment can now detect faces',
    ]);
    const assume = (AWS: string) =>
      iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'experiment', PolicyDocument: open(AWS) }));
    await assume('*');
    await stack.settle();
    const told = aws.messages().slice(1);
    expect(told).toHaveLength(1);
    expect(told[0]?.subject).toMatch(
      /^\[HIGH\] Rekognition: role\/experiment can now be assumed by anyone: detect faces/,
    );
    expect(text(told[0])).toContain('changed who can assume role/experiment');
    expect(text(told[0])).toContain('Take back what was done (changed who can assume role/experiment):');
    expect(text(told[0])).toMatch(
      /update-assume-role-policy --role-name experiment .*lambda\.amazonaws\.com/,
    );
    await assume('arn:aws:iam::123456789012:root');
    await stack.settle();
    expect(
      aws
        .messages()
        .slice(2)
        .map(({ subject }) => subject?.slice(0, 10)),
    ).toEqual(['[RESOLVED]']);
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'experiment', PolicyDocument: trust }));
    await stack.settle();
    expect(aws.messages()).toHaveLength(3);
  }, 180_000);

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
    // The sweep is the first one, and says where it stands as well.
    expect(aws.messages()).toHaveLength(3);
    const digest = text(aws.messages()[1]);
    expect(digest).toContain('role/analyst');
    expect(digest).toContain('role/experiment');
    expect(digest).toContain('daily sweep');
  });
});
