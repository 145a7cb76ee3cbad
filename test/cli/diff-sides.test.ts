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

test('two expectations files that allow the same are not equal where one suppresses, judges or lets in more', async () => {
  const rule = (more = '', suppress = '') => `default: []
principals:
  - match: role/analyst
    expect: [AmazonRekognitionReadOnlyAccess@v10]
${more}${suppress}`;
  const before = file('before.yaml', rule());
  const diff = (text: string) => run(['diff', before, file('after.yaml', text), ...sampleAccount]);
  expect(await diff(`# the same\n${rule()}`)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\nproved equal\n$/),
  });
  const suppress = `suppress:
  - { principal: role/*, actions: "rekognition:*", reason: x, owner: me, until: 2099-01-01 }
`;
  for (const [text, words] of [
    [
      rule('', suppress),
      /role\/\*: suppressed\n {2}before {2}nothing is said\n {2}after {3}rekognition:\*, until 2099-01-01 \(me\)/,
    ],
    [
      rule('    assumed-by: [any]\n'),
      /role\/analyst: assumed by\n {2}before {2}nothing is said\n {2}after {3}any/,
    ],
    [
      rule('    until: 2099-01-01\n'),
      /rule for role\/analyst: until\n {2}before {2}nothing is said\n {2}after {3}2099-01-01/,
    ],
    [
      `context: { "aws:MultiFactorAuthPresent": false }\n${rule()}`,
      /normal request: is\n {2}before {2}.*aws:MultiFactorAuthPresent=true/s,
    ],
    [
      rule().replace('[AmazonRekognitionReadOnlyAccess@v10]', 'any'),
      /role\/analyst: judged\n {2}before {2}yes\n {2}after {3}no/,
    ],
  ] as const) {
    const { code, stdout } = await diff(text);
    expect(stdout).toMatch(words);
    expect(code).toBe(1);
  }
  const json = await run([
    'diff',
    before,
    file('after.yaml', rule('', suppress)),
    ...sampleAccount,
    '--format',
    'json',
  ]);
  expect(readAnswer(json.stdout)).toMatchObject({
    differing: [],
    rules: [{ subject: 'role/*', what: 'suppressed', after: 'rekognition:*, until 2099-01-01 (me)' }],
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
    findings: { come: [], go: [], differ: [] },
  });
  const narrower = await run(['diff', all, few]);
  expect(narrower.stdout).toMatch(/\n\? critical {2}role\/analyst: excess: /);
  expect(narrower.stdout).toMatch(
    /\n0 new, 0 changed, 0 gone, 1 the same\n\d+ not looked for: .*not checked\)\n$/s,
  );
  expect(narrower.code).toBe(1);
  expect(await run(['diff', all, all])).toMatchObject({ code: 0 });
  expect(await run(['diff', all, 'cli/samples/account.json'])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/is a report, and .* an account file: compare two of a kind/),
  });
});
