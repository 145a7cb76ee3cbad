import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startLocalAws } from '@permission-check/embedded-aws';
import { describe, expect, test } from 'vitest';
import { rekognitionCatalog } from '#cli/demo/service-catalog.ts';
import { guardrailsFromFile } from '#lib/account/guardrails-file.ts';
import { readReport } from '#test/support/report.ts';
import { file, folder, run, sample, sampleAccount, sampleExpectations, sampleGuardrails } from './program.ts';

describe('evidence of a file', () => {
  test('is written for its owner alone, and verifies in another place', async () => {
    const out = join(folder(), 'evidence');
    const { code, stdout, stderr } = await run(['evidence', '--out', out, ...sample]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [, seal = ''] = /kept elsewhere: ([0-9a-f]{64})/.exec(stdout) ?? [];
    expect(statSync(out).mode & 0o777).toBe(0o700);
    const verified = await run(['evidence', 'verify', out, '--sha256', seal]);
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('Every statement follows.') });
    const against = await run(['evidence', 'verify', out, ...sampleAccount, ...sampleGuardrails]);
    expect(against.code).toBe(0);

    const other = await run(['evidence', 'verify', out, '--sha256', '0'.repeat(64)]);
    expect(other).toMatchObject({ code: 1, stdout: expect.stringContaining('whose hash was kept') });
    const path = join(out, 'expectations.yaml');
    writeFileSync(path, `${readFileSync(path, 'utf8')}\n`);
    const changed = await run(['evidence', 'verify', out]);
    expect(changed).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('expectations.yaml: was changed'),
    });
  });

  test('says what cannot be used: no folder, one that is not empty, none to verify, a broken table', async () => {
    const out = folder();
    writeFileSync(join(out, 'mine.txt'), 'mine');
    const cases: [string[], RegExp][] = [
      [['evidence'], /name the folder to write: --out FOLDER/],
      [['evidence', '--out', out], /is not empty/],
      [['evidence', 'verify', join(out, 'none')], /cannot read .*none/],
      [['evidence', '--out', join(out, 'a'), '--controls', file('c.json', '[]')], /c\.json: /],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await run([...args, ...(args.includes('verify') ? [] : sample)]);
      expect(stderr).toMatch(message);
      expect(code).toBe(3);
    }
    expect(readdirSync(out)).toEqual(['mine.txt']);
  });
});

test('evidence of IAM itself holds what its simulation answered, and verifies without it', async () => {
  const aws = await startLocalAws({
    catalog: rekognitionCatalog,
    account: 'cli/samples/account.json',
    guardrails: await guardrailsFromFile('cli/samples/guardrails.yaml'),
  });
  const out = join(folder(), 'evidence');
  try {
    const args = ['--out', out, ...sampleExpectations, '--calls-per-second', '10000', '--concurrency', '8'];
    expect((await run(['evidence', ...args], aws.env)).stderr).toBe('');
  } finally {
    await aws.stop();
  }
  const report = readReport(readFileSync(join(out, 'report.json'), 'utf8'));
  expect(report.evidence).toEqual(['evaluated', 'simulated']);
  expect(report.answers.some(({ kind }) => kind === 'simulated')).toBe(true);
  const verified = await run(['evidence', 'verify', out]);
  expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('Every statement follows.') });
});
