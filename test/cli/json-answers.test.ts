import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readAnswer } from '#test/support/answers.ts';
import { readReport } from '#test/support/report.ts';
import { file, folder, run, sample, sampleAccount, sampleExpectations, sampleGuardrails } from './program.ts';

const account = [...sampleAccount, ...sampleGuardrails];

/** A plan that makes a role whose policy is known only in part. */
const plan = JSON.stringify({
  Resources: {
    Faces: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'faces',
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
          ],
        },
        Policies: [
          {
            PolicyName: 'p',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [{ Effect: 'Allow', Action: 'rekognition:DeleteFaces', Resource: { Ref: 'Who' } }],
            },
          },
        ],
      },
    },
  },
  Parameters: { Who: { Type: 'String' } },
});
const event = {
  eventVersion: '1.11',
  eventSource: 'rekognition.amazonaws.com',
  eventName: 'DeleteFaces',
  eventTime: new Date(Date.now() - 3 * 86_400_000).toISOString(),
  awsRegion: 'us-east-1',
  recipientAccountId: '123456789012',
  requestParameters: { collectionId: 'payroll-2026' },
  userIdentity: {
    type: 'AssumedRole',
    arn: 'arn:aws:sts::123456789012:assumed-role/payroll-export/nightly',
    sessionContext: {
      sessionIssuer: { arn: 'arn:aws:iam::123456789012:role/payroll-export', userName: 'payroll-export' },
    },
  },
};
const events = () => file('events.json', JSON.stringify({ Records: [event] }));
const due = `principals:
  - { match: role/a, expect: [], owner: o, reviewed: 2020-01-01, until: 2099-01-01 }
suppress:
  - { principal: role/a, actions: "*", reason: r, owner: o, until: 2020-01-01 }
  - { finding: 0123456789abcdef, reason: r, owner: o, until: 2020-01-01 }
`;
async function report(): Promise<string> {
  const to = join(folder(), 'report.json');
  await run(['check', ...sample, '--format', `json=${to}`]);
  return to;
}

/** Each command that has `--format json`, in every form of its answer; of those that ask AWS, where it is tested. */
const answers: Readonly<Record<string, readonly (() => Promise<string[]> | string[])[] | string>> = {
  'who-can': [
    () => ['who-can', 'Delete*', ...account],
    () => ['who-can', '--means', 'biometric-delete', '--resource', 'collection/visitors', ...account],
    () => ['who-can', 'SearchFaces', '--context', 'aws:MultiFactorAuthPresent=false', ...account],
  ],
  can: [() => ['can', 'role/payroll-export', ...account], () => ['can', 'user/alice', ...account]],
  'what-if': [
    () => ['what-if', 'role/payroll-export', '--delete', 'export', ...account],
    () => ['what-if', 'role/payroll-export', '--attach', 'AmazonRekognitionFullAccess', ...account],
  ],
  fix: [() => ['fix', ...sample]],
  propose: [() => ['propose', 'role/payroll-export', '--events', events()]],
  unused: [() => ['unused', '--days', '90', '--events', events(), ...account]],
  review: [() => ['review', file('due.yaml', due), '--due', '30d']],
  explain: [
    () => ['explain', 'role/payroll-export', 'DeleteFaces', ...sample],
    () => ['explain', 'role/payroll-export', 'SearchFaces', ...sample],
  ],
  diff: [
    () => ['diff', 'AmazonRekognitionReadOnlyAccess@v4', '@v10'],
    () => ['diff', sampleAccount[1] ?? '', 'cli/samples/story-account.json'],
    () => [
      'diff',
      sampleExpectations[1] ?? '',
      file('other.yaml', 'default: []\n'),
      '--account-details',
      sampleAccount[1] ?? '',
    ],
    async () => ['diff', await report(), await report()],
  ],
  'who-could': 'test/e2e/who-could.test.ts',
};
const reports: typeof answers = {
  check: [
    () => ['check', ...sample],
    () => ['check', ...sample, '--access'],
    () => ['check', ...account, '--principal', 'role/*'],
    () => ['check', '--plan', file('template.json', plan), '--account-id', '123456789012'],
  ],
  probe: 'test/e2e/probe-commands.test.ts',
};

async function commandsWithJson(): Promise<string[]> {
  const { stdout } = await run(['--help']);
  const names = [...stdout.matchAll(/^ {2}([a-z][\w-]+)(?: |$)/gm)].map(([, name = '']) => name);
  const found: string[] = [];
  for (const name of new Set(names)) {
    const { stdout: help } = await run([name, '--help']);
    if (/--format <[^>]*>[\s\S]*\bjson\b/.test(help.slice(help.indexOf('--format')))) found.push(name);
  }
  return found.sort();
}

test('every command that prints JSON is held by a schema here, or where AWS is asked', async () => {
  const known = [...Object.keys(answers), ...Object.keys(reports)].sort();
  expect(await commandsWithJson()).toEqual(known);
}, 60_000);

const cases = (of: typeof answers) =>
  Object.entries(of).flatMap(([name, forms]) =>
    typeof forms === 'string' ? [] : forms.map((args, at) => [`${name} ${at + 1}`, args] as const),
  );

test.each(cases(answers))('%s answers as answers.schema.json says', async (name, args) => {
  const { stdout, stderr, code } = await run([...(await args()), '--format', 'json']);
  expect([0, 1, 2], stderr).toContain(code);
  expect(readAnswer(stdout).command).toBe(name.split(' ')[0]);
});

test.each(cases(reports))('%s answers as report.schema.json says', async (_, args) => {
  const { stdout, stderr, code } = await run([...(await args()), '--format', 'json']);
  expect([0, 1, 2], stderr).toContain(code);
  readReport(stdout);
});

test('diff of a plan answers as report.schema.json says', async () => {
  const { stdout } = await run(['diff', '--plan', file('template.json', plan), '--format', 'json']);
  expect(readReport(stdout).findings.length).toBeGreaterThan(0);
});
