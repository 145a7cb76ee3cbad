import { execSync, spawnSync } from 'node:child_process';
import { chmodSync, closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readReport } from '#test/support/report.ts';
import {
  accountOf,
  ended,
  file,
  folder,
  run,
  sample,
  sampleAccount,
  sampleExpectations,
  sampleGuardrails,
  start,
} from './program.ts';

const withoutSeconds = (text: string): string =>
  text.replace(/\d+\.\d s$/m, '0.0 s').replace(/^node \S+main\.mjs/m, 'node dist/cli/main.mjs');

describe('check of a file', () => {
  test('the sample company: findings, exit 1', async () => {
    const args = [...sampleAccount, ...sampleGuardrails, ...sampleExpectations];
    const { code, stdout, stderr } = await run(['check', ...args]);
    expect(stderr).toBe('');
    await expect(
      withoutSeconds(stdout).replaceAll(sampleExpectations[1] ?? '', 'expectations.yaml'),
    ).toMatchFileSnapshot('golden/check.txt');
    expect(code).toBe(1);
  });

  test('one principal, with details', async () => {
    const { code, stdout } = await run(['check', ...sample, '--principal', 'role/returns-desk', '--details']);
    await expect(withoutSeconds(stdout)).toMatchFileSnapshot('golden/check-details.txt');
    expect(code).toBe(1);
  });

  test('everything as expected: exit 0', async () => {
    const account = file('quiet.json', accountOf([]));
    const { code, stdout } = await run(['check', '--account-details', account]);
    expect(stdout).toContain('1 principal as expected');
    expect(code).toBe(0);
  });

  test('a policy that IAM would not take: exit 2', async () => {
    const statement = { Effect: 'Permit', Action: 'rekognition:*', Resource: '*' };
    const account = file(
      'broken-policy.json',
      accountOf([{ PolicyName: 'p', PolicyDocument: { Statement: statement } }]),
    );
    const { code, stdout } = await run(['check', '--account-details', account]);
    expect(stdout).toContain('Effect must be "Allow" or "Deny", not "Permit"');
    expect(code).toBe(2);
  });

  test('several principals', async () => {
    const names = ['role/shop-search', 'arn:aws:iam::123456789012:user/tomas'];
    const { stdout } = await run(['check', ...sample, '--format', 'json', '--principal', ...names]);
    const subjects = z.object({ principals: z.array(z.object({ subject: z.string() })) });
    expect(subjects.parse(JSON.parse(stdout)).principals.map(({ subject }) => subject)).toEqual([
      'role/shop-search',
      'user/tomas',
    ]);
  });

  test('--format several times: one run, a file for each, the one without to the terminal', async () => {
    const to = folder();
    const wanted = ['csv', 'matrix-csv', 'junit', 'sarif', 'asff', 'ocsf', 'ocsf-1.8', 'markdown', 'json'];
    const formats = wanted.flatMap((name) => ['--format', `${name}=${join(to, name)}`]);
    const { code, stdout, stderr } = await run(['check', ...sample, ...formats, '--format', 'text']);
    expect(stderr).toBe('');
    expect(stdout).toContain('role/returns-desk');
    expect(code).toBe(1);
    for (const name of wanted) {
      // Markdown and pages write a hyphen as a character reference, too.
      const text = readFileSync(join(to, name), 'utf8').replaceAll('&#45;', '-');
      expect(text, name).toContain('returns-desk');
    }
    const report = readReport(readFileSync(join(to, 'json'), 'utf8'));
    expect(report.access?.actions).toHaveLength(76);
    expect(report.principals.filter(({ access }) => access === undefined)).toEqual([]);
  });

  test.each([
    [['--format', 'csv', '--format', 'json'], 'only one form can go to the terminal'],
    [['--format', 'csv=/nowhere/x.csv'], 'cannot write /nowhere/x.csv: there is no such directory'],
    [['--format', 'pdf=x.pdf'], 'Allowed choices are text, json,'],
    [['--format', 'csv='], 'Name a file after csv='],
  ])('%j is refused before the run', async (flags, message) => {
    const { code, stdout, stderr } = await run(['check', ...sample, ...flags]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('--output writes a file and says nothing; JSON has the published shape', async () => {
    const output = join(folder(), 'report.json');
    const result = await run(['check', ...sample, '--format', 'json', '--output', output]);
    expect(result).toEqual({ code: 1, stdout: '', stderr: '' });
    const report = readReport(readFileSync(output, 'utf8'));
    expect(report.exitCode).toBe(1);
    expect(report.findings.length).toBeGreaterThan(5);
    expect(report.principals).toHaveLength(19);
    expect(report.summary.findings.critical).toBe(
      report.findings.filter(({ severity, suppressed }) => severity === 'critical' && !suppressed).length,
    );
  });

  test('two runs on the same input differ in the head only', async () => {
    const reports = [];
    for (const _ of [1, 2]) {
      const { stdout } = await run(['check', ...sample, '--format', 'json']);
      const { run: head, ...rest } = readReport(stdout);
      expect(head.startedAt).toMatch(/^2/);
      reports.push(rest);
    }
    expect(reports[0]).toEqual(reports[1]);
    expect(reports[0]).toMatchObject({
      program: { name: 'rekognition-permission-check' },
      catalogue: { actions: 76 },
      input: sampleAccount[1],
    });
  });

  test('a line of the report can be explained as it says', async () => {
    const { stdout } = await run(['check', ...sample]);
    const [, command = ''] = /explain a line:\n([\s\S]*)$/.exec(stdout) ?? [];
    expect(command).toContain('--account-details');
    const explained = execSync(command, { encoding: 'utf8' });
    expect(explained).toMatch(/^(role|user)\/\S+ → rekognition:/);
  });

  test.runIf(existsSync('/dev/full'))('a report that cannot be written is a failure', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, ['dist/cli/main.mjs', 'check', ...sample], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    closeSync(full);
    expect(stderr).toMatch(/^failed: cannot write to standard output: .*\n$/);
    expect(status).toBe(4);
  });

  test('of a reader that goes away nothing is said, and nobody takes it for a report', async () => {
    const child = start(['check', ...sample, '--format', 'json']);
    child.stdout.destroy();
    expect(await ended(child)).toMatchObject({ stderr: '', code: 4 });
  });
});

const readOnly = (): string => {
  const path = file('report.txt', '');
  chmodSync(path, 0o400);
  return path;
};

/** Arguments → what the one line says. */
const inputErrors: Readonly<Record<string, readonly [readonly string[], RegExp]>> = {
  'a principal that nobody is': [
    ['check', ...sample, '--principal', 'role/analyst', 'role/analist'],
    /^error: account 123456789012 has no role "analist" \(did you mean "role\/analyst"\?\)$/,
  ],
  'a principal of another account': [
    ['check', ...sample, '--principal', 'arn:aws:iam::999999999999:role/analyst'],
    /is of account 999999999999, and this is account 123456789012/,
  ],
  'a principal that is none': [
    ['check', ...sample, '--principal', 'analyst'],
    /write role\/NAME, user\/NAME/,
  ],
  'a file that is not there': [['check', '--account-details', 'nothing.json'], /nothing\.json/],
  'a file that is no account': [['check', '--account-details', 'package.json'], /UserDetailList.* missing/],
  'a file that is broken': [
    ['check', '--account-details', file('broken.json', '{"UserDetailList": [')],
    /broken\.json:1:/,
  ],
  'expectations that are wrong': [
    [
      'check',
      ...sampleAccount,
      '--expectations',
      file('e.yaml', 'principals:\n  - match: role/a\n    expct: []\n'),
    ],
    /e\.yaml:3: .*"?expect"?/,
  ],
  'expectations that are not there': [
    ['check', ...sampleAccount, '--expectations', 'nothing.yaml'],
    /^error: nothing\.yaml: there is no such file$/,
  ],
  'guardrails that are wrong': [
    ['check', ...sampleAccount, '--guardrails', file('g.yaml', 'scps: {}\n')],
    /g\.yaml:1: /,
  ],
  'two sources': [
    ['check', ...sampleAccount, '--profile', 'audit'],
    /'--account-details <file...>' cannot be used with option '--profile <name>'/,
  ],
  'an output directory that is not there': [
    ['check', ...sample, '--output', '/nowhere/report.txt'],
    /^error: cannot write \/nowhere\/report\.txt: there is no such directory$/,
  ],
  'an output that is a directory': [
    ['check', ...sample, '--output', tmpdir()],
    /is a directory: name a file$/,
  ],
  'a format that does not exist': [['check', ...sample, '--format', 'xml'], /Allowed choices are text, json/],
  'a pace of nothing': [['check', ...sample, '--calls-per-second', '0'], /a number above zero/],
  'half a call at once': [['check', ...sample, '--concurrency', '0.5'], /a whole number/],
  'a command that does not exist': [['chek'], /unknown command 'chek'\n\(Did you mean check\?\)/],
  'an option that does not exist': [['check', '--principals', 'x'], /Did you mean --principal\?/],
};

describe('what cannot be used is said in a line, with exit 3', () => {
  test.each(Object.entries(inputErrors))('%s', async (_, [args, words]) => {
    const { code, stdout, stderr } = await run(args);
    expect(stderr.trim()).toMatch(words);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    expect(code).toBe(3);
  });

  test.skipIf(process.getuid?.() === 0)(
    'an output that may not be written (root may write all)',
    async () => {
      const { code, stderr } = await run(['check', ...sample, '--output', readOnly()]);
      expect(stderr).toMatch(/permission denied$/m);
      expect(code).toBe(3);
    },
  );
});

describe('what fails is said in a line, with exit 4', () => {
  test('no credentials', async () => {
    const { code, stderr } = await run(['check', ...sampleExpectations]);
    expect(stderr).toMatch(/^failed: .*credentials.*\(give AWS credentials as for the AWS CLI: .*\)\n$/);
    expect(code).toBe(4);
  });
});
