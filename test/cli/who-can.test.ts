import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readAnswer } from '#test/support/answers.ts';
import { file, run, sample, sampleAccount } from './program.ts';

test('who-can lists who, where, when, through what and reached by whom, in 80 columns', async () => {
  const { code, stdout } = await run(['who-can', 'DeleteFaces', ...sampleAccount]);
  expect(stdout).toMatch(/^7 of 19 principals can DeleteFaces\n/);
  expect(stdout).toContain('user/henry        collection/watchlist-* in us-east-1\n');
  expect(stdout).toContain('through inline "watchlist":4 (group/loss-prevention)\n');
  expect(stdout).toContain('reached by lambda.amazonaws.com;\n');
  expect(stdout.replace(/\s+/g, ' ')).toContain('user/alice, who can pass it to lambda.amazonaws.com');
  const wide = stdout.split('\n').filter((line) => line.length > 80 && line.trim().includes(' '));
  expect(wide).toEqual([]);
  expect(code).toBe(0);
});

test('who-can does not know what a statement that cannot be read gives', async () => {
  const { code, stdout } = await run(['who-can', 'DetectFaces', ...sampleAccount]);
  expect(stdout).toMatch(/^\d+ of 19 principals can DetectFaces; of 1 it is not known\n/);
  expect(stdout).toMatch(/role\/kiosk-prototype\s+not known: statement 1 of kiosk \(line 6\)/);
  expect(code).toBe(2);
});

test('who-can --means takes a class of sensitivity, and JSON keeps to the schema', async () => {
  const { stdout } = await run(['who-can', '--means', 'biometric-delete', ...sample, '--format', 'json']);
  const answer = readAnswer(stdout);
  expect(answer).toMatchObject({
    command: 'who-can',
    actions: ['rekognition:DeleteCollection', 'rekognition:DeleteFaces', 'rekognition:DeleteUser'],
  });
  expect(answer.principals).toContainEqual(
    expect.objectContaining({ subject: 'role/analyst', access: 'full' }),
  );
  expect(answer.principals).toContainEqual(
    expect.objectContaining({ subject: 'role/shop-search', access: 'none' }),
  );
});

test.each([
  [['DeleteFace'], /no action "DeleteFace" \(did you mean "DeleteFaces"\?\)/],
  [
    ['--means', 'biometric-wirte'],
    /--means biometric-wirte: the classes are .*did you mean "biometric-write"/,
  ],
  [[], /name an action, such as DeleteFaces/],
  [['DetectText', '--resource', 'collection/a'], /DetectText is not about a single resource/],
  [['DeleteFaces', '--context', 'aws:SourceIpp=1.2.3.4'], /aws:SourceIp/],
  [
    ['DeleteFaces', '--resource', 'arn:aws:rekognition:us-east-1:999999999999:collection/a'],
    /is of account 999999999999 \(aws\), and this is account 123456789012/,
  ],
  [['DeleteFaces', '--resource', 'arn:aws-cn:rekognition:cn-north-1:123456789012:collection/a'], /aws-cn/],
  [['DeleteFaces', '--resource', 'collection/a b'], /names have letters, digits/],
])('who-can %j is refused in one line', async (args, words) => {
  const { code, stderr } = await run(['who-can', ...args, ...sampleAccount]);
  expect(stderr).toMatch(words);
  expect(code).toBe(3);
});

test('who-can takes a resource of another Region, and names services to which the same can pass a role together', async () => {
  const elsewhere = 'arn:aws:rekognition:eu-west-1:123456789012:collection/a.b-c_1';
  const { code, stdout } = await run(['who-can', 'DeleteFaces', '--resource', elsewhere, ...sampleAccount]);
  expect(stdout.replace(/\s+/g, ' ')).toContain(`principals can DeleteFaces on ${elsewhere}`);
  expect(code).toBe(0);
  const account = JSON.parse(readFileSync('cli/samples/account.json', 'utf8'));
  const role = account.RoleDetailList.find((one: { RoleName: string }) => one.RoleName === 'nightly-etl');
  const services = ['lambda.amazonaws.com', 'ec2.amazonaws.com', 'glue.amazonaws.com'];
  const statement = { Effect: 'Allow', Principal: { Service: services }, Action: 'sts:AssumeRole' };
  role.AssumeRolePolicyDocument = { Version: '2012-10-17', Statement: [statement] };
  const passed = await run([
    'who-can',
    'SearchFacesByImage',
    '--account-details',
    file('passed.json', JSON.stringify(account)),
  ]);
  const text = passed.stdout.replace(/\s+/g, ' ');
  expect(text).toContain('who can pass it to lambda.amazonaws.com, ec2.amazonaws.com and glue.amazonaws.com');
});

test('who-can --help lists the classes', async () => {
  const { stdout } = await run(['who-can', '--help']);
  expect(stdout).toMatch(/biometric-write\s+critical\s+puts people into a collection/);
});
