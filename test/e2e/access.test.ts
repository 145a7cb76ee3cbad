import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
} from '@aws-sdk/client-iam';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import type { SnsMessage } from '@permission-check/embedded-aws';
import { afterEach, describe, expect, it } from 'vitest';
import { type DeployedStack, deployStack, projectRoot, type StackOptions, sample } from '#cli/demo/stack.ts';

const full = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
const collection = (name: string) => `arn:aws:rekognition:us-east-1:123456789012:collection/${name}`;
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const document = (Action: string | string[], more: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource: '*', ...more }],
  });

let deployed: DeployedStack | undefined;
const directories: string[] = [];
afterEach(async () => {
  await deployed?.stop();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A stack, and IAM as its administrator; messages since the last look. */
async function story(options: Partial<StackOptions> = {}) {
  deployed = await deployStack({
    account: sample('story-account.json'),
    // The file that is shipped: nobody has written a rule.
    expectations: join(projectRoot, 'expectations.yaml'),
    ...options,
  });
  const { aws, stack } = deployed;
  const iam = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
  });
  let seen = 0;
  const news = async (): Promise<readonly SnsMessage[]> => {
    await stack.settle();
    const fresh = aws.messages().slice(seen);
    seen = aws.messages().length;
    return fresh;
  };
  const sweep = () => {
    stack.tick('SweepFunctionDaily');
    return news();
  };
  const put = (RoleName: string, PolicyDocument: string, PolicyName = 'own') =>
    iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
  const create = (RoleName: string) =>
    iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  const attach = (RoleName: string, PolicyArn = full) =>
    iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  return { iam, news, sweep, put, create, attach, deployed };
}
const subjects = (messages: readonly SnsMessage[]) => messages.map(({ subject }) => subject ?? '');
const text = (messages: readonly SnsMessage[]) => messages[0]?.byProtocol.email ?? '';

describe('where nobody wrote a rule', () => {
  it('FullAccess on a fresh role is told, with who did it and how to undo it', async () => {
    const { create, attach, news } = await story();
    await create('new-service');
    await attach('new-service');
    const told = await news();
    expect(subjects(told)).toEqual([
      expect.stringMatching(/^\[CRITICAL\] Rekognition: role\/new-service can now /),
    ]);
    expect(text(told)).toContain('attached AmazonRekognitionFullAccess to role/new-service');
    expect(text(told)).toContain('aws iam detach-role-policy --role-name new-service');
    // The first picture of the README is what is sent.
    const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
    for (const line of readme
      .split('\n')
      .filter((one) => /^ {4}(role\/new-service| {2}(attached|because|all|TO UNDO|aws|--))/.test(one)))
      expect(`${told[0]?.subject}\n${text(told)}`.replaceAll(/\s+/g, ' ')).toContain(
        line
          .trim()
          .replace(/^Subject: /, '')
          .replaceAll(/\s+/g, ' '),
      );
    expect(readme).toContain(`Subject: ${told[0]?.subject}`);
  }, 180_000);

  it('the first look is told once, as where it stands; then only changes are', async () => {
    const { create, put, sweep, news } = await story();
    const [baseline, ...others] = await sweep();
    expect(others).toEqual([]);
    expect(baseline?.subject).toMatch(/^Rekognition: \d+ principals watched, \d+ can use it$/);
    expect(baseline?.byProtocol.email).not.toMatch(/can now|WORSE/);
    expect(await sweep()).toEqual([]);
    await create('later');
    await put('later', document('rekognition:DetectText'));
    expect(subjects(await news())).toEqual([expect.stringMatching(/role\/later can now detect text/)]);
  }, 180_000);

  it('a new principal that only the sweep finds is told', async () => {
    const {
      create,
      put,
      sweep,
      deployed: { aws },
    } = await story();
    await sweep();
    aws.platform.cloudTrail.switches.logging = false;
    await create('hidden');
    await put('hidden', document('rekognition:DeleteFaces'));
    expect(subjects(await sweep())).toEqual([expect.stringMatching(/role\/hidden can now delete faces/)]);
  }, 180_000);

  it('less access is a loss, by scope, condition or boundary, and never worse', async () => {
    const { iam, create, put, news } = await story();
    await create('app');
    await put('app', document('rekognition:SearchFaces'));
    expect(await news()).toHaveLength(1);
    const loss = async () => {
      const told = await news();
      expect(subjects(told)).toEqual([
        expect.stringMatching(/^\[LOW\] .*role\/app can no longer search faces/),
      ]);
      expect(text(told)).not.toMatch(/can now|WORSE/);
    };
    await put('app', document('rekognition:SearchFaces', { Resource: collection('shop') }));
    await loss();
    const Condition = { IpAddress: { 'aws:SourceIp': '198.51.100.0/24' } };
    await put('app', document('rekognition:SearchFaces', { Resource: collection('shop'), Condition }));
    await loss();
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'only-s3', PolicyDocument: document('s3:*') }),
    );
    const PermissionsBoundary = Policy?.Arn;
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: 'app', PermissionsBoundary }));
    await loss();
    await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'app' }));
    expect(subjects(await news())).toEqual([expect.stringMatching(/role\/app can now search faces/)]);
  }, 180_000);

  it('growth that hides in a change that also shrinks is told, with what was lost', async () => {
    const { create, put, news } = await story();
    await create('app');
    await put('app', document('rekognition:Search*'));
    await news();
    await put('app', document(['rekognition:SearchFaces', 'rekognition:DeleteFaces']));
    const told = await news();
    expect(subjects(told)).toEqual([expect.stringMatching(/^\[CRITICAL\] .*role\/app can now delete faces/)]);
    expect(text(told)).toContain('can do less than before');
  }, 180_000);

  it('FullAccess beside an inline policy that allows everything is neither news nor an end', async () => {
    const { iam, create, put, attach, news } = await story();
    await create('app');
    await put('app', document('rekognition:*'));
    expect(await news()).toHaveLength(1);
    await attach('app');
    expect(await news()).toEqual([]);
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'app', PolicyName: 'own' }));
    expect(await news()).toEqual([]);
    await iam.send(new DetachRolePolicyCommand({ RoleName: 'app', PolicyArn: full }));
    expect(subjects(await news())).toEqual([expect.stringMatching(/^\[LOW\] .*role\/app can no longer/)]);
  }, 180_000);

  it('losses can be left out; gains cannot', async () => {
    const { iam, create, put, news } = await story({ parameters: { AnnounceLosses: 'no' } });
    await create('app');
    await put('app', document('rekognition:DetectText'));
    expect(await news()).toHaveLength(1);
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'app', PolicyName: 'own' }));
    expect(await news()).toEqual([]);
    await put('app', document('rekognition:DetectText'));
    expect(await news()).toHaveLength(1);
  }, 180_000);

  it('the end of somebody who had access is told', async () => {
    const { iam, create, put, news } = await story();
    await create('app');
    await put('app', document('rekognition:DetectText'));
    await news();
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'app', PolicyName: 'own' }));
    await iam.send(new DeleteRoleCommand({ RoleName: 'app' }));
    expect(subjects(await news())).toEqual([expect.stringMatching(/^\[LOW\] .*role\/app was deleted/)]);
  }, 180_000);
});

describe('where a rule judges', () => {
  const rules = (text: string): string => {
    const directory = mkdtempSync(join(tmpdir(), 'expectations-'));
    directories.push(directory);
    const file = join(directory, 'expectations.yaml');
    writeFileSync(file, text);
    return file;
  };

  it('less access than was told is no alert', async () => {
    const { create, put, news } = await story({ expectations: rules('default: []\n') });
    await create('app');
    await put('app', document('rekognition:SearchFaces'));
    expect(subjects(await news())).toEqual([expect.stringMatching(/^\[HIGH\] .*can now search faces/)]);
    await put('app', document('rekognition:SearchFaces', { Resource: collection('shop') }));
    expect(await news()).toEqual([]);
    await put('app', document('rekognition:SearchFaces'));
    expect(subjects(await news())).toEqual([expect.stringMatching(/can now search faces/)]);
  }, 180_000);

  it('who tags himself into a rule is covered by it, and not resolved', async () => {
    const { iam, create, attach, news } = await story({
      expectations: rules(
        'principals:\n  - match: {tag: {team: vision}}\n    expect: [AmazonRekognitionFullAccess]\ndefault: []\n',
      ),
    });
    await create('app');
    await attach('app');
    expect(await news()).toHaveLength(1);
    await iam.send(new TagRoleCommand({ RoleName: 'app', Tags: [{ Key: 'team', Value: 'vision' }] }));
    const told = await news();
    expect(subjects(told)).toEqual([expect.stringMatching(/^\[COVERED\]/)]);
    expect(text(told)).toMatch(/is now covered by rule\s+expectations\.yaml:2/);
    expect(text(told)).toMatch(/its\s+access\s+is\s+the\s+same/);
    expect(text(told)).not.toContain('RESOLVED');
  }, 180_000);
});

describe('a topic that nobody has subscribed', () => {
  it('has nothing announced, and tells its first subscriber what is open', async () => {
    const {
      create,
      attach,
      news,
      deployed: { aws, stack },
    } = await story({
      parameters: { NotificationEmail: '' },
    });
    await create('new-service');
    await attach('new-service');
    expect(await news()).toEqual([]);
    const metrics = stack.invocations('CheckPrincipalsFunction').flatMap(({ logs }) => logs);
    expect(metrics.some((line) => line.includes('"NobodySubscribed":1'))).toBe(true);

    const sns = new SNSClient({
      endpoint: aws.endpoint,
      region: 'us-east-1',
      credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
    });
    const TopicArn = stack.template.topics[0]?.arn;
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'team@example.com' }));
    sns.destroy();
    stack.tick('SweepFunctionDaily');
    expect(subjects(await news()).join()).toMatch(/role\/new-service can now /);
  }, 180_000);
});
