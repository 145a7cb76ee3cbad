import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  TagRoleCommand,
} from '@aws-sdk/client-iam';
import { expect, onTestFinished, test } from 'vitest';
import { deployStack, sample } from '#cli/demo/stack.ts';
import { beginStory, fullAccess } from '#test/support/story.ts';

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const document = (Action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
const rule = (actions: string) => `principals:
  - match: role/app
    expect: [searching]
sets:
  searching:
    - {Effect: Allow, Action: [${actions}], Resource: '*'}
default: []
`;

test('an edit of the expectations resolves and finds at the next check, and says that it did', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'expectations-'));
  const file = (text: string) => {
    const path = join(directory, 'expectations.yaml');
    writeFileSync(path, text);
    return path;
  };
  const deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: file('default: []\n'),
  });
  const { aws, stack } = deployed;
  const iam = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
  });
  /** What the team hears of the role after an edit, at the next check. */
  const edit = async (text: string) => {
    const before = aws.messages().length;
    deployed.expectations(file(text));
    stack.tick('SweepFunctionDaily');
    await stack.settle();
    return aws.messages().slice(before);
  };
  try {
    await edit('default: []\n');
    await iam.send(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: trust }));
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: 'app',
        PolicyName: 'own',
        PolicyDocument: document('rekognition:SearchFaces'),
      }),
    );
    await stack.settle();
    expect(aws.messages().at(-1)?.subject).toMatch(/^\[HIGH\] Rekognition: role\/app can now search faces/);

    const [resolved, ...others] = await edit(rule('rekognition:SearchFaces'));
    expect(others).toEqual([]);
    expect(resolved?.subject).toMatch(/^\[RESOLVED\] Rekognition: role\/app is as expected by rule/);
    const words = resolved?.byProtocol.email?.replaceAll(/\s+/g, ' ');
    expect(words).toMatch(
      /is as expected by rule expectations\.yaml:2 .*because expectations\.yaml changed; its access is the same/,
    );
    expect(words).not.toContain('COVERED');

    const [missing, ...more] = await edit(rule('rekognition:SearchFaces, rekognition:DetectText'));
    expect(more).toEqual([]);
    expect(missing?.subject).toMatch(/role\/app cannot detect text, because expectations\.yaml changed/);

    const changed = await edit('default: []\n');
    expect(changed.map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^\[HIGH\] .*role\/app can search faces, because expectations\.yaml changed/),
    ]);
    expect(changed[0]?.byProtocol.email).not.toContain('can now');

    // Nobody's judgement is no expectation: the access is there.
    const [left] = await edit('default: built-in\n');
    expect(left?.byProtocol.email?.replaceAll(/\s+/g, ' ')).toMatch(
      /COVERED HIGH (role\/app|2 roles): covered by another rule .* because expectations\.yaml changed/,
    );
  } finally {
    iam.destroy();
    await deployed.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}, 180_000);

test('a rule that an edit has put on another line is the rule of before, whatever was attached meanwhile', async () => {
  const rules = 'principals:\n  - match: role/app\n    expect: [AmazonRekognitionFullAccess]\ndefault: []\n';
  const { iam, role, news, sweep, expectations } = await beginStory({ rules });
  const attach = (name: string) =>
    iam.send(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: `arn:aws:iam::aws:policy/${name}` }));
  await role('app');
  await attach('AmazonRekognitionFullAccess');
  await sweep();
  const directory = mkdtempSync(join(tmpdir(), 'expectations-'));
  writeFileSync(join(directory, 'expectations.yaml'), `# The team's.\n${rules}`);
  expectations(join(directory, 'expectations.yaml'));
  rmSync(directory, { recursive: true, force: true });
  await attach('AmazonRekognitionReadOnlyAccess');
  expect(await news()).toEqual([]);
}, 180_000);

/** The expectations as the team edits them; a file for each edit. */
async function edited(rules: string) {
  const story = await beginStory({ rules });
  const directory = mkdtempSync(join(tmpdir(), 'expectations-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const edit = (text: string) => {
    const file = join(directory, 'expectations.yaml');
    writeFileSync(file, text);
    story.expectations(file);
  };
  return { ...story, edit };
}
const fullFor = (match: string) =>
  `principals:\n  - match: ${match}\n    expect: [AmazonRekognitionFullAccess]\ndefault: built-in\n`;

test('what a new rule expects may be given in the same minute: no alarm, and it is the edit that did it', async () => {
  const { iam, role, news, sweep, edit } = await edited('default: built-in\n');
  for (const name of ['app', 'other']) await role(name);
  await sweep();
  edit(fullFor('role/app'));
  for (const RoleName of ['app', 'other'])
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: fullAccess }));
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[CRITICAL\] Rekognition: role\/other can now /);
  expect(told).not.toMatch(/role\/app can|its own tags/);
  expect(await sweep()).toEqual([]);
}, 180_000);

test('who brings himself under a rule while the team edits another one is told of', async () => {
  const { iam, role, news, sweep, edit } = await edited(fullFor('{tag: {team: vision}}'));
  await role('app');
  await sweep();
  edit(`# The team's.\n${fullFor('{tag: {team: vision}}')}`);
  await iam.send(new TagRoleCommand({ RoleName: 'app', Tags: [{ Key: 'team', Value: 'vision' }] }));
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: fullAccess }));
  const [told, ...others] = await news();
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[CRITICAL\] Rekognition: role\/app can now /);
  expect(told).toMatch(/covered by rule expectations\.yaml:3 .* because its own tags, /);
}, 180_000);
