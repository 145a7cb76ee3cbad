import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { folder, root } from './program.ts';

const blocks = [...readFileSync(join(root, 'docs/gate.md'), 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map(
  ([, text = '']): unknown => parse(text),
);
const workflow = z
  .object({
    jobs: z.object({
      permissions: z.object({
        env: z.record(z.string(), z.string()),
        steps: z.array(z.object({ name: z.string().optional(), run: z.string().optional() })),
      }),
    }),
  })
  .parse(blocks[0]).jobs.permissions;
const pipeline = z
  .object({ 'rekognition-permissions': z.object({ script: z.array(z.string()) }) })
  .parse(blocks[1]);
const hook = z
  .object({
    repos: z.array(z.object({ hooks: z.array(z.object({ entry: z.string(), args: z.array(z.string()) })) })),
  })
  .parse(blocks[2]).repos[0]?.hooks[0];

/** Programs that a runner has and this machine may not: each writes down how it is called. */
const stubs = {
  npx: `shift 2; exec ${process.execPath} ${join(root, 'dist/cli/main.mjs')} "$@"`,
  terraform: 'if [ "$1" = show ]; then cat "$SAMPLE"; fi',
  gh: `echo "gh $*" >> "$CALLS"; case "$*" in *--jq*) cat "$COMMENTS";; esac`,
};

let here: string;
beforeAll(() => {
  here = folder();
  mkdirSync(join(here, 'bin'));
  for (const [name, script] of Object.entries(stubs)) {
    writeFileSync(join(here, 'bin', name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(here, 'bin', name), 0o755);
  }
  copyFileSync(join(root, 'test/samples/iac/template.yaml'), join(here, 'template.yaml'));
  writeFileSync(join(here, 'expectations.yaml'), 'default: []\n');
  writeFileSync(join(here, 'comments'), '');
});

/** Runs a script as a runner does: in a shell that ends at the first command that fails. */
function shell(script: string, more: Readonly<Record<string, string>> = {}) {
  return spawnSync('bash', ['-eo', 'pipefail', '-c', script], {
    cwd: here,
    encoding: 'utf8',
    env: {
      PATH: `${join(here, 'bin')}:${process.env.PATH ?? ''}`,
      HOME: here,
      SAMPLE: join(root, 'test/samples/iac/plan.json'),
      CALLS: join(here, 'calls'),
      COMMENTS: join(here, 'comments'),
      GITHUB_REPOSITORY: 'example/photos',
      PULL_REQUEST: '7',
      ...workflow.env,
      ...more,
    },
  });
}

const step = (name: string): string => workflow.steps.find((one) => one.name === name)?.run ?? '';
const calls = () => readFileSync(join(here, 'calls'), 'utf8').trim().split('\n');

describe('the GitHub job', () => {
  test('plans, checks with annotations and a summary, and fails', () => {
    expect(shell(step('plan')).status).toBe(0);
    const summary = join(here, 'summary.md');
    const { status, stdout } = shell(step('check'), { GITHUB_STEP_SUMMARY: summary });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^::error /m);
    expect(readFileSync(summary, 'utf8')).toContain('role/analyst');
  });

  test('comments once, then replaces its comment', () => {
    shell(step('plan'));
    expect(shell(step('comment')).status).toBe(0);
    expect(calls().at(-1)).toBe(
      'gh api --method POST repos/example/photos/issues/7/comments -F body=@comment.md',
    );
    expect(readFileSync(join(here, 'comment.md'), 'utf8')).toMatch(
      /^<!-- rekognition-permission-check -->\n/,
    );
    writeFileSync(join(here, 'comments'), '42\n');
    expect(shell(step('comment')).status).toBe(0);
    expect(calls().at(-1)).toBe(
      'gh api --method PATCH repos/example/photos/issues/comments/42 -F body=@comment.md',
    );
  });
});

test('the GitLab job writes its report', () => {
  const [script = ''] = pipeline['rekognition-permissions'].script;
  expect(shell(script).status).toBe(1);
  expect(existsSync(join(here, 'report.json'))).toBe(true);
});

test('the pre-commit hook fails for what it finds', () => {
  const { status, stdout } = shell([hook?.entry, ...(hook?.args ?? [])].join(' '));
  expect(status).toBe(1);
  expect(stdout).toContain('role/analyst');
});
