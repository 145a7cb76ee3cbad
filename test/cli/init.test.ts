import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { file, folder, run, sampleAccount, sampleGuardrails } from './program.ts';

const company = [...sampleAccount, ...sampleGuardrails];

test('init, then check: nothing is found, and a change is', async () => {
  const output = join(folder(), 'expectations.yaml');
  const written = await run(['init', ...company, '--output', output]);
  // A policy of the sample company cannot be read.
  expect(written).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      // Who may join a group is no matter of rules.
      /^1 finding that no rule can say: suppressed for 90 days, .*\nnot judged: role\/kiosk-prototype/,
    ),
  });
  const text = readFileSync(output, 'utf8');
  expect(text.split('\n').filter((line) => /^ *#/.test(line) && line.length > 80)).toEqual([]);
  expect(text).toContain('[AmazonRekognitionReadOnlyAccess@v10]');
  expect(text).toMatch(/# critical: can delete faces; is that so\?\n {2}- match: role\/payroll-export/);
  expect((await run(['check', ...company, '--expectations', output])).code).toBe(0);
  const widened = readFileSync('cli/samples/account.json', 'utf8').replaceAll(
    'collection/payroll-*',
    'collection/*',
  );
  const after = ['--account-details', file('after.json', widened), ...sampleGuardrails];
  const { code, stdout } = await run(['check', ...after, '--expectations', output]);
  expect(stdout).toMatch(/CRITICAL\s+role\/payroll-export\s+excess/);
  expect(code).toBe(1);
});

test('init prints where no file is named, and overwrites none', async () => {
  const { stdout } = await run(['init', ...sampleAccount]);
  expect(stdout).toMatch(/^# What account 123456789012 can do in Rekognition today/);
  const there = file('expectations.yaml', 'mine');
  const { code, stderr } = await run(['init', ...sampleAccount, '--output', there]);
  expect(stderr).toMatch(/exists: init overwrites no file/);
  expect(code).toBe(3);
  expect(readFileSync(there, 'utf8')).toBe('mine');
});
