import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const program = join(root, 'dist', 'cli', 'main.mjs');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment of somebody without AWS credentials. */
const bare = {
  PATH: process.env.PATH ?? '',
  HOME: tmpdir(),
  TMPDIR: tmpdir(),
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** Starts the built command line, as a user would. */
export function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [program, ...args], { cwd: root, env: { ...bare, ...env } });
}

/** Runs the built command line to its end. */
export function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return ended(start(args, env));
}

export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.on('data', (chunk) => out.push(String(chunk)));
  child.stderr.on('data', (chunk) => err.push(String(chunk)));
  child.stdin.end();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout: out.join(''), stderr: err.join('') }));
  });
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder, removed after the tests of the file that asks for it. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'cli-'));
  folders.push(path);
  return path;
}

/** A file of its own with that text; answers its path. */
export function file(name: string, text: string): string {
  const path = join(folder(), name);
  writeFileSync(path, text);
  return path;
}

const samples = 'cli/samples';
export const sampleAccount = ['--account-details', `${samples}/account.json`];
export const sampleGuardrails = ['--guardrails', `${samples}/guardrails.yaml`];
export const sampleExpectations = ['--expectations', `${samples}/expectations.yaml`];
/** The sample company, whole. */
export const sample = [...sampleAccount, ...sampleGuardrails, ...sampleExpectations];

/** An account of roles that nobody can assume, with their inline policies. */
export const accountOfRoles = (roles: Readonly<Record<string, readonly unknown[]>>): string =>
  JSON.stringify({
    UserDetailList: [],
    GroupDetailList: [],
    RoleDetailList: Object.entries(roles).map(([name, inlinePolicies]) => ({
      Path: '/',
      RoleName: name,
      RoleId: `AROA${name.toUpperCase()}EXAMPLEEXAMP`,
      Arn: `arn:aws:iam::123456789012:role/${name}`,
      CreateDate: '2025-01-06T09:00:00+00:00',
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] },
      InstanceProfileList: [],
      RolePolicyList: inlinePolicies,
      AttachedManagedPolicies: [],
      Tags: [],
    })),
    Policies: [],
  });

/** One role with inline policies. */
export const accountOf = (inlinePolicies: readonly unknown[]): string =>
  accountOfRoles({ quiet: inlinePolicies });
