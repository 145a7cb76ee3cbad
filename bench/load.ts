import assert from 'node:assert/strict';
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import pLimit from 'p-limit';
import { deployStack, sample } from '#cli/demo/stack.ts';

/**
 * `npm run load`: the noise attack. So many customer managed policies change in the window in which somebody gives a role too
 * much, while IAM throttles every fifth call. Asserts that the attack is told with who did it, that nothing is lost or left
 * in a dead-letter queue, and prints when. LOAD_POLICIES: how many (default 100).
 */
const policies = Number(process.env.LOAD_POLICIES ?? 100);
const harmless = (action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });
const arnOf = (index: number) => `arn:aws:iam::123456789012:policy/noise-${index}`;

const deployed = await deployStack({
  account: sample('story-account.json'),
  expectations: sample('story-expectations.yaml'),
});
const { aws, stack } = deployed;
const iam = new IAMClient({
  endpoint: aws.endpoint,
  region: 'us-east-1',
  credentials: aws.credentialsFor({
    principalArn: 'arn:aws:iam::123456789012:role/break-glass',
    sessionName: 'mallory@example.com',
  }),
});
try {
  stack.tick('SweepFunctionDaily');
  await stack.settle();
  const limit = pLimit(8);
  const all = Array.from({ length: policies }, (_, index) => index);
  const each = (act: (index: number) => Promise<unknown>) =>
    Promise.all(all.map((one) => limit(() => act(one))));
  await each((index) =>
    iam.send(
      new CreatePolicyCommand({ PolicyName: `noise-${index}`, PolicyDocument: harmless('s3:ListBucket') }),
    ),
  );
  await stack.settle();
  const [calls, mails] = [aws.world.calls().length, aws.messages().length];
  const begun = aws.world.clock().getTime();
  await each((index) =>
    iam.send(
      new CreatePolicyVersionCommand({
        PolicyArn: arnOf(index),
        PolicyDocument: harmless('s3:GetObject'),
        SetAsDefault: true,
      }),
    ),
  );
  const policy = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'analyst', PolicyArn: policy }));
  const attacked = aws.world.clock().getTime();
  aws.world.faults.add({ operation: 'iam:*', kind: 'throttle', every: 5 });
  await stack.settle();

  const told = aws.messages().slice(mails);
  const alert = told.find(({ byProtocol }) => byProtocol.email?.includes('mallory@example.com'));
  assert.ok(alert, 'the attack is told, with who did it');
  for (const { logicalId } of stack.template.queues)
    assert.deepEqual(stack.queue(logicalId).bodies(), [], `${logicalId} is empty`);
  const seconds = (at: number) => ((at - attacked) / 1000).toFixed(0);
  const asked = aws.world
    .calls()
    .slice(calls)
    .filter(({ service, caller }) => service === 'iam' && /Function/.test(caller));
  console.log(
    `${policies} policy changes in ${((attacked - begun) / 1000).toFixed(0)} s, and one attack; every fifth call throttled`,
  );
  console.log(
    `  the attack is told after        ${seconds(alert.time.getTime())} s, of which 60 are delay and window`,
  );
  console.log(`  all is read after               ${seconds(aws.world.clock().getTime())} s`);
  console.log(`  e-mails                         ${told.length}`);
  console.log(
    `  IAM calls                       ${asked.length}, at 4 a second ${(asked.length / 4).toFixed(0)} s`,
  );
} finally {
  iam.destroy();
  await deployed.stop();
}
