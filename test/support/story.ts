/** A story: the deployed stack on the embedded AWS, somebody who changes IAM, and the e-mails that come of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { onTestFinished } from 'vitest';
import { type DeployedStack, deployStack, projectRoot, type StackOptions, sample } from '#cli/demo/stack.ts';

export interface Story extends DeployedStack {
  /** Changes IAM as role/break-glass, whom nobody watches. */
  readonly iam: IAMClient;
  /** What was told since it was asked last, the subject before the text, once everything under way has come to rest. */
  news(): Promise<string[]>;
  /** A sweep, and what came of it. */
  sweep(): Promise<string[]>;
  role(name: string, boundary?: string): Promise<unknown>;
  user(name: string): Promise<unknown>;
  /** A managed policy of the account; answers its ARN. */
  policy(name: string, text: string): Promise<string>;
  /** Writes the inline policy `own` of a role. */
  put(role: string, text: string): Promise<unknown>;
}

export interface StoryOptions extends Partial<StackOptions> {
  /** The text of expectations.yaml; absent: the one that is shipped. */
  readonly rules?: string;
}

/** Begins a story; it ends with the test. Nobody was looked at yet. */
export async function beginStory({ rules, ...options }: StoryOptions = {}): Promise<Story> {
  const expectations = rules === undefined ? {} : { expectations: written(rules) };
  const { end, ...story } = await openStory({ ...expectations, ...options });
  onTestFinished(end);
  return story;
}

/** The same for several tests, which end it by `end`; with the expectations that are shipped, where no others are given. */
export async function openStory(
  options: Partial<StackOptions> = {},
): Promise<Story & { readonly end: () => Promise<void> }> {
  const expectations = join(projectRoot, 'expectations.yaml');
  const deployed = await deployStack({ account: sample('story-account.json'), expectations, ...options });
  const { aws, stack } = deployed;
  const iam = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
  });
  const end = async () => {
    iam.destroy();
    await deployed.stop();
  };
  let heard = 0;
  const news = async () => {
    await stack.settle();
    const fresh = aws.messages().slice(heard);
    heard = aws.messages().length;
    return fresh.map(({ subject = '', byProtocol }) =>
      `${subject} ${byProtocol.email}`.replaceAll(/\s+/g, ' '),
    );
  };
  return {
    ...deployed,
    iam,
    end,
    news,
    sweep: () => {
      stack.tick('SweepFunctionDaily');
      return news();
    },
    role: (RoleName, PermissionsBoundary) =>
      iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, PermissionsBoundary })),
    user: (UserName) => iam.send(new CreateUserCommand({ UserName })),
    policy: async (PolicyName, PolicyDocument) => {
      const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
      return Policy?.Arn ?? '';
    },
    put: (RoleName, PolicyDocument) =>
      iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument })),
  };
}

function written(rules: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'expectations-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'expectations.yaml');
  writeFileSync(file, rules);
  return file;
}

/** A document of one statement. */
export const statement = (
  Effect: 'Allow' | 'Deny',
  Action: string | readonly string[],
  more: { readonly Resource?: string; readonly Condition?: object } = {},
): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Action, Resource: '*', ...more }] });

/** The trust of a role that nobody comes to from outside. */
export const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

export const fullAccess = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
