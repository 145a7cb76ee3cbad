import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DetachRolePolicyCommand,
  PutGroupPolicyCommand,
  TagRoleCommand,
} from '@aws-sdk/client-iam';
import * as z from 'zod';
import { writeSyntheticAccount } from '../synthetic-account.ts';
import {
  allow,
  each,
  full,
  many,
  policyArn,
  role,
  Stage,
  storyWith,
  sum,
  type Taken,
  user,
} from './stage.ts';

const shared = {
  PolicyName: 'shared',
  PolicyId: 'ANPASHARED',
  Arn: policyArn('shared'),
  Path: '/',
  DefaultVersionId: 'v1',
  AttachmentCount: 1,
  IsAttachable: true,
  PolicyVersionList: [
    { VersionId: 'v1', IsDefaultVersion: true, Document: JSON.parse(allow('s3:GetObject')) },
  ],
};

/** A sweep of an account that is made of real ones, see bench/synthetic-account.ts. */
export async function sweep(principals: number): Promise<Taken> {
  const directory = mkdtempSync(join(tmpdir(), 'synthetic-'));
  const file = join(directory, 'account.json');
  await writeSyntheticAccount(file, principals);
  const stage = await Stage.with(file);
  try {
    const taken = await stage.sweep();
    stage.assertQuiet();
    const pages = taken.calls.get('GetAccountAuthorizationDetails') ?? 0;
    assert.ok(pages <= Math.ceil((principals + 3_000) / 1_000), `the account is read once: ${pages} pages`);
    const chunks = stage.deployed.stack.invocations('CheckPrincipalsFunction').length;
    stage.print(`A sweep of ${principals} principals`, taken, [`invocations      ${chunks}`]);
    return taken;
  } finally {
    await stage.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Every second call to IAM is throttled while so many roles, which have twenty different policies at most, are swept. */
export async function storm(principals: number): Promise<Taken> {
  const own = (turn: number) => [
    { PolicyName: `own-${turn}`, PolicyDocument: JSON.parse(allow(actions[turn] ?? '')) },
  ];
  const policies = Math.min(20, Math.ceil(principals / 5));
  const actions = Array.from({ length: policies }, (_, turn) => `rekognition:Detect${'?'.repeat(turn)}*`);
  const roles = many(principals, 'storm').map((name, index) => ({
    ...role(name),
    RolePolicyList: own(index % actions.length),
  }));
  const stage = await Stage.with(storyWith({ RoleDetailList: roles }));
  try {
    stage.deployed.aws.world.faults.add({ operation: 'iam:*', kind: 'throttle', every: 2 });
    const taken = await stage.sweep();
    stage.deployed.aws.world.faults.clear();
    stage.assertQuiet();
    const again = await stage.sweep();
    assert.equal(again.messages.length, 0, 'all of it was found in the storm');
    stage.print(
      `A sweep of ${principals} roles, with ${policies} policies, every second call throttled`,
      taken,
    );
    return taken;
  } finally {
    await stage.stop();
  }
}

/** So many events over so many roles, each delivered twice and in any order; every third role ends with access. */
export async function disorder(events: number, roles: number): Promise<Taken> {
  const names = many(roles, 'busy');
  const stage = await Stage.with(storyWith({ RoleDetailList: names.map((name) => role(name)) }));
  const { iam, deployed } = stage;
  try {
    await stage.sweep();
    const queue = deployed.stack.queue('ChangeQueue');
    const send = queue.send.bind(queue);
    let delivered = 0;
    // CloudTrail and SQS deliver late, twice, and in any order.
    queue.send = (message) => {
      delivered += 2;
      send({ ...message, delaySeconds: 30 + ((delivered * 7919) % 60) });
      return send({ ...message, delaySeconds: 30 + ((delivered * 104729) % 150) });
    };
    const open = names.filter((_, index) => index % 3 === 0);
    const taken = await stage.take(async () => {
      const rounds = Math.max(1, Math.floor(events / 2 / roles) - 1);
      for (let round = 0; round < rounds; round += 1) {
        const Tags = [{ Key: 'round', Value: String(round) }];
        await each(names, (RoleName) => iam.send(new TagRoleCommand({ RoleName, Tags })));
      }
      await each(names, (RoleName) => iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: full })));
      const taking = names.filter((name) => !open.includes(name));
      await each(taking, (RoleName) => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: full })));
    });
    stage.assertQuiet();
    const told = stage.named(taken.messages);
    for (const name of open) assert.ok(told.has(`role/${name}`), `${name} is told`);
    const quiet = await stage.sweep();
    assert.equal(quiet.messages.length, 0, 'nothing was left to tell');
    stage.print(`${delivered} events over ${roles} roles, each twice and in disorder`, taken, [
      `told             ${told.size} names; ${open.length} roles end with access`,
    ]);
    return taken;
  } finally {
    await stage.stop();
  }
}

/** A managed policy that so many roles have is given another version. */
export async function policy(holders: number): Promise<Taken> {
  const names = many(holders, 'holder');
  const roles = names.map((name) => role(name, 'shared'));
  const stage = await Stage.with(storyWith({ RoleDetailList: roles, Policies: [shared] }));
  try {
    await stage.sweep();
    const version = {
      PolicyArn: shared.Arn,
      PolicyDocument: allow('rekognition:DeleteFaces'),
      SetAsDefault: true,
    };
    return await told(
      stage,
      `A policy of ${holders} roles`,
      names.map((name) => `role/${name}`),
      () => stage.iam.send(new CreatePolicyVersionCommand(version)),
    );
  } finally {
    await stage.stop();
  }
}

/** Somebody checks an account by hand in which so many roles have a policy of their own each, and none is expected. */
export async function now(principals: number): Promise<Taken> {
  const roles = many(principals, 'own').map((name) => ({
    ...role(name),
    RolePolicyList: [
      { PolicyName: name, PolicyDocument: JSON.parse(allow('rekognition:*', collection(name))) },
    ],
  }));
  const stage = await Stage.with(storyWith({ RoleDetailList: roles }));
  try {
    let payload = '';
    const taken = await stage.take(async () => {
      const answer = await stage.deployed.stack.invoke('CheckNowFunction', {});
      assert.equal(answer.functionError, undefined, answer.payload.slice(0, 300));
      payload = answer.payload;
    });
    const megabytes = Buffer.byteLength(payload) / 1e6;
    assert.ok(megabytes < 6, `an answer of ${megabytes} MB`);
    const { principals: listed, summary } = answerSchema.parse(JSON.parse(payload));
    stage.print(`A check by hand of ${principals} roles, each with a policy of its own`, taken, [
      `answer           ${megabytes.toFixed(1)} MB, ${listed.length} principals in it; ${JSON.stringify(summary)}`,
    ]);
    return taken;
  } finally {
    await stage.stop();
  }
}

const collection = (name: string) => `arn:aws:rekognition:*:*:collection/${name}`;
const answerSchema = z.looseObject({ principals: z.array(z.unknown()), summary: z.optional(z.unknown()) });

/** A group with so many users is given a policy. */
export async function group(members: number): Promise<Taken> {
  const names = many(members, 'member');
  const crowd = {
    Path: '/',
    GroupName: 'crowd',
    GroupId: 'AGPACROWD',
    Arn: 'arn:aws:iam::123456789012:group/crowd',
    GroupPolicyList: [],
    AttachedManagedPolicies: [],
  };
  const users = names.map((name) => user(name, 'crowd'));
  const stage = await Stage.with(storyWith({ UserDetailList: users, GroupDetailList: [crowd] }));
  try {
    await stage.sweep();
    const own = { GroupName: 'crowd', PolicyName: 'faces', PolicyDocument: allow('rekognition:DeleteFaces') };
    return await told(
      stage,
      `A group of ${members} users`,
      names.map((name) => `user/${name}`),
      () => stage.iam.send(new PutGroupPolicyCommand(own)),
    );
  } finally {
    await stage.stop();
  }
}

/** Does something about many, and asserts that everybody is named, in one message and with few calls. */
async function told(
  stage: Stage,
  title: string,
  subjects: readonly string[],
  act: () => Promise<unknown>,
): Promise<Taken> {
  const taken = await stage.take(act);
  stage.assertQuiet();
  const named = stage.named(taken.messages);
  const missing = subjects.filter((subject) => !named.has(subject));
  assert.deepEqual(missing.slice(0, 3), [], `${missing.length} of ${subjects.length} are not named`);
  assert.ok(sum(taken.calls) < 20 + subjects.length / 100, `few calls: ${sum(taken.calls)}`);
  const { counted, named: shown } = stage.shown(taken.messages);
  const last = Math.max(...taken.messages.map(({ time }) => time.getTime()));
  stage.print(title, taken, [
    `all told         after ${((last - taken.begun) / 1000).toFixed(0)} s of the stack's time`,
    `named            ${subjects.length}, ${shown} of them in the message itself, which counts ${counted}`,
  ]);
  return taken;
}

/**
 * The noise attack: so many customer managed policies change in the window in which somebody gives a role too much, while IAM
 * throttles every fifth call, at 20 calls a second.
 */
export async function noise(policies: number): Promise<Taken> {
  const stage = await Stage.with(storyWith({}), { callsPerSecond: 20 });
  const { iam, deployed } = stage;
  const { world } = deployed.aws;
  try {
    await stage.sweep();
    const names = many(policies, 'noise');
    await stage.take(() =>
      each(names, (PolicyName) =>
        iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: allow('s3:ListBucket') })),
      ),
    );
    let attacked = 0;
    const taken = await stage.take(async () => {
      await each(names, (name) => {
        const version = { PolicyDocument: allow('s3:GetObject'), SetAsDefault: true };
        return iam.send(new CreatePolicyVersionCommand({ PolicyArn: policyArn(name), ...version }));
      });
      await iam.send(new AttachRolePolicyCommand({ RoleName: 'analyst', PolicyArn: full }));
      attacked = world.clock().getTime();
      world.faults.add({ operation: 'iam:*', kind: 'throttle', every: 5 });
    });
    const alert = taken.messages.find(({ byProtocol }) => byProtocol.email?.includes('mallory@example.com'));
    assert.ok(alert, 'the attack is told, with who did it');
    const seconds = (alert.time.getTime() - attacked) / 1000;
    assert.ok(seconds < 120, `the attack is told after ${seconds} s`);
    stage.assertQuiet();
    stage.print(`${policies} policy changes and one attack, every fifth call throttled`, taken, [
      `attack told      after ${seconds.toFixed(0)} s, of which 60 are delay and window`,
    ]);
    return taken;
  } finally {
    await stage.stop();
  }
}
