import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readReport } from '#test/support/report.ts';
import { file, folder, run } from './program.ts';

const samples = 'test/samples/iac';
const none = () => ['--expectations', file('none.yaml', 'default: []\n')];

describe('check --plan', () => {
  test.each(['plan.json', 'template.yaml', 'sam.yaml', 'cdk.template.json'])('%s, as JSON', async (name) => {
    const { code, stdout, stderr } = await run([
      'check',
      '--plan',
      `${samples}/${name}`,
      ...none(),
      '--format',
      'json',
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(1);
    const report = readReport(stdout);
    expect(report.findings.every(({ declaredIn }) => declaredIn !== undefined)).toBe(true);
  });

  test('on top of an account, in the terms of a gate', async () => {
    const account = ['--account-details', 'cli/samples/account.json'];
    const plan = ['--plan', `${samples}/plan.json`];
    const all = await run(['check', ...plan, ...account, ...none(), '--format', 'json']);
    const report = readReport(all.stdout);
    const changes = await run([
      'check',
      ...plan,
      ...account,
      ...none(),
      '--only-changes',
      '--format',
      'json',
    ]);
    const changed = readReport(changes.stdout);
    expect(changed.findings.length).toBeLessThan(report.findings.length);
    // The account's analyst has full access already: the plan gives him nothing more.
    expect(changed.findings.map(({ subject }) => subject)).toEqual(['role/face-search']);
    const baseline = file('report.json', all.stdout);
    const again = await run(['check', ...plan, ...account, ...none(), '--baseline', baseline]);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain(`${report.findings.length} known before`);
  });

  test('the line of the configuration beside the plan', async () => {
    const here = folder();
    const module = 'resource "aws_iam_role" "this" {}\n\nresource "aws_iam_role_policy" "this" {}\n';
    mkdirSync(join(here, 'search-role'));
    writeFileSync(join(here, 'search-role', 'main.tf'), module);
    writeFileSync(join(here, 'iam.tf'), '\nresource "aws_iam_role_policy" "analyst" {\n}\n');
    writeFileSync(join(here, 'plan.json'), readFileSync(`${samples}/plan.json`));
    const { stdout } = await run([
      'check',
      '--plan',
      join(here, 'plan.json'),
      ...none(),
      '--format',
      'github',
    ]);
    expect(stdout).toMatch(/^::error file=\S*iam\.tf,line=2,title=critical excess/m);
    expect(stdout).toMatch(/^::error file=\S*search-role\/main\.tf,line=3,title=high inconclusive/m);
  });

  test('a cloud assembly', async () => {
    const here = join(folder(), 'cdk.out');
    mkdirSync(here);
    const artifact = {
      type: 'aws:cloudformation:stack',
      environment: 'aws://123456789012/us-east-1',
      properties: { templateFile: 'photos.template.json' },
      metadata: { '/photos/FaceAdmin/Resource': [{ type: 'aws:cdk:logicalId', data: 'FaceAdmin88B5C3F3' }] },
    };
    writeFileSync(
      join(here, 'manifest.json'),
      JSON.stringify({ version: '55.0.0', artifacts: { photos: artifact } }),
    );
    writeFileSync(join(here, 'photos.template.json'), readFileSync(`${samples}/cdk.template.json`));
    const { code, stdout } = await run([
      'check',
      '--plan',
      here,
      ...none(),
      '--format',
      'json',
      '--parameter',
      'Stage=prod',
    ]);
    expect(code).toBe(1);
    const report = readReport(stdout);
    expect(report.accountId).toBe('123456789012');
    expect(report.principals.map(({ subject }) => subject)).toContain(
      'role/photos-SearchServiceRole6943DBFA-*',
    );
    expect(stdout).toContain('photos/FaceAdmin/Resource');
    expect(stdout).toContain('visitors-prod');
  });

  test.each([
    ['{', /: not JSON/],
    ['{"format_version":"2.0"}', /: format_version: 2\.0 is not read here/],
    [
      '{"format_version":"1.2","resource_changes":[{}]}',
      /: not a plan .*: resource_changes\.0\.address: expected string/,
    ],
    ['PK\u0003\u0004', /terraform show -json/],
    ['{"@level":"info"}\n{"@level":"info"}', /terraform show -json/],
    ['{"steps":[]}', /Pulumi/],
    ['Resources: {}\n', /Resources: the template has none/],
  ])('what cannot be read is one line and exit 3: %s', async (text, message) => {
    const { code, stdout, stderr } = await run(['check', '--plan', file('plan.json', text)]);
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('GitHub gets a summary of the step where it asks for one', async () => {
    const summary = file('summary.md', '');
    await run(['check', '--plan', `${samples}/plan.json`, ...none(), '--format', 'github'], {
      GITHUB_STEP_SUMMARY: summary,
    });
    expect(readFileSync(summary, 'utf8')).toContain('| critical | <code>role/analyst</code>');
  });

  test('a plan without anything of IAM is clean', async () => {
    const bucket = {
      address: 'aws_s3_bucket.b',
      type: 'aws_s3_bucket',
      name: 'b',
      change: { actions: ['create'], after: {} },
    };
    const plan = file('plan.json', JSON.stringify({ format_version: '1.2', resource_changes: [bucket] }));
    expect((await run(['check', '--plan', plan, ...none()])).code).toBe(0);
    const { code, stdout } = await run(['diff', '--plan', plan, ...none()]);
    expect(code).toBe(0);
    expect(stdout).toContain('proved equal');
  });
});

describe('diff --plan', () => {
  test('what is gained, with a request that shows it', async () => {
    const { code, stdout } = await run(['diff', '--plan', `${samples}/plan.json`, ...none()]);
    expect(code).toBe(1);
    expect(stdout).toContain('gains 41 actions on every resource');
    expect(stdout).toMatch(
      /witness: DeleteCollection on\s+arn:aws:rekognition:us-east-1:123456789012:collection\//,
    );
    expect(stdout).toContain('loses nothing: proved');
    const json = await run(['diff', '--plan', `${samples}/plan.json`, ...none(), '--format', 'json']);
    expect(readReport(json.stdout).findings.map(({ kind }) => kind)).toEqual([
      'access-gained',
      'inconclusive',
    ]);
  });

  test('without a plan there is nothing to compare', async () => {
    const { code, stderr } = await run(['diff']);
    expect(code).toBe(3);
    expect(stderr).toContain('diff needs two sides, or --plan FILE');
  });
});
