import { readFileSync } from 'node:fs';
import { AttachRolePolicyCommand, type IAMClient } from '@aws-sdk/client-iam';
import type { SnsMessage } from '@permission-check/embedded-aws';
import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { sample } from '#cli/demo/stack.ts';
import { beginStory, type Story } from '#test/support/story.ts';

const full = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';

let deployed: Story;
let iam: IAMClient;
beforeEach(async () => {
  deployed = await beginStory({ expectations: sample('story-expectations.yaml') });
  ({ iam } = deployed);
});

/** A sample of events/cloudtrail, as the bus takes it. */
function eventOf(name: string) {
  const file = new URL(`../../events/cloudtrail/${name}.json`, import.meta.url);
  const {
    source,
    'detail-type': detailType,
    detail,
  } = busEvent.parse(JSON.parse(readFileSync(file, 'utf8')));
  return { source, detailType, detail };
}
const busEvent = z.object({
  source: z.string(),
  'detail-type': z.string(),
  detail: z.record(z.string(), z.json()),
});

const text = (message: SnsMessage | undefined) => message?.byProtocol.email ?? '';
const attach = (RoleName: string) => iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: full }));

describe('what cannot be read', () => {
  it('has the whole account checked at once, and names who did it', async () => {
    const { aws, stack } = deployed;
    const padded = eventOf('put-role-policy-parameters-omitted');
    stack.tick('SweepFunctionDaily');
    await stack.settle();
    aws.platform.cloudTrail.switches.logging = false;
    await attach('analyst');
    aws.platform.bus.put(padded);
    await stack.settle();
    expect(aws.messages()).toHaveLength(2);
    expect(text(aws.messages()[1])).toMatch(
      /did PutRolePolicy, on whom the event does not say[\s\S]*by {4}deploy/,
    );
    expect(aws.messages()[1]?.subject).toMatch(/role\/analyst can now/);
  });

  it('is checked one at a time, with everybody named who caused it', async () => {
    const { aws, stack } = deployed;
    aws.platform.cloudTrail.switches.logging = false;
    const sweeps = () =>
      stack.invocations('CheckPrincipalsFunction').filter(({ event }) => event.includes('expectations'))
        .length;
    for (let index = 0; index < 20; index++) {
      const { detail, ...rest } = eventOf('put-role-policy-parameters-omitted');
      aws.platform.bus.put({ ...rest, detail: { ...detail, eventID: `flood-${index}` } });
    }
    await attach('analyst');
    await stack.settle();
    expect(aws.messages()).toHaveLength(1);
    expect(sweeps()).toBeLessThanOrEqual(6);
  });

  it('does not wait in a dead-letter queue', async () => {
    const { aws, stack } = deployed;
    stack.queue('ChangeQueue').send({ body: '{"not":"an event"}', attributes: {}, senderId: 'tester' });
    await attach('analyst');
    await stack.settle();
    expect(aws.messages()).toHaveLength(1);
    expect(stack.queue('ChangeDeadLetters').bodies()).toEqual([]);
  });
});

describe('IAM that is late', () => {
  it('ends in the alert all the same, with who did it', async () => {
    const { aws, stack } = deployed;
    const looks = () => stack.invocations('CheckPrincipalsFunction').length;
    // Reads do not see the change before the first look, a minute after it, is over.
    Object.defineProperty(aws.world.faults, 'iamDelay', { get: () => (looks() === 0 ? 1e9 : 0) });
    await attach('analyst');
    await stack.settle();
    expect(looks()).toBeGreaterThan(1);
    expect(aws.messages()).toHaveLength(1);
    expect(text(aws.messages()[0])).toContain('attached AmazonRekognitionFullAccess to role/analyst');
  });
});

describe('a name in another spelling', () => {
  it('is the same role', async () => {
    const { aws, stack } = deployed;
    aws.platform.cloudTrail.switches.logging = false;
    await attach('analyst');
    const { detail, ...rest } = eventOf('attach-role-policy-name-in-capitals');
    aws.platform.bus.put({
      ...rest,
      detail: { ...detail, requestParameters: { roleName: 'ANALYST', policyArn: full } },
    });
    await stack.settle();
    expect(aws.messages()).toHaveLength(1);
    expect(aws.messages()[0]?.subject).toMatch(/role\/analyst can now/);
  });
});
