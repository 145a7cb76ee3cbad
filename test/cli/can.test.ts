import { expect, test } from 'vitest';
import { readAnswer } from '#test/support/answers.ts';
import { run, sample } from './program.ts';

test('can shows a table, worst first, and one policy that is the same', async () => {
  const { code, stdout } = await run(['can', 'role/payroll-export', ...sample]);
  expect(stdout).toMatch(
    /^role\/payroll-export can use 3 of Rekognition's 76 actions\nreached by lambda.amazonaws.com;[\s\S]*user\/alice, who can pass it to\s+lambda.amazonaws.com\n\ncritical {2}DeleteFaces\n {2}on {6}collection\/payroll-\* in us-east-1\n {2}through inline "export":4\n/,
  );
  expect(stdout).toContain('proved in both directions:\n{\n  "Version": "2012-10-17"');
  expect(code).toBe(0);
});

test('can keeps to the schema as JSON, and says what it does not know', async () => {
  const known = await run(['can', 'role/analyst', ...sample, '--format', 'json']);
  expect(readAnswer(known.stdout)).toMatchObject({
    command: 'can',
    principal: { access: 'conditional' },
    policy: { Version: '2012-10-17' },
  });
  const unknown = await run(['can', 'role/kiosk-prototype', ...sample, '--format', 'json']);
  expect(readAnswer(unknown.stdout)).toMatchObject({
    principal: { access: 'unknown' },
    why: expect.stringMatching(/Effect must be/),
  });
  expect([known.code, unknown.code]).toEqual([0, 2]);
  expect(await run(['can', 'role/analist', ...sample])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/did you mean/),
  });
});
