import { expect, test } from 'vitest';
import { readAnswer } from '#test/support/answers.ts';
import { run, sample, sampleAccount } from './program.ts';

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
])('who-can %j is refused in one line', async (args, words) => {
  const { code, stderr } = await run(['who-can', ...args, ...sampleAccount]);
  expect(stderr).toMatch(words);
  expect(code).toBe(3);
});

test('who-can --help lists the classes', async () => {
  const { stdout } = await run(['who-can', '--help']);
  expect(stdout).toMatch(/biometric-write\s+critical\s+puts people into a collection/);
});
