import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IAMClient } from '@aws-sdk/client-iam';
import type { SnsMessage } from '@permission-check/embedded-aws';
import pLimit from 'p-limit';
import * as z from 'zod';
import { type DeployedStack, sample } from '#cli/demo/stack.ts';
import { deployUnpaced } from '../deploy.ts';

export const accountId = '123456789012';
export const full = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
export const policyArn = (name: string): string => `arn:aws:iam::${accountId}:policy/${name}`;
export const allow = (Action: string, Resource = '*'): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] });

const details = z.looseObject({
  UserDetailList: z.array(z.looseObject({})),
  GroupDetailList: z.array(z.looseObject({})),
  RoleDetailList: z.array(z.looseObject({})),
  Policies: z.array(z.looseObject({})),
});
export type Details = z.infer<typeof details>;

/** The account of the demonstration with more in it. */
export function storyWith(more: Partial<Details>): Details {
  const story = details.parse(JSON.parse(readFileSync(sample('story-account.json'), 'utf8')));
  return {
    UserDetailList: [...story.UserDetailList, ...(more.UserDetailList ?? [])],
    GroupDetailList: [...story.GroupDetailList, ...(more.GroupDetailList ?? [])],
    RoleDetailList: [...story.RoleDetailList, ...(more.RoleDetailList ?? [])],
    Policies: [...story.Policies, ...(more.Policies ?? [])],
  };
}

const idOf = (prefix: string, name: string) =>
  `${prefix}${name.toUpperCase().replaceAll(/\W/g, '').padStart(17, '0')}`;

/** A role that Lambda assumes, with these managed policies. */
export const role = (RoleName: string, ...policies: readonly string[]) => ({
  Path: '/',
  RoleName,
  RoleId: idOf('AROA', RoleName),
  Arn: `arn:aws:iam::${accountId}:role/${RoleName}`,
  AssumeRolePolicyDocument: {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  },
  RolePolicyList: [],
  AttachedManagedPolicies: policies.map((PolicyName) => ({ PolicyName, PolicyArn: policyArn(PolicyName) })),
  Tags: [],
});

export const user = (UserName: string, ...groups: readonly string[]) => ({
  Path: '/',
  UserName,
  UserId: idOf('AIDA', UserName),
  Arn: `arn:aws:iam::${accountId}:user/${UserName}`,
  UserPolicyList: [],
  GroupList: groups,
  AttachedManagedPolicies: [],
  Tags: [],
});

/** `many(3, 'role')`: role-0, role-1, role-2. */
export const many = (count: number, name: string): string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);

const mailSchema = z.object({
  findings: z.array(z.object({ state: z.string(), subjects: z.array(z.string()), subjectCount: z.number() })),
});

const findingsOf = (messages: readonly SnsMessage[]) =>
  messages.flatMap(({ byProtocol }) => mailSchema.parse(JSON.parse(byProtocol.default ?? '')).findings);

/** What something cost, and what was told of it. */
export interface Taken {
  /** What the functions asked IAM, by operation. */
  readonly calls: ReadonlyMap<string, number>;
  readonly messages: readonly SnsMessage[];
  /** When it was begun, in the stack's time. */
  readonly begun: number;
  /** Seconds in the stack's own time, and on this machine. */
  readonly seconds: number;
  readonly wall: number;
  /** The most memory that a function took, in MB. */
  readonly memory: ReadonlyMap<string, number>;
}

export const sum = (calls: Taken['calls']): number => [...calls.values()].reduce((all, one) => all + one, 0);

/** A deployed stack on which something is done, and measured. */
export class Stage {
  readonly deployed: DeployedStack;
  readonly #directory: string;
  #iam: IAMClient | undefined;

  private constructor(deployed: DeployedStack, directory: string) {
    this.deployed = deployed;
    this.#directory = directory;
  }

  /** Of whoever changes IAM: the administrator of the demonstration's account. */
  get iam(): IAMClient {
    this.#iam ??= new IAMClient({
      endpoint: this.deployed.aws.endpoint,
      region: 'us-east-1',
      credentials: this.deployed.aws.credentialsFor({
        principalArn: `arn:aws:iam::${accountId}:role/break-glass`,
        sessionName: 'mallory@example.com',
      }),
    });
    return this.#iam;
  }

  /**
   * @param account itself, or its file
   * @param callsPerSecond to IAM; absent: as many as there are, so that nobody waits
   */
  static async with(account: Details | string, pace: { callsPerSecond?: number } = {}): Promise<Stage> {
    const directory = mkdtempSync(join(tmpdir(), 'load-'));
    const file = typeof account === 'string' ? account : join(directory, 'account.json');
    if (typeof account !== 'string') writeFileSync(file, JSON.stringify(account));
    const { callsPerSecond } = pace;
    const parameters = callsPerSecond === undefined ? {} : { IamCallsPerSecond: String(callsPerSecond) };
    return new Stage(await deployUnpaced({ account: file, parameters }), directory);
  }

  async stop(): Promise<void> {
    this.#iam?.destroy();
    await this.deployed.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  sweep(): Promise<Taken> {
    return this.take(async () => this.deployed.stack.tick('SweepFunctionDaily'));
  }

  /** Does something, and waits for all that the stack makes of it. */
  async take(act: () => Promise<unknown>): Promise<Taken> {
    const { aws, stack } = this.deployed;
    const before = [aws.world.calls().length, aws.messages().length, stack.invocations().length];
    const [begun, started] = [aws.world.clock().getTime(), performance.now()];
    await act();
    await stack.settle();
    const calls = new Map<string, number>();
    for (const { service, operation, caller } of aws.world.calls().slice(before[0]))
      if (service === 'iam' && /Function/.test(caller)) calls.set(operation, (calls.get(operation) ?? 0) + 1);
    const memory = new Map<string, number>();
    for (const { functionName, maxMemoryUsedMb = 0 } of stack.invocations().slice(before[2]))
      memory.set(functionName, Math.max(memory.get(functionName) ?? 0, maxMemoryUsedMb));
    return {
      calls,
      memory,
      begun,
      messages: aws.messages().slice(before[1]),
      seconds: (aws.world.clock().getTime() - begun) / 1000,
      wall: (performance.now() - started) / 1000,
    };
  }

  /** Everybody whom messages name: in themselves, or in the full list that they name. */
  named(messages: readonly SnsMessage[]): ReadonlySet<string> {
    const { platform } = this.deployed.aws;
    const texts = messages.flatMap(({ byProtocol: { email = '' } }) => {
      const key = decodeURIComponent(
        /Full report: \S+&prefix=(\S+)/.exec(email.replaceAll('\n', ' '))?.[1] ?? '',
      );
      const lists = platform.buckets.all().flatMap((bucket) => bucket.get(key)?.content?.body ?? []);
      return [email, ...lists.map((body) => Buffer.from(body).toString('utf8'))];
    });
    const listed = texts.flatMap((text) => text.match(/\b(?:role|user)\/[\w+=,.@-]+/g) ?? []);
    return new Set([...listed, ...findingsOf(messages).flatMap(({ subjects }) => subjects)]);
  }

  /** How many subjects the messages count, and how many of them they show by name. */
  shown(messages: readonly SnsMessage[]): { readonly counted: number; readonly named: number } {
    const findings = findingsOf(messages);
    return {
      counted: findings.reduce((all, { subjectCount }) => Math.max(all, subjectCount), 0),
      named: new Set(findings.flatMap(({ subjects }) => subjects)).size,
    };
  }

  /** Nothing is left in any queue, and in no dead-letter queue. */
  assertQuiet(): void {
    const { stack } = this.deployed;
    for (const { logicalId } of stack.template.queues)
      assert.deepEqual(stack.queue(logicalId).bodies().length, 0, `${logicalId} is empty`);
    assert.deepEqual(stack.problems(), []);
  }

  print(
    title: string,
    { calls, seconds, wall, memory, messages }: Taken,
    more: readonly string[] = [],
  ): void {
    const listed = [...calls].map(([name, count]) => `${name} ${count}`).join(', ');
    const used = [...memory].map(([name, megabytes]) => `${name.replace(/Function-\w+$/, '')} ${megabytes}`);
    console.log(`${title}
  IAM calls        ${sum(calls)} (${listed || 'none'}), at 4 a second ${(sum(calls) / 4).toFixed(0)} s
  done after       ${seconds.toFixed(0)} s of the stack's time, ${wall.toFixed(0)} s on this machine
  memory, MB       ${used.join(', ')}
  e-mails          ${messages.length}${more.map((line) => `\n  ${line}`).join('')}`);
  }
}

/** Does the same for many, eight at a time. */
export async function each<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const limit = pLimit(8);
  await Promise.all(items.map((item) => limit(() => act(item))));
}
