import { IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { DeleteFacesCommand } from '@aws-sdk/client-rekognition';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { run } from '#test/cli/program.ts';
import { allow, deny, policy, roleArn, start } from '#test/support/rekognition-account.ts';

const roles = {
  reader: { policies: [policy(allow('rekognition:List*'))] },
  denied: { policies: [policy(allow('rekognition:*'), deny('rekognition:DeleteFaces'))] },
};

test.each([
  ['reader', /give role\/reader a policy with\s+\{"Effect":"Allow","Action":"rekognition:DeleteFaces"/],
  ['denied', /take rekognition:DeleteFaces out of inline policy "inline-1",\s+statement 2/],
] as const)('the error that AWS answers role/%s with is explained', async (name, words) => {
  await using running = await start(roles);
  const call = new DeleteFacesCommand({ CollectionId: 'visitors', FaceIds: [crypto.randomUUID()] });
  const error: unknown = await running
    .client(roleArn(name))
    .send(call)
    .catch((refused: unknown) => refused);
  const text = error instanceof Error ? error.message : '';
  expect(text).toContain('is not authorized to perform: rekognition:DeleteFaces');
  const { stdout, code } = await run(['explain', '--error', text], running.aws.env);
  expect(stdout).toMatch(/on collection\/visitors, with aws:RequestedRegion eu-west-1: DENIED/);
  expect(stdout).toMatch(words);
  expect(code).toBe(0);
});

test('who may not assume a role is told what its trust policy lacks, and comes in with that', async () => {
  await using running = await start({ ...roles, admin: { policies: [policy(allow('iam:*'))] } });
  const { aws } = running;
  const as = (name: string) => ({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor(roleArn(name)),
  });
  const sts = new STSClient(as('reader'));
  const assume = () =>
    sts.send(new AssumeRoleCommand({ RoleArn: roleArn('denied'), RoleSessionName: 'permission-check' }));
  const error: unknown = await assume().catch((refused: unknown) => refused);
  const text = error instanceof Error ? error.message : '';
  expect(text).toContain('is not authorized to perform: sts:AssumeRole');
  const { stdout, code } = await run(['explain', '--error', text], aws.env);
  expect(code).toBe(0);
  const [, statement] =
    /Smallest change: add\s+(\{.*\})\s+to the trust policy of role\/denied/s.exec(stdout) ?? [];
  const document = `{"Version":"2012-10-17","Statement":${statement}}`;
  const trust = new UpdateAssumeRolePolicyCommand({ RoleName: 'denied', PolicyDocument: document });
  await new IAMClient(as('admin')).send(trust);
  await expect(assume()).resolves.toMatchObject({
    AssumedRoleUser: { Arn: expect.stringContaining('denied') },
  });
});
