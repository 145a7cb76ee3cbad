import { expect, test } from 'vitest';
import { readAnswer } from '#test/support/answers.ts';
import { accountOf, file, run, sample } from './program.ts';

const whatIf = (...args: string[]) => run(['what-if', ...args, ...sample]);
const trusting = (principal: unknown) =>
  file(
    'trust.json',
    JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' },
    }),
  );

test('what-if shows the command, what is lost, and the findings that come and go', async () => {
  const { code, stdout } = await whatIf('role/payroll-export', '--delete', 'export');
  expect(stdout).toMatch(
    /^aws iam delete-role-policy --role-name payroll-export --policy-name export\n\nrole\/payroll-export\n {2}lost {4}critical: DeleteFaces, DescribeCollection, ListFaces\n/,
  );
  expect(stdout).toMatch(/1 finding goes\n {2}critical {2}role\/payroll-export: excess, DeleteFaces/);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(90);
  expect(code).toBe(0);
});

test('what-if of a replaced policy tells gained and lost apart, as JSON of the schema', async () => {
  const { code, stdout } = await whatIf(
    ...['role/payroll-export', '--attach', 'AmazonRekognitionFullAccess', '--format', 'json'],
  );
  expect(readAnswer(stdout)).toMatchObject({
    command: 'what-if',
    equal: 18,
    differing: [{ subject: 'role/payroll-export', lost: [], unsettled: [] }],
    findings: {
      come: [{ scope: 'every resource' }, { scope: 'every collection' }],
      go: [{ kind: 'excess' }],
    },
  });
  expect(code).toBe(1);
});

test('what-if ends with 0 where a finding only shrinks', async () => {
  const Statement = { Effect: 'Allow', Action: 'rekognition:*', Resource: '*' };
  const policy = { PolicyName: 'p', PolicyDocument: { Version: '2012-10-17', Statement } };
  const account = file('shrinks.json', accountOf([policy]));
  const bound = ['--boundary', 'AmazonRekognitionReadOnlyAccess', '--account-details', account];
  const { code, stdout } = await run(['what-if', 'role/quiet', ...bound]);
  expect(stdout).toMatch(/1 finding changes\n {2}high {6}role\/quiet: excess/);
  expect(code).toBe(0);
});

test('what-if proves that what is granted already changes nothing', async () => {
  const { code, stdout } = await whatIf('role/analyst', '--attach', 'AmazonRekognitionReadOnlyAccess@v4');
  expect(stdout).toContain('\nproved equal\n\nno finding comes or goes\n');
  expect(code).toBe(0);
});

test('what-if of a trust policy says who could become the role before and after', async () => {
  const { code, stdout } = await whatIf('role/payroll-export', '--trust', trusting('*'));
  expect(stdout).toMatch(
    /role\/payroll-export can be reached by\n {2}before {2}lambda.amazonaws.com \(can be passed by[^()]* and 1 more\)\n {2}after {3}anyone with an AWS account/,
  );
  expect(code).toBe(1);
});

test('what-if takes boundaries, groups and new versions, each of which is refused where it changes nothing', async () => {
  const nothing = file(
    'limit.json',
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}',
  );
  const limited = await whatIf('role/payroll-export', '--boundary', `limit=${nothing}`);
  expect(limited.stdout).toMatch(/lost {4}critical: DeleteFaces/);
  expect(await whatIf('role/analyst', '--no-boundary')).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(
      /^error: nothing would change by: aws iam delete-role-permissions-boundary/,
    ),
  });
  expect(await whatIf('role/analyst', '--join', 'vision')).toMatchObject({
    code: 3,
    stderr: 'error: role/analyst can be in no group: users can\n',
  });
});

test.each([
  [['role/analist', '--detach', 'x'], /"role\/analist" is nobody in this account/],
  [['role/analyst'], /name a change/],
  [[], /name whom the change is for/],
  [['role/analyst', '--detach', 'Nothing'], /nobody in this account has a managed policy "Nothing"/],
  [
    ['role/analyst', '--detach', 'AmazonRekognitionReadOnlyAcess'],
    /a managed policy "AmazonRekognitionReadOnlyAcess" \(did you mean "AmazonRekognitionReadOnlyAccess"\?\)/,
  ],
  [
    ['role/analyst', '--attach', 'arn:aws:iam::aws:policy/AmazonRekognitionFulAccess'],
    /about Rekognition \(did you mean "AmazonRekognitionFullAccess"\?\): write AmazonRekognitionFulAccess=FILE/,
  ],
  [['role/analyst', '--attach', 'payroll'], /about Rekognition: write payroll=FILE/],
  [['role/analyst', '--attach', 'AmazonS3FullAccess'], /write AmazonS3FullAccess=FILE/],
  [['role/analyst', '--put', 'x'], /write NAME=FILE/],
  [['role/analyst', '--put', 'x=no-such-file.json'], /no-such-file.json: there is no such file/],
  [['role/analyst', '--delete', 'x'], /nothing would change by/],
])('what-if %j is refused in one line', async (args, message) => {
  const { code, stderr } = await whatIf(...args);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/\n +at /);
  expect(code).toBe(3);
});
