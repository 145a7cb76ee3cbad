import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  AttachRolePolicyCommand,
  DetachRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  TagRoleCommand,
} from '@aws-sdk/client-iam';
import type { CallRecord, LocalStack, SnsMessage } from '@permission-check/embedded-aws';
import pLimit from 'p-limit';
import * as z from 'zod';
import { type DeployedStack, deployStack, type StackOptions, sample } from '#cli/demo/stack.ts';
import { deployUnpaced } from './deploy.ts';

const full = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
const harmless = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
});
const details = z.looseObject({
  RoleDetailList: z.array(z.looseObject({ RoleName: z.string(), Arn: z.string() })),
});

/** The account of the demonstration with so many roles more, which can do nothing. */
function accountWith(names: readonly string[]): StackOptions['account'] {
  const account = details.parse(JSON.parse(readFileSync(sample('story-account.json'), 'utf8')));
  const [model] = account.RoleDetailList;
  const roles = names.map((RoleName) => ({
    ...model,
    Path: '/',
    RoleName,
    RoleId: `AROA${RoleName.toUpperCase().replace(/\W/g, '').padStart(17, '0')}`,
    Arn: `arn:aws:iam::123456789012:role/${RoleName}`,
    RolePolicyList: [],
    AttachedManagedPolicies: [],
  }));
  return { ...account, RoleDetailList: [...account.RoleDetailList, ...roles] };
}

const administrator = ({ aws }: DeployedStack) =>
  new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
  });

/** What the stack's own functions asked IAM, by operation. */
function iamCalls(calls: readonly CallRecord[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { service, operation, caller } of calls) {
    if (service === 'iam' && caller.includes(':assumed-role/local-'))
      counts.set(operation, (counts.get(operation) ?? 0) + 1);
  }
  return counts;
}
const listed = (counts: ReadonlyMap<string, number>) =>
  [...counts].map(([name, count]) => `${name} ${count}`).join(', ') || 'none';

const mailSchema = z.object({
  findings: z.array(z.object({ state: z.string(), subjects: z.array(z.string()), subjectCount: z.number() })),
  findingsNotShown: z.number(),
});
const batch = z.object({ Records: z.array(z.object({ body: z.string() })) });
const message = z.object({ principals: z.array(z.unknown()).optional() });

/**
 * A burst of IAM changes, made by the API of the embedded AWS, whose events go through the deployed stack. Every third
 * role ends with FullAccess; the others are tagged, given harmless policies, or given FullAccess that is taken away
 * again. Asserts that each role with access is told once, and nothing else.
 */
export async function benchBurst(events = 1000, principals = 300): Promise<void> {
  const roles = Array.from({ length: principals }, (_, index) => `burst-${String(index).padStart(4, '0')}`);
  const deployed = await deployUnpaced({ account: accountWith(roles), pace: 1 });
  const { aws, stack } = deployed;
  const iam = administrator(deployed);
  try {
    const begun = performance.now();
    const granted = await makeChanges(iam, roles, events);
    const made = performance.now();
    const before = aws.world.calls().length;
    await stack.settle();
    const seconds = (performance.now() - made) / 1000;

    const read = bodiesFor(stack, 'OnIamChangeFunction').length;
    const checked = bodiesFor(stack, 'CheckPrincipalsFunction')
      .map((body) => message.parse(JSON.parse(body)).principals?.length ?? 0)
      .reduce((sum, count) => sum + count, 0);
    const told = toldIn(aws.messages());
    assert.equal(read, events, 'every event is read');
    assert.deepEqual(told, [...granted].map((role) => `new ${role}`).sort(), 'told once, and nothing else');
    assertQuiet(stack);

    const calls = iamCalls(aws.world.calls().slice(before));
    const all = [...calls.values()].reduce((sum, count) => sum + count, 0);
    console.log(
      `Burst: ${events} events over ${principals} roles, of which ${granted.size} end with too much`,
    );
    console.log(
      `  e-mails                 ${aws.messages().length}, telling ${told.length} roles; nothing lost, nothing twice`,
    );
    console.log(`  principals checked      ${checked}`);
    console.log(`  IAM calls               ${all} (${listed(calls)}), ${(all / events).toFixed(3)} an event`);
    console.log(
      `  seconds                 ${((made - begun) / 1000).toFixed(1)} to make the changes, ${seconds.toFixed(1)} until all was told`,
    );
    console.log(
      '                          (delays and batching windows skipped; the pace towards IAM lifted)',
    );
  } finally {
    iam.destroy();
    await deployed.stop();
  }
}

/** Makes the changes of a burst; answers the roles that end with FullAccess, as subjects. */
async function makeChanges(iam: IAMClient, roles: readonly string[], events: number): Promise<Set<string>> {
  const granted = new Set<string>();
  const change = (index: number) => {
    const RoleName = roles[index % roles.length] ?? '';
    const round = Math.floor(index / roles.length);
    const kind = index % 3;
    if (round === 0 && kind < 2) {
      if (kind === 0) granted.add(`role/${RoleName}`);
      return iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: full }));
    }
    if (round === 1 && kind === 1)
      return iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: full }));
    if (round % 2 === 0)
      return iam.send(
        new PutRolePolicyCommand({ RoleName, PolicyName: `p${round}`, PolicyDocument: harmless }),
      );
    return iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'round', Value: String(round) }] }));
  };
  const limit = pLimit(8);
  // One round after the other: a policy must be attached before it is detached.
  for (let start = 0; start < events; start += roles.length) {
    const round = Array.from({ length: Math.min(roles.length, events - start) }, (_, place) => start + place);
    await Promise.all(round.map((index) => limit(() => change(index))));
  }
  return granted;
}

/** The bodies of all messages that a function was invoked with. */
function bodiesFor(stack: LocalStack, logicalId: string): string[] {
  const name = stack.template.functions.find((one) => one.logicalId === logicalId)?.name;
  return stack
    .invocations()
    .filter(({ functionName }) => functionName === name)
    .flatMap(({ event }) => batch.parse(JSON.parse(event)).Records.map(({ body }) => body));
}

/** What e-mails told: `new role/burst-0003`, sorted. */
function toldIn(messages: readonly SnsMessage[]): string[] {
  return messages
    .flatMap(({ byProtocol }) => {
      const mail = mailSchema.parse(JSON.parse(byProtocol.default ?? ''));
      assert.equal(mail.findingsNotShown, 0);
      return mail.findings.flatMap(({ state, subjects, subjectCount }) => {
        assert.equal(subjects.length, subjectCount);
        return subjects.map((subject) => `${state} ${subject}`);
      });
    })
    .sort();
}

/** Nothing failed, and nothing waits. */
function assertQuiet(stack: LocalStack): void {
  assert.deepEqual(stack.problems(), []);
  for (const { logicalId } of stack.template.queues)
    assert.deepEqual(stack.queue(logicalId).bodies(), [], logicalId);
  for (const { functionError, payload } of stack.invocations())
    assert.equal(functionError, undefined, payload);
}

/** From a change to its e-mail, without the queue's delay and batching window; at the template's own pace. */
export async function benchChange(changes = 11): Promise<void> {
  const deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
    // Measured in real time, without AWS's own delays.
    pace: 0,
    parameters: { IamCallsPerSecond: '4', IamConcurrency: '2' },
  });
  const { aws, stack } = deployed;
  const iam = administrator(deployed);
  try {
    const policy = { RoleName: 'analyst', PolicyArn: full };
    const milliseconds: number[] = [];
    const calls: number[] = [];
    let kinds = new Map<string, number>();
    for (let index = 0; index <= changes; index++) {
      await iam.send(
        index % 2 === 0 ? new AttachRolePolicyCommand(policy) : new DetachRolePolicyCommand(policy),
      );
      const changed = performance.now();
      const before = aws.world.calls().length;
      while (aws.messages().length <= index) {
        assert.ok(performance.now() - changed < 30_000, 'no e-mail within half a minute');
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      milliseconds.push(performance.now() - changed);
      await stack.settle();
      assert.equal(aws.messages().length, index + 1);
      kinds = iamCalls(aws.world.calls().slice(before));
      calls.push([...kinds.values()].reduce((sum, count) => sum + count, 0));
    }
    const [cold = Number.NaN, ...warm] = milliseconds;
    const median = warm.sort((a, b) => a - b)[Math.floor(warm.length / 2)] ?? Number.NaN;
    console.log('Change → e-mail, without the deliberate delay, at 4 IAM calls a second');
    console.log(
      `  median of ${warm.length}            ${median.toFixed(0)} ms; the first, with cold functions, ${cold.toFixed(0)} ms`,
    );
    console.log(
      `  IAM calls a change      ${Math.min(...calls)} to ${Math.max(...calls)} (${listed(kinds)})`,
    );
  } finally {
    iam.destroy();
    await deployed.stop();
  }
}
