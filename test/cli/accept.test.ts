import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { file, folder, run, sampleAccount, sampleExpectations, sampleGuardrails } from './program.ts';

const account = [...sampleAccount, ...sampleGuardrails];
const payroll = '969d85ee6e904ef3';

/** A copy of the sample's expectations. */
function copied(): string {
  const path = join(folder(), 'expectations.yaml');
  copyFileSync(sampleExpectations[1] ?? '', path);
  return path;
}

const commentsOf = (text: string) => text.match(/#.*/g) ?? [];

async function openIds(expectations: string): Promise<string[]> {
  const { stdout } = await run(['check', ...account, '--expectations', expectations, '--format', 'json']);
  const { findings } = JSON.parse(stdout) as { findings: { id: string; suppressed?: unknown }[] };
  return findings.filter(({ suppressed }) => suppressed === undefined).map(({ id }) => id);
}

test('accept writes a rule, keeps every comment, and the next check does not find it', async () => {
  const expectations = copied();
  const before = readFileSync(expectations, 'utf8');
  const ids = await openIds(expectations);
  expect(ids).toContain(payroll);
  const { code, stdout } = await run(['accept', payroll, ...account, '--expectations', expectations]);
  expect(stdout).toMatch(
    /^accepted: excess of role\/payroll-export \(969d85ee6e904ef3\)\n.*written; \d+ findings open\n$/,
  );
  expect(code).toBe(0);
  const after = readFileSync(expectations, 'utf8');
  expect(commentsOf(after)).toEqual(commentsOf(before));
  expect(after).toMatch(/match: role\/payroll-export\n/);
  expect(await openIds(expectations)).toEqual(ids.filter((id) => id !== payroll));
});

test('accept for a time writes a suppression', async () => {
  const expectations = copied();
  const time = ['--reason', 'moves soon', '--owner', 'vision@example.com', '--until', '2099-12-31'];
  const { code } = await run(['accept', payroll, ...account, '--expectations', expectations, ...time]);
  expect(code).toBe(0);
  expect(readFileSync(expectations, 'utf8')).toMatch(
    /- principal: role\/payroll-export\n +finding: "?969d85ee6e904ef3"?\n +actions: \[ ?rekognition:DeleteFaces, .*\n +reason: moves soon\n/,
  );
  expect(await openIds(expectations)).not.toContain(payroll);
});

test('accept with --dry-run prints the file, laid out as it is, and writes nothing', async () => {
  const expectations = file('expectations.yaml', 'default: []\n');
  const { stdout } = await run(['check', ...account, '--expectations', expectations, '--format', 'json']);
  const { findings } = JSON.parse(stdout) as { findings: { id: string; subject: string; kind: string }[] };
  const id = findings.find((one) => one.subject === 'role/payroll-export' && one.kind === 'excess')?.id ?? '';
  const dry = await run(['accept', id, ...account, '--expectations', expectations, '--dry-run']);
  expect(dry.stdout).toMatch(/^default: \[\]\n[\s\S]*principals:\n {2}- match: role\/payroll-export\n/);
  expect(readFileSync(expectations, 'utf8')).toBe('default: []\n');
});

test.each([
  [['0123456789abcdef'], /there is no open finding 0123456789abcdef/],
  [[payroll, '--reason', 'x'], /a suppression needs all three/],
  [[payroll, '--reason', 'x', '--owner', 'y', '--until', 'soon'], /"soon" is not a day/],
  [[payroll, '--reason', 'x', '--owner', 'y', '--until', '2020-01-01'], /would still be found/],
  [['e10e80e96798e413'], /cannot be accepted as a rule/],
])('accept %j is refused, and the file stays as it is', async (args, message) => {
  const expectations = copied();
  const before = readFileSync(expectations, 'utf8');
  const { code, stderr } = await run(['accept', ...args, ...account, '--expectations', expectations]);
  expect(stderr).toMatch(message);
  expect(code).toBe(3);
  expect(readFileSync(expectations, 'utf8')).toBe(before);
});

test('accept is not misled by a rule for the principal that another one stands above', async () => {
  const expectations = file(
    'shadowed.yaml',
    'principals:\n  - match: role/*\n    expect: []\n  - match: role/payroll-export\n    expect: [readonly-example]\n',
  );
  const ids = await openIds(expectations);
  const { stdout } = await run(['check', ...account, '--expectations', expectations, '--format', 'json']);
  const { findings } = JSON.parse(stdout) as { findings: { id: string; subject: string; kind: string }[] };
  const id = findings.find((one) => one.subject === 'role/payroll-export' && one.kind === 'excess')?.id ?? '';
  const { code, stderr } = await run(['accept', id, ...account, '--expectations', expectations]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(await openIds(expectations)).toEqual(ids.filter((one) => one !== id));
});

test('accept for a time suppresses what is missing of another service, too', async () => {
  const expectations = file(
    'elsewhere.yaml',
    'sets:\n  tell: [{ Effect: Allow, Action: "sns:Publish", Resource: "*" }]\nprincipals:\n  - match: role/payroll-export\n    expect: [tell]\ndefault: []\n',
  );
  const { stdout } = await run(['check', ...account, '--expectations', expectations, '--format', 'json']);
  const { findings } = JSON.parse(stdout) as { findings: { id: string; subject: string; kind: string }[] };
  const id =
    findings.find((one) => one.subject === 'role/payroll-export' && one.kind === 'missing')?.id ?? '';
  const time = ['--reason', 'moves soon', '--owner', 'vision@example.com', '--until', '2099-12-31'];
  const { code, stderr } = await run(['accept', id, ...account, '--expectations', expectations, ...time]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(readFileSync(expectations, 'utf8')).toMatch(/actions: \[ ?sns:Publish ?\]/);
  expect(await openIds(expectations)).not.toContain(id);
});
