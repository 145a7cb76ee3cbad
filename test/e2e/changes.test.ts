import { readFileSync } from 'node:fs';
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
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { SnsMessage } from '@permission-check/embedded-aws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';

const full = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
const readOnlyArn = 'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess';
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

/** A sample of events/cloudtrail, as the bus takes it. */
function eventOf(name: string) {
  const file = new URL(`../../events/cloudtrail/${name}.json`, import.meta.url);
  const {
    source,
    'detail-type': detailType,
    detail,
  } = busEvent.parse(JSON.parse(readFileSync(file, 'utf8')));
  return { source, detailType, detail };
}
const busEvent = z.object({
  source: z.string(),
  'detail-type': z.string(),
  detail: z.record(z.string(), z.json()),
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
  }, 60_000);

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

describe('what cannot be read', () => {
  it('has the whole account checked at once, and names who did it', async () => {
    const { aws, stack } = deployed;
    const padded = eventOf('put-role-policy-parameters-omitted');
    stack.tick('SweepFunctionDaily');
    await stack.settle();
    aws.platform.cloudTrail.switches.logging = false;
    await attach('analyst');
    aws.platform.bus.put(padded);
    await stack.settle();
    expect(aws.messages()).toHaveLength(2);
    expect(text(aws.messages()[1])).toMatch(
      /did PutRolePolicy, on whom the event does not say[\s\S]*by {4}deploy/,
    );
    expect(aws.messages()[1]?.subject).toMatch(/role\/analyst can now/);
  });

  it('is checked one at a time, with everybody named who caused it', async () => {
    const { aws, stack } = deployed;
    aws.platform.cloudTrail.switches.logging = false;
    const sweeps = () =>
      stack.invocations('CheckPrincipalsFunction').filter(({ event }) => event.includes('expectations'))
        .length;
    for (let index = 0; index < 20; index++) {
      const { detail, ...rest } = eventOf('put-role-policy-parameters-omitted');
      aws.platform.bus.put({ ...rest, detail: { ...detail, eventID: `flood-${index}` } });
    }
    await attach('analyst');
    await stack.settle();
    expect(aws.messages()).toHaveLength(1);
    expect(sweeps()).toBeLessThanOrEqual(6);
  });

  it('does not wait in a dead-letter queue', async () => {
    const { aws, stack } = deployed;
    stack.queue('ChangeQueue').send({ body: '{"not":"an event"}', attributes: {}, senderId: 'tester' });
    await attach('analyst');
    await stack.settle();
    expect(aws.messages()).toHaveLength(1);
    expect(stack.queue('ChangeDeadLetters').bodies()).toEqual([]);
  });
});

describe('IAM that is late', () => {
  it('ends in the alert all the same, with who did it', async () => {
    const { aws, stack } = deployed;
    const looks = () => stack.invocations('CheckPrincipalsFunction').length;
    // Reads do not see the change before the first look, a minute after it, is over.
    Object.defineProperty(aws.world.faults, 'iamDelay', { get: () => (looks() === 0 ? 1e9 : 0) });
    await attach('analyst');
    await stack.settle();
    expect(looks()).toBeGreaterThan(1);
    expect(aws.messages()).toHaveLength(1);
    expect(text(aws.messages()[0])).toContain('attached AmazonRekognitionFullAccess to role/analyst');
  });
});

describe('a name in another spelling', () => {
  it('is the same role', async () => {
    const { aws, stack } = deployed;
    aws.platform.cloudTrail.switches.logging = false;
    await attach('analyst');
    const { detail, ...rest } = eventOf('attach-role-policy-name-in-capitals');
    aws.platform.bus.put({
      ...rest,
      detail: { ...detail, requestParameters: { roleName: 'ANALYST', policyArn: full } },
    });
    await stack.settle();
    expect(aws.messages()).toHaveLength(1);
    expect(aws.messages()[0]?.subject).toMatch(/role\/analyst can now/);
  });
});
