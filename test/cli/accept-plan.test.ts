import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readReport } from '#test/support/report.ts';
import { file, run } from './program.ts';

const account = ['--account-details', 'cli/samples/account.json'];
const rules = '# who may do what\ndefault: [] # nobody\n';
const time = ['--reason', 'goes with the next release', '--owner', 'o@example.com', '--until', '2099-12-31'];

const openIn = async (input: readonly string[], expectations: string) => {
  const { stdout } = await run(['check', ...input, '--expectations', expectations, '--format', 'json']);
  return readReport(stdout).findings.filter(({ suppressed }) => suppressed === undefined);
};

/** Templates of the samples leave names to the deployment, the plan has none. */
test.each([
  ['plan.json', account],
  ['plan.json', []],
  ['template.yaml', ['--stack-name', 'photos']],
  ['sam.yaml', ['--stack-name', 'photos']],
])('what check --plan finds can be accepted before it is deployed: %s %j', async (name, more) => {
  const input = ['--plan', `test/samples/iac/${name}`, ...more];
  const found = await openIn(input, file('none.yaml', rules));
  expect(found.length).toBeGreaterThan(0);
  for (const { id, accept } of found.slice(0, 5)) {
    const expectations = file('expectations.yaml', rules);
    const forGood = ['accept', id, ...input, '--expectations', expectations];
    const as = accept === undefined ? [...forGood, ...time] : forGood;
    const { code, stdout, stderr } = await run(as);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^accepted: /);
    const written = readFileSync(expectations, 'utf8');
    expect(written).not.toContain('000000000000');
    expect(written).toMatch(/^# who may do what\ndefault: \[\] # nobody\n/);
    const left = await openIn(input, expectations);
    expect(left.map((one) => one.id).sort()).toEqual(
      found.flatMap((one) => (one.id === id ? [] : [one.id])).sort(),
    );
  }
});

test('for a time, it is suppressed as far as it goes in the plan', async () => {
  const input = ['--plan', 'test/samples/iac/plan.json', ...account];
  const expectations = file('expectations.yaml', rules);
  const [first] = await openIn(input, expectations);
  await run(['accept', first?.id ?? '', ...input, '--expectations', expectations, ...time]);
  expect((await openIn(input, expectations)).map(({ id }) => id)).not.toContain(first?.id);
  expect(readFileSync(expectations, 'utf8')).toContain(`finding: ${first?.id}`);
});

test('what only a plan shows is no finding of the account', async () => {
  const [made] = (
    await openIn(['--plan', 'test/samples/iac/plan.json', ...account], file('e.yaml', rules))
  ).filter(({ subject }) => subject === 'role/face-search');
  const expectations = file('expectations.yaml', rules);
  const { code, stderr } = await run(['accept', made?.id ?? '', ...account, '--expectations', expectations]);
  expect(code).toBe(3);
  expect(stderr).toContain('there is no open finding');
});

test.each([
  [['--stack-name', 'photos'], /--stack-name is for --plan/],
  [['--plan', 'test/samples/iac/plan.json', '--profile', 'audit'], /--profile is not asked/],
])('what would not be looked at is refused: %j', async (args, message) => {
  const { code, stderr } = await run(['accept', '0123456789abcdef', ...args]);
  expect(stderr).toMatch(message);
  expect(code).toBe(3);
});
