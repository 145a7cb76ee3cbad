import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { progressLine } from '#cli/progress.ts';
import {
  ended,
  file,
  folder,
  run,
  sampleAccount,
  sampleExpectations,
  sampleGuardrails,
  start,
} from './program.ts';

const others = [...sampleGuardrails, ...sampleExpectations];
const text = readFileSync(sampleAccount[1] ?? '', 'utf8');
const withInput = (args: readonly string[], input: string) => {
  const child = start(args);
  child.stdin.write(input);
  return ended(child);
};

test('check reads an account from standard input, and leaves no copy of it', async () => {
  const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith('permission-check-')).length;
  const before = copies();
  const piped = await withInput(['check', '--account-details', '-', ...others, '--format', 'json'], text);
  const read = await run(['check', ...sampleAccount, ...others, '--format', 'json']);
  const idsOf = (stdout: string) =>
    (JSON.parse(stdout) as { findings: { id: string }[] }).findings.map(({ id }) => id);
  expect(idsOf(piped.stdout)).toEqual(idsOf(read.stdout));
  expect(piped.code).toBe(1);
  expect(copies()).toBe(before);
});

test('every command that reads an account takes standard input, and errors name it', async () => {
  const can = await withInput(['can', 'role/analyst', '--account-details', '-'], text);
  expect(can.stdout).toMatch(/^role\/analyst can use 7\d of/);
  const wrong = await withInput(
    ['who-can', 'DeleteFaces', '--account-details', '-'],
    '{"UserDetailList": [3]}',
  );
  expect(wrong.code).toBe(3);
  expect(wrong.stderr).toMatch(/^error: .*standard input/);
});

test('check takes several accounts, one report and one file each', async () => {
  const second = file('second.json', text.replaceAll('123456789012', '210987654321'));
  const target = folder();
  const { code, stdout } = await run([
    ...[
      'check',
      ...sampleAccount,
      second,
      ...others,
      '--format',
      'text',
      '--format',
      `json=${target}/{account}.json`,
    ],
  ]);
  expect(stdout.match(/account \d{12}/g)).toEqual(['account 123456789012', 'account 210987654321']);
  expect(code).toBe(1);
  for (const id of ['123456789012', '210987654321']) {
    const path = join(target, `${id}.json`);
    expect(existsSync(path)).toBe(true);
    expect(readFileSync(path, 'utf8')).toContain(id);
  }
  const one = await run(['check', ...sampleAccount, second, '--format', `json=${target}/all.json`]);
  expect(one).toMatchObject({ code: 3, stderr: expect.stringMatching(/put \{account\} in its name/) });
});

test('a rule that is for one of the accounts is no warning', async () => {
  const second = file('second.json', text.replaceAll('payroll-export', 'payroll-import'));
  const rules = file(
    'expectations.yaml',
    'principals:\n  - { match: role/payroll-import, expect: any }\n  - { match: role/nobody, expect: any }\ndefault: any\n',
  );
  const { stdout } = await run(['check', ...sampleAccount, second, '--expectations', rules]);
  expect(stdout).not.toContain('no user or role matches "role/payroll-import"');
  expect(stdout.match(/matches "role\/nobody"/g)).toHaveLength(1);
});

test('--quiet leaves errors alone on standard error', async () => {
  const rules = file('expectations.yaml', 'sets:\n  unused: []\ndefault: any\n');
  const loud = await run(['check', ...sampleAccount, '--expectations', rules]);
  const quiet = await run(['check', ...sampleAccount, '--expectations', rules, '--quiet', '--no-color']);
  expect(loud.stderr).toMatch(/never used/);
  expect(quiet.stderr).toBe('');
  expect(await run(['check', '--account-details', 'none.json', '--quiet'])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/^error: /),
  });
});

test('progress says how many there are and how long it takes', () => {
  expect(progressLine('principals checked', 100, 400, 4_000)).toBe(
    '100 of 400 principals checked, 12 s left',
  );
  expect(progressLine('principals checked', 10, 4_000, 4_000)).toBe(
    '10 of 4000 principals checked, 27 min left',
  );
  expect(progressLine('principals checked', 7, 0, 100)).toBe('7 principals checked');
});
