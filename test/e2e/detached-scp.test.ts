import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { deployStack, projectRoot, sample } from '#cli/demo/stack.ts';

const statement = (Effect: string, Action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Action, Resource: '*' }] });
const scp = (name: string, text: string) => ({ name, type: 'scp' as const, text });
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

test('an SCP that is detached is growth, though only the simulation sees it', async () => {
  const allowed = scp('FullAWSAccess', statement('Allow', '*'));
  const level = [allowed, scp('no-deletion', statement('Deny', 'rekognition:DeleteFaces'))];
  const deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: `${projectRoot}/expectations.yaml`,
    guardrails: { scps: [level] },
  });
  const { aws, stack } = deployed;
  const iam = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
  });
  const sweep = async () => {
    const before = aws.messages().length;
    stack.tick('SweepFunctionDaily');
    await stack.settle();
    return aws.messages().slice(before);
  };
  try {
    const RoleName = 'app';
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
    const PolicyDocument = statement('Allow', 'rekognition:DeleteFaces');
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument }));
    await sweep();
    expect(
      aws
        .messages()
        .map(({ subject }) => subject)
        .join(),
    ).not.toContain('role/app can');
    level.pop();
    const told = await sweep();
    expect(told).toHaveLength(1);
    expect(told[0]?.byProtocol.email?.replaceAll(/\s+/g, ' ')).toMatch(/role\/app can now delete faces/);
  } finally {
    iam.destroy();
    await deployed.stop();
  }
}, 60_000);
