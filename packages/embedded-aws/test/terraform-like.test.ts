import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startServerlessAws } from '../src/platform.ts';
import { Rekognition } from '../src/rekognition/service.ts';
import { emptyAccount } from './bundle.ts';
import { catalog } from './catalog.ts';

function installed(): boolean {
  try {
    execFileSync('python3', ['-c', 'import boto3'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const team = [{ Key: 'team', Value: 'vision' }];

// boto3 is a Python package that a machine may not have.
it.skipIf(!installed())('creates, reads, updates and destroys as Terraform does, through boto3', async () => {
  const aws = await startServerlessAws({
    account: emptyAccount,
    catalog,
    services: [(world) => new Rekognition(world)],
  });
  try {
    const script = new URL('terraform-like.py', import.meta.url).pathname;
    const env = { ...process.env, ...aws.env, AWS_ENDPOINT_URL: aws.endpoint };
    const { stdout } = await promisify(execFile)('python3', [script], { env });
    expect(JSON.parse(stdout)).toEqual({
      account: '123456789012',
      read: {
        policy: 'rekognition:DetectLabels',
        policy_tags: team,
        role: {
          Arn: 'arn:aws:iam::123456789012:role/app/app',
          Description: 'the application',
          MaxSessionDuration: 7200,
          Tags: team,
        },
        profile_tags: team,
        linked: "of the team's tasks",
        key: 'ann',
        user: 'arn:aws:iam::123456789012:user/people/ann',
        queue_tags: { team: 'vision' },
        queue_policies: true,
        queue_policies_left: [],
        visibility: '90',
        topic: 'News',
        filtered: true,
        rule: 'of IAM',
        rule_after: ['what changes', 'ENABLED'],
        rule_tags: team,
        target: true,
        bucket_policy: true,
        objects: ['batch/1'],
      },
      too_early: {
        role: 'DeleteConflict',
        policy: 'DeleteConflict',
        user: 'DeleteConflict',
        group: 'DeleteConflict',
        rule: 'ValidationException',
      },
      gone: {
        role: 'NoSuchEntity',
        policy: 'NoSuchEntity',
        user: 'NoSuchEntity',
        group: 'NoSuchEntity',
        linked: 'NoSuchEntity',
        profile: 'NoSuchEntity',
        queue: 'AWS.SimpleQueueService.NonExistentQueue',
        topic: 'NotFound',
        rule: 'ResourceNotFoundException',
        topics: [],
        bucket: '404',
        collection: 'ResourceNotFoundException',
      },
    });
  } finally {
    await aws.stop();
  }
});
