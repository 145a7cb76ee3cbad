import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DeployedStack, deployStack, projectRoot, sample } from '#cli/demo/stack.ts';

let directory: string;
let deployed: DeployedStack;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'evidence-'));
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
    parameters: { MonthlyEvidence: 'yes', EvidenceLockDays: '365' },
  });
}, 180_000);
afterAll(async () => {
  await deployed.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Exit code and output of the command line. */
function cli(...args: readonly string[]) {
  try {
    const main = join(projectRoot, 'dist/cli/main.mjs');
    return { exit: 0, output: execFileSync(process.execPath, [main, ...args], { encoding: 'utf8' }) };
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string };
    return { exit: status, output: stdout };
  }
}

it('what the stack writes every month verifies, and is locked', async () => {
  const { aws, stack } = deployed;
  const [named] = stack.template.buckets.filter(({ logicalId }) => logicalId === 'EvidenceBucket');
  expect(named).toMatchObject({ versioning: 'Enabled', lockDays: 365 });
  stack.tick('WriteEvidenceFunctionMonthly');
  await stack.settle();
  expect(stack.problems()).toEqual([]);

  const mail = aws.messages().at(-1);
  expect(mail?.subject).toMatch(/^Rekognition: evidence of \d{4}-\d{2}-\d{2} is written$/);
  const [, seal = ''] = /--sha256 ([0-9a-f]{64})$/m.exec(mail?.byProtocol.email ?? '') ?? [];
  const objects = aws.platform.buckets.find(named?.name ?? '')?.versions() ?? [];
  const folder = join(directory, 'folder');
  mkdirSync(folder);
  for (const { key, content } of objects) {
    expect(key).toMatch(/^evidence\/\d{4}-\d{2}-\d{2}-[0-9a-f-]{36}\/[\w.-]+$/);
    writeFileSync(join(folder, basename(key)), content?.body ?? '');
  }
  expect(objects.map(({ key }) => basename(key))).toEqual(
    expect.arrayContaining([
      'account.json',
      'expectations.yaml',
      'manifest.json',
      'report.json',
      'simulated.json',
    ]),
  );
  const verified = cli('evidence', 'verify', folder, '--sha256', seal);
  expect(verified.output).toContain('Every statement follows.');
  expect(verified.exit).toBe(0);
  appendFileSync(join(folder, 'account.json'), ' ');
  expect(cli('evidence', 'verify', folder, '--sha256', seal).exit).toBe(1);

  const s3 = new S3Client({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
  });
  const [{ key: Key, versionId: VersionId } = { key: '', versionId: '' }] = objects;
  await expect(s3.send(new DeleteObjectCommand({ Bucket: named?.name, Key, VersionId }))).rejects.toThrow(
    /object lock/,
  );
  s3.destroy();
}, 180_000);
