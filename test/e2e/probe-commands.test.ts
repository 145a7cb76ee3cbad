import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '#cli/demo/stack.ts';
import { CHECKER, canary, EXTERNAL_ID, reader, readOnly } from '#test/lib/probing/roles-harness.ts';
import {
  allow,
  deny,
  policy,
  REGION,
  type Running,
  roleArn,
  start,
} from '#test/support/rekognition-account.ts';
import { readReport } from '#test/support/report.ts';

const directory = mkdtempSync(join(tmpdir(), 'probe-commands-'));
const calibration = join(directory, 'calibration.json');
const fast = ['--calls-per-second', '200', '--external-id', EXTERNAL_ID];

let running: Running;
beforeAll(async () => {
  const checks = ['sts:AssumeRole', 'iam:SimulatePrincipalPolicy', 'iam:GetAccountAuthorizationDetails'];
  running = await start(
    {
      [CHECKER]: { policies: [policy(allow(checks))] },
      canary,
      reader,
      closed: { managed: [readOnly] },
    },
    // The live call carries its user agent, the simulation does not: an SCP that it cannot see.
    {
      scps: [
        policy(
          allow('*'),
          deny('rekognition:DetectText', '*', {
            Condition: { StringLike: { 'aws:UserAgent': '*rekognition-permission-check*' } },
          }),
        ),
      ],
    },
  );
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the built command as the checker. */
const run = (...args: readonly string[]) =>
  new Promise<Ended>((resolve) => {
    const env = { PATH: process.env.PATH, ...running.aws.envFor(roleArn(CHECKER)) };
    const main = join(projectRoot, 'dist', 'cli', 'main.mjs');
    execFile(process.execPath, [main, ...args], { env, cwd: directory }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });

describe('calibrate', () => {
  it('writes what tells denied from allowed', async () => {
    const { code, err } = await run('calibrate', '--role', 'role/canary', '--output', calibration, ...fast);
    expect(err).toContain(`${REGION}: 68 of 76 probes tell denied from allowed; Custom Labels present`);
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(calibration, 'utf8'))).toMatchObject({ region: REGION });
  });

  it('says why where the role cannot be assumed', async () => {
    const { code, err } = await run('calibrate', '--role', 'role/closed', ...fast);
    expect(err).toContain('role/closed: not probed: the role cannot be assumed');
    expect(code).toBe(2);
  });
});

describe('probe', () => {
  it('shows what is allowed and denied live, and the contradiction with its causes', async () => {
    const { code, out } = await run(
      'probe',
      'role/reader',
      '--recheck-seconds',
      '0',
      '--calibration',
      calibration,
      ...fast,
    );
    const text = out.replaceAll(/\s+/g, ' ');
    expect(text).toContain('DetectText (explicitly: service control policy)');
    expect(text).toMatch(/allowed 3\d CompareFaces,/);
    expect(text).toMatch(
      /MEDIUM role\/reader contradiction .*Probed on \*\. The denial names a service control policy/,
    );
    expect(text).toContain('1. a service control policy, which the live denial names');
    expect(text).toContain('CreateFaceLivenessSession (any call that Rekognition accepts');
    expect(code).toBe(1);
  });

  it('says who cannot be probed and why, and does not pass', async () => {
    const { code, out } = await run('probe', 'role/closed', 'user/bob', '--format', 'json', ...fast);
    const report = readReport(out);
    expect(report.principals).toEqual([
      expect.objectContaining({
        subject: 'user/bob',
        status: 'not-checkable',
        note: expect.stringContaining('users cannot'),
      }),
      expect.objectContaining({ subject: 'role/closed', status: 'inconclusive' }),
    ]);
    expect(report.exitCode).toBe(2);
    expect(code).toBe(2);
    const shown = await run('probe', 'user/bob', ...fast);
    expect(shown.out).toContain('nothing was probed');
  });

  it('probes the role that it runs as without assuming it', async () => {
    const before = running.aws.calls().length;
    const { code, out } = await run('probe', `role/${CHECKER}`, '--calibration', calibration, ...fast);
    expect(out).toMatch(/denied\s+\d+\s+AssociateFaces,/);
    expect(out).toContain('no contradictions where live calls gave an answer');
    expect(code).toBe(0);
    const calls = running.aws.calls().slice(before);
    expect(calls.filter(({ operation }) => operation === 'AssumeRole')).toEqual([]);
    expect(calls.filter(({ service }) => service === 'rekognition').length).toBe(73);
  });

  it.each([
    ['a role that does not exist', ['probe', 'role/raeder'], 'did you mean "role/reader"'],
    [
      'a calibration that is none',
      ['probe', 'role/reader', '--calibration', 'none.json'],
      'the calibration is not',
    ],
    [
      'another Region’s calibration',
      ['probe', 'role/reader', '--region', 'us-east-1', '--calibration', calibration],
      `is a calibration of ${REGION}`,
    ],
    ['a negative pause', ['probe', 'role/reader', '--recheck-seconds', '-1'], 'zero or more'],
  ])('refuses %s', async (_, args, message) => {
    writeFileSync(join(directory, 'none.json'), '{}');
    const { code, err } = await run(...args);
    expect(err).toContain(message);
    expect(code).toBe(3);
  });
});
