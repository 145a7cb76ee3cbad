import { readFileSync } from 'node:fs';
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  type IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { projectRoot } from '#cli/demo/stack.ts';
import { beginStory, fullAccess as full, type Story, trust } from '#test/support/story.ts';

const document = (Action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });

let deployed: Story;
let iam: IAMClient;
let news: Story['news'];
beforeEach(async () => {
  deployed = await beginStory();
  ({ iam, news } = deployed);
  await look();
});

async function look(): Promise<void> {
  deployed.stack.tick('SweepFunctionDaily');
  await news();
}

/** A change of IAM of which no event comes. */
async function unseen(act: () => Promise<unknown>): Promise<void> {
  const { switches } = deployed.aws.platform.cloudTrail;
  switches.logging = false;
  await act();
  switches.logging = true;
}
const attach = (RoleName: string, PolicyArn = full) =>
  iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));

const busEvent = z.looseObject({ account: z.string(), detail: z.record(z.string(), z.json()) });
/** An event of somebody else's, with some members of its detail in place of its own. */
function eventOf(detail: Record<string, z.infer<ReturnType<typeof z.json>>>, account = '123456789012') {
  const file = `${projectRoot}/events/cloudtrail/put-role-policy-parameters-omitted.json`;
  const event = busEvent.parse(JSON.parse(readFileSync(file, 'utf8')));
  return z.record(z.string(), z.json()).parse({ ...event, account, detail: { ...event.detail, ...detail } });
}
const looks = () => deployed.stack.invocations('CheckPrincipalsFunction').length;

describe('what an event hides', () => {
  it('by white space, which IAM does not count and CloudTrail leaves out with all the rest, is told with who did it', async () => {
    const PolicyDocument = `${' '.repeat(120_000)}${document('rekognition:DeleteFaces')}`;
    await iam.send(new PutRolePolicyCommand({ RoleName: 'analyst', PolicyName: 'own', PolicyDocument }));
    const [told, ...others] = await news();
    expect(others).toEqual([]);
    expect(told).toMatch(/^\[CRITICAL\] Rekognition: role\/analyst can now delete faces/);
    expect(told).toMatch(/did PutRolePolicy, on whom the event does not say .* by break-glass/);
  }, 180_000);

  it.each([
    ['parameters that are null', { requestParameters: null }],
    ['parameters that name nobody', { requestParameters: { policyName: 'own' } }],
    [
      'a name that nobody knows',
      { eventName: 'GrantEverything', requestParameters: { roleName: 'analyst' } },
    ],
  ])(
    '%s: the whole account is checked at once',
    async (_, detail) => {
      await unseen(() => attach('analyst'));
      deployed.aws.platform.bus.take(eventOf(detail));
      const [told, ...others] = await news();
      expect(others).toEqual([]);
      expect(told).toMatch(/^\[CRITICAL\] Rekognition: role\/analyst can now /);
      expect(told).toMatch(/by deploy/);
    },
    60_000,
  );

  it('and another one deletes before anybody looks is not known, and as severe as the worst', async () => {
    const PolicyDocument = `${' '.repeat(120_000)}${document('rekognition:DeleteFaces')}`;
    const own = { RoleName: 'analyst', PolicyName: 'own' };
    await iam.send(new PutRolePolicyCommand({ ...own, PolicyDocument }));
    deployed.aws.platform.timers.skip();
    await iam.send(new DeleteRolePolicyCommand(own));
    const [told, ...others] = await news();
    expect(others).toEqual([]);
    expect(told).toMatch(/^\[INCONCLUSIVE\] .*role\/analyst/);
    expect(told).toMatch(/What role\/analyst could do from .* is not known: break-glass did PutRolePolicy/);
    expect(deployed.aws.messages().at(-1)?.attributes.severity?.value).toBe('critical');
  }, 180_000);

  it('is looked for once for all who caused that while a check of the account was running, and names them', async () => {
    const { bus } = deployed.aws.platform;
    const parameters = { omitted: true, reason: 'too large', originalSize: 110_000 };
    const by = (userName: string) => ({
      eventID: `by-${userName}`,
      requestParameters: parameters,
      userIdentity: { type: 'IAMUser', userName, arn: `arn:aws:iam::123456789012:user/${userName}` },
    });
    bus.take(eventOf(by('ann')));
    await deployed.stack.settle();
    const before = looks();
    await unseen(() => attach('analyst'));
    for (const name of ['bob', 'cid', 'dan']) bus.take(eventOf(by(name)));
    const [told, ...others] = await news();
    expect(others).toEqual([]);
    for (const name of ['bob', 'cid', 'dan']) expect(told).toContain(`by ${name} `);
    // One check of everybody and a second look, for all of them.
    expect(looks() - before).toBeLessThanOrEqual(6);
  }, 180_000);
});

describe('what changes nothing', () => {
  it('a call that was refused', async () => {
    await unseen(() => attach('analyst'));
    const before = looks();
    deployed.aws.platform.bus.take(eventOf({ errorCode: 'AccessDenied', requestParameters: null }));
    expect(await news()).toEqual([]);
    expect(looks()).toBe(before);
  }, 180_000);

  it('an event of another account, by the rule and by the reader; but who acts from there is told of', async () => {
    const { bus } = deployed.aws.platform;
    await unseen(() => attach('analyst'));
    const before = looks();
    const theirs = eventOf({ recipientAccountId: '210987654321' }, '210987654321');
    bus.take(theirs);
    deployed.stack
      .queue('ChangeQueue')
      .send({ body: JSON.stringify(theirs), attributes: {}, senderId: 'tester' });
    expect(await news()).toEqual([]);
    expect(looks()).toBe(before);
    const userIdentity = {
      type: 'AWSAccount',
      accountId: '210987654321',
      principalId: 'AROAEXAMPLE:mallory',
    };
    bus.take(eventOf({ userIdentity }));
    const [told, ...others] = await news();
    expect(others).toEqual([]);
    expect(told).toMatch(/role\/analyst can now .*by account 210987654321/);
  }, 180_000);

  it('a version of a policy that is not its default, until it is', async () => {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'vision', PolicyDocument: document('s3:GetObject') }),
    );
    const PolicyArn = Policy?.Arn;
    await attach('analyst', PolicyArn);
    await news();
    const PolicyDocument = document('rekognition:DeleteFaces');
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument }));
    const before = looks();
    expect(await news()).toEqual([]);
    expect(looks()).toBe(before);
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
    expect(await news()).toEqual([
      expect.stringMatching(/^\[CRITICAL\] Rekognition: role\/analyst can now delete faces/),
    ]);
  }, 180_000);
});

describe('another spelling of a policy, which IAM takes for the same', () => {
  const shouted = 'arn:aws:iam::aws:policy/AMAZONREKOGNITIONFULLACCESS';

  it('attached', async () => {
    await attach('analyst', shouted);
    expect(await news()).toEqual([expect.stringMatching(/^\[CRITICAL\] .*role\/analyst can now/)]);
  }, 180_000);

  it('attached and detached before anybody looked', async () => {
    await attach('analyst', shouted);
    await iam.send(new DetachRolePolicyCommand({ RoleName: 'ANALYST', PolicyArn: full }));
    expect(await news()).toEqual([
      expect.stringMatching(/^\[CRITICAL\] .*role\/analyst could .* for a while/),
    ]);
  }, 180_000);
});

describe('IAM that shows a change late', () => {
  it.each([75, 120])(
    'by %i seconds: it is told by the second look, with who did it',
    async (seconds) => {
      await iam.send(new CreateRoleCommand({ RoleName: 'late', AssumeRolePolicyDocument: trust }));
      await look();
      deployed.aws.world.faults.iamDelay = seconds * 1000;
      await attach('late');
      const [told, ...others] = await news();
      expect(others).toEqual([]);
      expect(told).toMatch(/^\[CRITICAL\] Rekognition: role\/late can now /);
      expect(told).toContain('attached AmazonRekognitionFullAccess to role/late by break-glass');
      // The first look was too early.
      expect(deployed.stack.invocations('CheckPrincipalsFunction').at(-1)?.event).toContain('second');
    },
    60_000,
  );
});
