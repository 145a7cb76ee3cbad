import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readAnswer } from '#test/support/answers.ts';
import { file, run, sample, sampleAccount, sampleExpectations } from './program.ts';

test('diff of two versions of a set, by the short form', async () => {
  const { code, stdout } = await run(['diff', 'AmazonRekognitionReadOnlyAccess@v4', '@v10']);
  expect(stdout).toMatch(
    /^AmazonRekognitionReadOnlyAccess@v4 → AmazonRekognitionReadOnlyAccess@v10\n {2}gained {2}high: .*SegmentDetection/s,
  );
  expect(code).toBe(1);
  const same = await run(['diff', 'AmazonRekognitionReadOnlyAccess@v10', 'AmazonRekognitionReadOnlyAccess']);
  expect(same.stdout).toMatch(/proved equal\n$/);
  expect(same.code).toBe(0);
});

test('diff of two accounts, as JSON', async () => {
  const [, account = ''] = sampleAccount;
  const widened = file(
    'after.json',
    readFileSync(account, 'utf8').replaceAll('collection/payroll-*', 'collection/*'),
  );
  const { code, stdout } = await run(['diff', account, widened, '--format', 'json']);
  expect(readAnswer(stdout)).toMatchObject({
    command: 'diff',
    equal: 18,
    differing: [{ subject: 'role/payroll-export', lost: [], gained: [{ severity: 'critical' }, {}, {}] }],
  });
  expect(code).toBe(1);
});

test('diff of two expectations files, for the principals of an account', async () => {
  const [, expectations = ''] = sampleExpectations;
  const stricter = file('stricter.yaml', 'default: []\n');
  const { code, stdout } = await run(['diff', expectations, stricter, ...sampleAccount]);
  expect(stdout).toMatch(/role\/analyst\n {2}lost/);
  expect(code).toBe(1);
  expect(await run(['diff', expectations, stricter])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/give --account-details/),
  });
});

test.each([
  [['AmazonRekognitionReadOnlyAccess'], /diff takes two/],
  [['AmazonRekognitionReadOnlyAccess', '@v99'], /no version "v99"/],
  [['AmazonRekognitionReadOnlyAccess', 'cli/samples/account.json'], /compare two of a kind/],
  [['missing.json', 'cli/samples/account.json'], /missing\.json/],
])('diff %j is refused', async (args, words) => {
  const { code, stderr } = await run(['diff', ...args]);
  expect(stderr).toMatch(words);
  expect(code).toBe(3);
});

test('diff of two reports tells findings that come, go and change', async () => {
  const reportOf = async (...args: string[]) =>
    file('report.json', (await run(['check', ...args, '--format', 'json'])).stdout);
  const [all, few] = [
    await reportOf(...sample),
    await reportOf(...sample, '--principal', 'role/payroll-export'),
  ];
  const { code, stdout } = await run(['diff', few, all]);
  expect(stdout).toMatch(/\n\+ critical {2}role\/analyst: excess: /);
  expect(stdout).toMatch(/\n\d+ new, 0 changed, 0 gone, 1 the same\n$/);
  expect(code).toBe(1);
  const json = await run(['diff', all, few, '--format', 'json']);
  expect(readAnswer(json.stdout)).toMatchObject({
    command: 'diff',
    same: 1,
    findings: { come: [], differ: [] },
  });
  expect(await run(['diff', all, all])).toMatchObject({ code: 0 });
  expect(await run(['diff', all, 'cli/samples/account.json'])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/is a report, and .* an account file: compare two of a kind/),
  });
});
