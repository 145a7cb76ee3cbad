import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerlessAws, startServerlessAws } from '../src/platform.ts';
import { emptyAccount } from './bundle.ts';
import { allow, policyText } from './start.ts';

function installed(): boolean {
  try {
    execFileSync('aws', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
});

/**
 * The calls that Terraform's AWS provider makes for a role with its policy and instance profile, a topic, a queue, a rule and
 * a bucket: each is created, read back, changed and destroyed, by the AWS CLI (a Python program that a machine may not have).
 */
describe.skipIf(!installed())('a run of an infrastructure tool', () => {
  let aws: ServerlessAws;
  beforeAll(async () => {
    aws = await startServerlessAws({ account: emptyAccount });
  });
  afterAll(() => aws.stop());

  /** Runs one command of the AWS CLI; answers the JSON that it prints. */
  async function run(command: string, ...values: readonly string[]) {
    const [service = '', ...words] = command.split(' ');
    // Version 1 of the AWS CLI does not take the endpoint of every service from the environment.
    const args = [service, '--endpoint-url', aws.endpoint, '--output', 'json', ...words, ...values];
    const { stdout } = await promisify(execFile)('aws', args, {
      env: { PATH: process.env.PATH, HOME: '/nonexistent', ...aws.env },
    });
    return stdout.trim() === '' ? undefined : JSON.parse(stdout);
  }
  const refused = (command: string, ...values: readonly string[]) =>
    run(command, ...values).then(
      () => 'not refused',
      (error: Error & { stderr?: string }) => /\((\w[\w.]*)\)/.exec(error.stderr ?? '')?.[1] ?? error.message,
    );

  const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:123456789012:${rest}`;
  const policyArn = 'arn:aws:iam::123456789012:policy/web';

  it('creates, reads, changes and destroys a role with its policy and instance profile', async () => {
    await run('iam create-role --role-name web --assume-role-policy-document', trust);
    await run('iam create-policy --policy-name web --policy-document', policyText(allow('s3:GetObject')));
    await run(`iam attach-role-policy --role-name web --policy-arn ${policyArn}`);
    await run('iam create-instance-profile --instance-profile-name web');
    await run('iam add-role-to-instance-profile --instance-profile-name web --role-name web');

    expect((await run('iam get-role --role-name web')).Role.AssumeRolePolicyDocument).toEqual(
      JSON.parse(trust),
    );
    expect(await run('iam list-role-policies --role-name web')).toEqual({ PolicyNames: [] });
    const attached = await run('iam list-attached-role-policies --role-name web');
    expect(attached.AttachedPolicies).toEqual([{ PolicyName: 'web', PolicyArn: policyArn }]);
    expect((await run(`iam get-policy --policy-arn ${policyArn}`)).Policy.AttachmentCount).toBe(1);
    expect((await run(`iam list-policy-tags --policy-arn ${policyArn}`)).Tags).toEqual([]);

    await run(
      `iam create-policy-version --set-as-default --policy-arn ${policyArn} --policy-document`,
      policyText(allow('s3:PutObject')),
    );
    await run(`iam tag-policy --policy-arn ${policyArn} --tags Key=team,Value=web`);
    await run('iam tag-role --role-name web --tags Key=team,Value=web');
    expect((await run(`iam get-policy --policy-arn ${policyArn}`)).Policy.DefaultVersionId).toBe('v2');

    expect(await refused('iam delete-role --role-name web')).toBe('DeleteConflict');
    const profiles = await run('iam list-instance-profiles-for-role --role-name web');
    expect(profiles.InstanceProfiles).toHaveLength(1);
    await run('iam remove-role-from-instance-profile --instance-profile-name web --role-name web');
    await run('iam delete-instance-profile --instance-profile-name web');
    await run(`iam detach-role-policy --role-name web --policy-arn ${policyArn}`);
    await run('iam delete-role --role-name web');
    await run(`iam delete-policy-version --policy-arn ${policyArn} --version-id v1`);
    await run(`iam delete-policy --policy-arn ${policyArn}`);
    expect(await refused('iam get-role --role-name web')).toBe('NoSuchEntity');
  }, 300_000);

  it('does the same with a topic, a queue, a rule and a bucket', async () => {
    const TopicArn = (await run('sns create-topic --name alerts')).TopicArn;
    const { SubscriptionArn } = await run(
      `sns subscribe --topic-arn ${TopicArn} --protocol email --notification-endpoint a@example.com`,
    );
    await run(
      `sns set-subscription-attributes --subscription-arn ${SubscriptionArn} --attribute-name FilterPolicy --attribute-value`,
      '{"severity":["high"]}',
    );
    const shown = await run(`sns get-subscription-attributes --subscription-arn ${SubscriptionArn}`);
    expect(shown.Attributes.FilterPolicy).toBe('{"severity":["high"]}');

    const { QueueUrl } = await run('sqs create-queue --queue-name jobs');
    const queue = await run(`sqs get-queue-attributes --attribute-names All --queue-url ${QueueUrl}`);
    await run(`sqs set-queue-attributes --attributes VisibilityTimeout=60 --queue-url ${QueueUrl}`);

    await run('events put-rule --name changes --event-pattern', '{"source":["team"]}');
    await run(`events put-targets --rule changes --targets Id=jobs,Arn=${queue.Attributes.QueueArn}`);
    expect((await run('events describe-rule --name changes')).Arn).toBe(arn('events', 'rule/changes'));
    expect(await refused('events delete-rule --name changes')).toBe('ValidationException');

    await run('s3api create-bucket --bucket lists');
    const policy = policyText(
      allow('s3:*', {
        Effect: 'Deny',
        Principal: '*',
        Resource: 'arn:aws:s3:::lists/*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
    await run('s3api put-bucket-policy --bucket lists --policy', policy);
    expect((await run('s3api get-bucket-policy --bucket lists')).Policy).toBe(policy);
    await run(`s3api put-object --bucket lists --key batch/1 --body`, import.meta.filename);
    const listed = await run('s3api list-objects-v2 --bucket lists --prefix batch/');
    expect(listed.Contents.map(({ Key }: { Key: string }) => Key)).toEqual(['batch/1']);

    await run('s3api delete-object --bucket lists --key batch/1');
    await run('s3api delete-bucket --bucket lists');
    await run('events remove-targets --rule changes --ids jobs');
    await run('events delete-rule --name changes');
    await run(`sqs delete-queue --queue-url ${QueueUrl}`);
    expect(await refused('sqs get-queue-url --queue-name jobs')).toBe(
      'AWS.SimpleQueueService.NonExistentQueue',
    );
    await run(`sns unsubscribe --subscription-arn ${SubscriptionArn}`);
    await run(`sns delete-topic --topic-arn ${TopicArn}`);
    expect((await run('sns list-topics')).Topics).toEqual([]);
    expect(await refused('s3api head-bucket --bucket lists')).toBe('404');
  }, 300_000);
});
