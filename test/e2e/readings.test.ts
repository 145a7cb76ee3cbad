import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DetachRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';

const account = 'arn:aws:iam::123456789012';
const roleOf = (RoleName: string, trusted: object, PolicyArn?: string) => ({
  Path: '/',
  RoleName,
  RoleId: `AROA${RoleName.toUpperCase().replaceAll('-', '')}`,
  Arn: `${account}:role/${RoleName}`,
  CreateDate: '2025-01-11T09:00:00+00:00',
  AssumeRolePolicyDocument: trustOf(trusted),
  RolePolicyList: [],
  InstanceProfileList: [],
  AttachedManagedPolicies:
    PolicyArn === undefined ? [] : [{ PolicyName: PolicyArn.split('/').at(-1), PolicyArn }],
  Tags: [],
});
const trustOf = (Principal: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
});
const allow = (Action: string, Resource = '*') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] });
const service = { Service: 'lambda.amazonaws.com' };
const attachmentOf = (RoleName: string) => ({
  RoleName,
  PolicyArn: 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess',
});
const story = z
  .looseObject({ RoleDetailList: z.array(z.unknown()), Policies: z.array(z.unknown()) })
  .parse(JSON.parse(readFileSync(sample('story-account.json'), 'utf8')));

/** A policy that nobody has, and that said more before. */
const narrowed = {
  PolicyName: 'narrowed',
  PolicyId: 'ANPANARROWED000000000',
  Arn: `${account}:policy/narrowed`,
  Path: '/',
  DefaultVersionId: 'v2',
  CreateDate: '2025-01-11T09:00:00+00:00',
  UpdateDate: '2025-01-12T09:00:00+00:00',
  PolicyVersionList: [
    ['v2', 'iam:SetDefaultPolicyVersion'],
    ['v1', 'rekognition:DeleteFaces'],
  ].map(([VersionId = '', action = '']) => ({
    VersionId,
    Document: allow(action),
    IsDefaultVersion: VersionId === 'v2',
    CreateDate: '2025-01-11T09:00:00+00:00',
  })),
};

/** One that nobody has, either. */
const spare = {
  ...narrowed,
  PolicyName: 'spare',
  PolicyId: 'ANPASPARE000000000000',
  Arn: `${account}:policy/spare`,
  DefaultVersionId: 'v1',
  PolicyVersionList: [
    {
      VersionId: 'v1',
      Document: allow('rekognition:DeleteFaces'),
      IsDefaultVersion: true,
      CreateDate: '2025-01-11T09:00:00+00:00',
    },
  ],
};

let directory: string;
let deployed: DeployedStack;
let iam: IAMClient;
/** Deploys the stack beside that many roles that nobody has an eye on. */
async function deploy(others: number): Promise<void> {
  const crowd = Array.from({ length: others }, (_, index) => roleOf(`other-${index}`, service));
  const all = [...crowd, roleOf('gate', service), roleOf('vault', { AWS: `${account}:role/gate` })];
  directory = mkdtempSync(join(tmpdir(), 'account-'));
  const file = join(directory, 'account.json');
  const lists = {
    RoleDetailList: [...story.RoleDetailList, ...all],
    Policies: [...story.Policies, narrowed, spare],
  };
  writeFileSync(file, JSON.stringify({ ...story, ...lists }));
  deployed = await deployStack({ account: file, expectations: sample('story-expectations.yaml') });
  const { aws } = deployed;
  iam = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor(`${account}:role/break-glass`),
  });
}
afterEach(async () => {
  iam.destroy();
  await deployed.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Does something; answers what the functions have asked IAM for because of it, and what was told. */
async function because(act: () => Promise<unknown>) {
  const { aws, stack } = deployed;
  const [calls, mails] = [aws.world.calls().length, aws.messages().length];
  await act();
  await stack.settle();
  const asked = aws.world
    .calls()
    .slice(calls)
    .filter(({ service: of, caller }) => of === 'iam' && /Function/.test(caller))
    .map(({ operation }) => operation);
  const texts = aws
    .messages()
    .slice(mails)
    .map(({ byProtocol }) => byProtocol.email ?? '');
  const whole = asked.filter((one) => one === 'GetAccountAuthorizationDetails').length;
  return { asked, whole, texts };
}

describe('in an account of 6,500 roles', () => {
  beforeEach(() => deploy(6_500));

  it('a change of one principal costs a few calls, and is judged among all others as they are', async () => {
    // Nothing is known: the account is read whole, and kept.
    const first = await because(() => iam.send(new AttachRolePolicyCommand(attachmentOf('other-1'))));
    expect(first.whole).toBe(7);
    expect(first.texts.join()).toContain('role/other-1');

    // Known by now: a change of its own is all that there is to read.
    const { asked, whole, texts } = await because(() =>
      iam.send(new DetachRolePolicyCommand(attachmentOf('other-1'))),
    );
    expect(whole).toBe(0);
    expect(asked.sort()).toEqual(['GetPolicy', 'GetRole', 'ListAttachedRolePolicies', 'ListRolePolicies']);
    expect(texts.join()).toContain('role/other-1');

    // Who can become the vault shows in what was read of the gate since.
    const anyone = new UpdateAssumeRolePolicyCommand({
      RoleName: 'gate',
      PolicyDocument: JSON.stringify(trustOf({ AWS: '*' })),
    });
    expect((await because(() => iam.send(anyone))).whole).toBe(0);
    const vault = await because(() => iam.send(new AttachRolePolicyCommand(attachmentOf('vault'))));
    expect(vault.whole).toBe(0);
    expect(vault.texts.join()).toMatch(/can be reached by anyone with an AWS account through role\/gate/);

    // What a policy said before, whoever has it by now may bring back.
    const narrow = { RoleName: 'other-2', PolicyArn: narrowed.Arn };
    const indirect = await because(() => iam.send(new AttachRolePolicyCommand(narrow)));
    expect(indirect.whole).toBe(0);
    expect(indirect.texts.join().replace(/\s+/g, ' ')).toContain(
      'role/other-2 can come to delete faces: it may make version v1 of policy/narrowed the default',
    );

    // What a policy says that nobody has, whoever may attach it comes to.
    const condition = { ArnEquals: { 'iam:PolicyARN': spare.Arn } };
    const attach = { Effect: 'Allow', Action: 'iam:AttachRolePolicy', Resource: '*', Condition: condition };
    const attaching = new PutRolePolicyCommand({
      RoleName: 'other-3',
      PolicyName: 'attach',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: attach }),
    });
    const attached = await because(() => iam.send(attaching));
    expect(attached.whole).toBe(0);
    expect(attached.texts.join().replace(/\s+/g, ' ')).toContain(
      'role/other-3 can come to delete faces: it may attach spare to itself',
    );
  }, 240_000);

  it('what is kept is for the stack alone, encrypted, and expires in a day', async () => {
    await because(() => iam.send(new AttachRolePolicyCommand(attachmentOf('other-1'))));
    const { aws, stack } = deployed;
    const { name = '', lifecycle } =
      stack.template.buckets.find((one) => one.logicalId === 'ReportsBucket') ?? {};
    expect(lifecycle).toContainEqual(
      expect.objectContaining({ enabled: true, prefix: 'accounts/', expirationDays: 1 }),
    );
    const kept = aws.platform.buckets.find(name)?.versions() ?? [];
    const parts = kept.filter(({ key }) => key.startsWith('accounts/read/'));
    expect(parts).toHaveLength(5);
    for (const { content } of parts) expect(content?.encryption).toEqual({ algorithm: 'AES256' });
    const reader = new S3Client({
      endpoint: aws.endpoint,
      region: 'us-east-1',
      credentials: aws.credentialsFor({ policies: [allow('s3:GetObject', `arn:aws:s3:::${name}/lists/*`)] }),
    });
    const part = new GetObjectCommand({ Bucket: name, Key: parts[0]?.key });
    await expect(reader.send(part)).rejects.toThrow(/not authorized to perform: s3:GetObject/);
    reader.destroy();
  }, 240_000);
});

describe('a sweep', () => {
  beforeEach(() => deploy(120));

  it('reads the account once, however many functions check it', async () => {
    const { stack } = deployed;
    const { whole, asked } = await because(async () => stack.tick('SweepFunctionDaily'));
    expect(whole).toBe(1);
    expect(asked.length).toBeLessThan(20);
    const messages = stack.invocations('CheckPrincipalsFunction').length;
    expect(messages).toBeGreaterThan(0);
  }, 180_000);

  it('a policy of many roles is read about once', async () => {
    const { stack } = deployed;
    await because(async () => stack.tick('SweepFunctionDaily'));
    const arn = `${account}:policy/shared`;
    await iam.send(new CreatePolicyCommand({ PolicyName: 'shared', PolicyDocument: allow('s3:GetObject') }));
    for (let index = 0; index < 100; index += 1)
      await iam.send(new AttachRolePolicyCommand({ RoleName: `other-${index}`, PolicyArn: arn }));
    await stack.settle();
    const version = { PolicyArn: arn, PolicyDocument: allow('rekognition:DeleteFaces'), SetAsDefault: true };
    const { asked, texts } = await because(() => iam.send(new CreatePolicyVersionCommand(version)));
    expect(texts.join()).toContain('100 roles');
    const counted = new Map<string, number>();
    for (const one of asked) counted.set(one, (counted.get(one) ?? 0) + 1);
    // Two functions may begin at the same moment.
    expect(counted.get('GetAccountAuthorizationDetails')).toBeLessThanOrEqual(2);
    expect(counted.get('SimulatePrincipalPolicy')).toBeLessThanOrEqual(4);
  }, 240_000);
});
