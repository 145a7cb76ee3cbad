import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  ListSubscriptionsByTopicCommand,
  SetSubscriptionAttributesCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';
import { unfolded } from '#lib/report/report-file.ts';

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const searching = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'rekognition:SearchFaces', Resource: '*' }],
});
const writerArn = 'arn:aws:iam::123456789012:role/break-glass';
const rule = (action: string) => `principals:
  - match: role/app
    expect: [searching]
sets:
  searching:
    - {Effect: Allow, Action: [${action}], Resource: '*'}
default: []
`;

let directory: string;
let deployed: DeployedStack;
let iam: IAMClient;
let Bucket: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'expectations-'));
  const expectations = join(directory, 'expectations.yaml');
  writeFileSync(expectations, 'default: []\n');
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations,
    parameters: { ExpectationsWriters: writerArn },
  });
  const { aws, stack } = deployed;
  Bucket = stack.template.buckets.find(({ logicalId }) => logicalId === 'ExpectationsBucket')?.name ?? '';
  iam = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor(writerArn),
  });
  await iam.send(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: trust }));
  await iam.send(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'own', PolicyDocument: searching }));
  stack.tick('SweepFunctionDaily');
  await stack.settle();
}, 180_000);
afterAll(async () => {
  iam.destroy();
  await deployed.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** S3 as somebody; who may write is break-glass, an administrator, and holds the stack's own policy for it. */
function s3As(arn: string): S3Client {
  const { aws } = deployed;
  return new S3Client({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: aws.credentialsFor(arn),
  });
}

/** What the team hears of something that is done to the object, and how often everybody is swept for it. */
async function heard(act: (s3: S3Client) => Promise<{ VersionId?: string | undefined }>) {
  const { aws, stack } = deployed;
  const before = { told: aws.messages().length, run: stack.invocations('CheckPrincipalsFunction').length };
  const s3 = s3As(writerArn);
  const { VersionId: version = '' } = await act(s3);
  s3.destroy();
  await stack.settle();
  expect(stack.problems()).toEqual([]);
  const messages = aws.messages().slice(before.told);
  return {
    version,
    subjects: messages.map(({ subject }) => subject),
    mails: messages.map(({ byProtocol }) => byProtocol.email?.replaceAll(/\s+/g, ' ') ?? ''),
    json: messages.map(({ byProtocol }): Record<string, unknown> => JSON.parse(byProtocol.default ?? '{}')),
    attributes: messages.map(({ attributes }) => attributes),
    swept: stack.invocations('CheckPrincipalsFunction').length > before.run,
  };
}
const put = (Body: string) =>
  heard((s3) => s3.send(new PutObjectCommand({ Bucket, Key: 'expectations.yaml', Body })));
const remove = (VersionId?: string) =>
  heard((s3) => s3.send(new DeleteObjectCommand({ Bucket, Key: 'expectations.yaml', VersionId })));
const sweep = () =>
  heard(async () => {
    deployed.stack.tick('SweepFunctionDaily');
    return {};
  });

describe('expectations in the bucket', () => {
  it('hold from when they are written, are told with who wrote them, and what they change is found at once', async () => {
    const { subjects, mails, attributes, json, swept, version } = await put(rule('rekognition:SearchFaces'));
    expect(swept).toBe(true);
    expect(subjects).toEqual([
      '[EXPECTATIONS] Rekognition: expectations.yaml was changed',
      expect.stringMatching(/^\[RESOLVED\] Rekognition: role\/app is as expected by rule/),
    ]);
    expect(mails[0]).toContain(`The new expectations.yaml in the bucket ${Bucket} holds from now on`);
    expect(mails[0]).toMatch(
      /WHAT CHANGED IN IT .*\+1: principals: \+2: {1,2}- match: role\/app .*WHO WROTE IT by account 123456789012, from 192\.0\.2\.10 when \d{4}-/,
    );
    expect(mails[0]).toContain(`version ${version}`);
    expect(json[0]).toMatchObject({ purpose: 'expectations', kind: 'adopted', version });
    expect(attributes[0]).toMatchObject({ severity: { value: 'critical' } });
    expect(mails[1]).toContain('because expectations.yaml changed');
  }, 180_000);

  it('are told once', async () => {
    expect((await sweep()).subjects).toEqual([]);
  }, 180_000);

  it('with errors are not used: the last good ones hold, and the reader says where the errors are', async () => {
    const { subjects, mails, swept, version } = await put(
      rule('rekognition:SearchFace').replace('[]', 'all'),
    );
    expect(swept).toBe(false);
    expect(subjects).toEqual(['[REFUSED] Rekognition: expectations.yaml has 2 errors, so it is not used']);
    expect(mails[0]).toContain('ERRORS expectations.yaml:6:');
    expect(mails[0]).toContain('did you mean "SearchFaces"?');
    expect(mails[0]).toMatch(/Version \S+ holds, as before/);
    expect(mails[0]).toContain(`what version ${version}`);
    // What held before still judges, and a bad file is told once.
    expect((await sweep()).subjects).toEqual([]);
    const { payload } = await deployed.stack.invoke('CheckNowFunction', { principals: ['role/app'] });
    expect(unfolded(JSON.parse(payload))).toMatchObject({
      principals: [{ subject: 'role/app', status: 'as-expected', expected: 'searching' }],
    });
  }, 180_000);

  it('are found by the sweep where their event was lost', async () => {
    const { platform } = deployed.aws;
    const bucket = platform.buckets.find(Bucket);
    if (bucket === undefined) throw new Error('there is no bucket');
    bucket.settings = { ...bucket.settings, eventBridge: false };
    expect((await put(rule('rekognition:DetectText'))).subjects).toEqual([]);
    bucket.settings = { ...bucket.settings, eventBridge: true };
    const { subjects, mails } = await sweep();
    expect(subjects.slice(0, 1)).toEqual(['[EXPECTATIONS] Rekognition: expectations.yaml was changed']);
    expect(mails[0]).toContain("-6: - {Effect: Allow, Action: [rekognition:SearchFaces], Resource: '*'}");
    expect(mails[0]).toContain("found by a sweep, not by S3's event");
    expect(subjects.slice(1).join()).toMatch(/role\/app .*because expectations\.yaml changed/);
  }, 180_000);

  it('are an older version again when what is newer is deleted, and who did it did not write it', async () => {
    const newest = await put(rule('rekognition:DetectFaces'));
    const { subjects, mails, json, swept } = await remove(newest.version);
    expect(swept).toBe(true);
    expect(subjects[0]).toBe('[EXPECTATIONS] Rekognition: an older expectations.yaml is back');
    expect(mails[0]).toContain(
      "-6: - {Effect: Allow, Action: [rekognition:DetectFaces], Resource: '*'} +6: - {Effect: Allow, Action: [rekognition:DetectText], Resource: '*'}",
    );
    expect(mails[0]).toMatch(/WHO DELETED WHAT WAS NEWER by account 123456789012, from 192\.0\.2\.10/);
    expect(json[0]).toMatchObject({ kind: 'adopted', restored: true });
    expect((await sweep()).subjects).toEqual([]);
  }, 180_000);

  it('stay as they are when an older version is deleted', async () => {
    const [old, newest] = [
      await put(rule('rekognition:DetectLabels')),
      await put(rule('rekognition:DetectText')),
    ];
    expect(newest.subjects).not.toEqual([]);
    expect((await remove(old.version)).subjects).toEqual([]);
  }, 180_000);

  it('come back when the delete marker that hid them is deleted', async () => {
    const hidden = await remove();
    expect(hidden.subjects[0]).toBe(
      '[EXPECTATIONS] Rekognition: expectations.yaml was deleted from the bucket',
    );
    const { subjects, swept } = await remove(hidden.version);
    expect(subjects[0]).toBe('[EXPECTATIONS] Rekognition: an older expectations.yaml is back');
    expect(swept).toBe(true);
  }, 180_000);

  it('give way to the deployed file when they are deleted, and that is told', async () => {
    const { subjects, mails, swept } = await remove();
    expect(swept).toBe(true);
    expect(subjects[0]).toBe('[EXPECTATIONS] Rekognition: expectations.yaml was deleted from the bucket');
    expect(mails[0]).toContain('The file that was deployed holds from now on');
    expect(mails[0]).toContain('WHO DELETED IT by account 123456789012');
  }, 180_000);

  it('hold and are told also where versioning was turned off, and every version has the same id', async () => {
    const bucket = deployed.aws.platform.buckets.find(Bucket);
    if (bucket === undefined) throw new Error('there is no bucket');
    const { settings } = bucket;
    bucket.settings = { ...settings, versioning: 'Suspended' };
    const changed = '[EXPECTATIONS] Rekognition: expectations.yaml was changed';
    for (const action of ['rekognition:DetectFaces', 'rekognition:DetectText']) {
      const { subjects, swept, mails } = await put(rule(action));
      expect([subjects[0], swept]).toEqual([changed, true]);
      expect(mails[0]).toContain('WHO WROTE IT by account 123456789012');
    }
    expect((await sweep()).subjects).toEqual([]);
    bucket.settings = settings;
    expect((await remove()).subjects[0]).toMatch(/was deleted from the bucket$/);
  }, 180_000);

  it('hold also where nobody hears of it, and are told as soon as somebody does', async () => {
    const { aws, stack } = deployed;
    const { endpoint } = aws;
    const sns = new SNSClient({ endpoint, region: 'us-east-1', credentials: aws.credentialsFor(writerArn) });
    const TopicArn = stack.template.topics[0]?.arn;
    const { Subscriptions: [one] = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    const hear = (AttributeValue: string) =>
      sns.send(
        new SetSubscriptionAttributesCommand({
          SubscriptionArn: one?.SubscriptionArn,
          AttributeName: 'FilterPolicy',
          AttributeValue,
        }),
      );
    await hear('{"purpose":[{"anything-but":["expectations"]}]}');
    const { subjects, swept } = await put('default: []\n');
    expect([subjects, swept]).toEqual([[], true]);
    await hear('{}');
    sns.destroy();
    const later = await sweep();
    expect(later.subjects).toEqual(['[EXPECTATIONS] Rekognition: expectations.yaml was changed']);
    expect(later.mails[0]).toContain('WHO WROTE IT by account 123456789012, from 192.0.2.10');
  }, 180_000);

  it('are for those to write whom the template names, administrators among the others', async () => {
    await iam.send(new CreateRoleCommand({ RoleName: 'admin', AssumeRolePolicyDocument: trust }));
    const everything = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    });
    await iam.send(
      new PutRolePolicyCommand({ RoleName: 'admin', PolicyName: 'all', PolicyDocument: everything }),
    );
    const s3 = s3As('arn:aws:iam::123456789012:role/admin');
    await expect(
      s3.send(new PutObjectCommand({ Bucket, Key: 'expectations.yaml', Body: 'default: any\n' })),
    ).rejects.toThrow(/explicit deny/);
    s3.destroy();
  });

  it('can be read and written with the policy that the stack makes for it, and nothing else can', async () => {
    const { aws, stack } = deployed;
    const { properties } = stack.template.resources.get('ExpectationsWriterPolicy') ?? {};
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: 'app',
        PolicyName: 'writer',
        PolicyDocument: JSON.stringify(properties?.PolicyDocument),
      }),
    );
    const bucket = aws.platform.buckets.find(Bucket);
    if (bucket === undefined) throw new Error('there is no bucket');
    const { policy: _, ...open } = bucket.settings;
    bucket.settings = open;
    const s3 = s3As('arn:aws:iam::123456789012:role/app');
    const Key = 'expectations.yaml';
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'default: []\n' }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(await Body?.transformToString()).toBe('default: []\n');
    await expect(s3.send(new PutObjectCommand({ Bucket, Key: 'other', Body: '' }))).rejects.toThrow();
    s3.destroy();
  });
});
