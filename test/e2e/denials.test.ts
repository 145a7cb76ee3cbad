import { DeleteFacesCommand } from '@aws-sdk/client-rekognition';
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
