import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readAnswer } from '#test/support/answers.ts';
import { file, run, sample, sampleAccount } from './program.ts';

test('fix mends what policies can mend, says what it leaves and why, and its documents do it', async () => {
  const { code, stdout } = await run(['fix', ...sample, '--format', 'json']);
  const answer = readAnswer(stdout);
  expect(answer.mended).toHaveLength(11);
  expect(answer.left).toMatchObject([
    { finding: { kind: 'exposed' }, why: expect.stringMatching(/no change of the policies of this account/) },
    { finding: { subject: 'role/video-lab' }, why: expect.stringMatching(/SCP/) },
    { finding: { kind: 'managed-policy-changed' } },
    { finding: { kind: 'inconclusive' } },
    { finding: { kind: 'suppression-expired' } },
  ]);
  expect(answer.open).toBe(5);
  expect(answer.commands).toContain(
    'aws iam detach-role-policy --role-name analyst --policy-arn arn:aws:iam::aws:policy/AmazonRekognitionFullAccess',
  );
  expect(code).toBe(1);
});

test('fix of one finding prints commands, the document as it is laid out, and a JSON Patch', async () => {
  const { code, stdout } = await run(['fix', '17bd57b2cb98b00a', ...sample]);
  expect(stdout).toMatch(/^mended: 1 finding\n {2}high {6}user\/tomas: unguarded, /);
  expect(stdout).toContain(
    '  aws iam put-user-policy --user-name tomas --policy-name train --policy-document ',
  );
  expect(stdout).toContain(
    '{"op":"add","path":"/Statement/1/Condition","value":{"Bool":{"aws:MultiFactorAuthPresent":["true"]}}}',
  );
  expect(code).toBe(0);
});

test('fix leaves what no change of policies mends, and says why', async () => {
  const account = JSON.parse(readFileSync(sampleAccount[1] ?? '', 'utf8'));
  const sso = 'AWSReservedSSO_Vision_0123456789abcdef';
  account.RoleDetailList = [
    {
      ...account.RoleDetailList[0],
      Path: '/aws-reserved/sso.amazonaws.com/',
      RoleName: sso,
      Arn: `arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/${sso}`,
    },
  ];
  account.UserDetailList = [];
  const expectations = file('expectations.yaml', 'default: []\n');
  const { code, stdout } = await run([
    ...[
      'fix',
      '--account-details',
      file('account.json', JSON.stringify(account)),
      '--expectations',
      expectations,
    ],
  ]);
  expect(stdout).toMatch(
    /left: 1 finding[\s\S]*IAM Identity Center makes this role: change its permission set/,
  );
  expect(code).toBe(1);
});

test('fix of an id that is unknown is refused in one line', async () => {
  expect(await run(['fix', '0123456789abcdef', ...sample])).toMatchObject({
    code: 3,
    stdout: '',
    stderr: 'error: there is no open finding 0123456789abcdef: see the ids in check --format json\n',
  });
});
