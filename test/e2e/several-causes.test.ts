/** What several acts have led to together: each of them is named, whichever of the events is read first. */
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateGroupCommand,
  CreatePolicyVersionCommand,
  PutGroupPolicyCommand,
} from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { beginStory, fullAccess, statement } from '#test/support/story.ts';

const deletes = statement('Allow', 'rekognition:DeleteFaces');
const storage = statement('Allow', 's3:*');

/** Seconds by which IAM is late, and what is done first. */
const cases = [
  [0, 'give'],
  [120, 'join'],
] as const;

test.each(cases)(
  'joining a group that is given a policy, IAM %d s late, first %s',
  async (late, first) => {
    const { iam, aws, user, sweep, news } = await beginStory();
    await user('eve');
    await iam.send(new CreateGroupCommand({ GroupName: 'team' }));
    await sweep();
    aws.world.faults.iamDelay = late * 1000;
    const join = () => iam.send(new AddUserToGroupCommand({ GroupName: 'team', UserName: 'eve' }));
    const give = () => iam.send(new AttachGroupPolicyCommand({ GroupName: 'team', PolicyArn: fullAccess }));
    for (const act of first === 'join' ? [join, give] : [give, join]) await act();
    const [told, ...others] = await news();
    expect(others).toEqual([]);
    expect(told).toMatch(/^\[CRITICAL\] Rekognition: user\/eve can now /);
    expect(told).toContain('added user/eve to group/team');
    expect(told).toContain('attached AmazonRekognitionFullAccess to group/team');
  },
  60_000,
);

test.each(cases)(
  'joining a group that is given an inline policy, IAM %d s late, first %s',
  async (late, first) => {
    const { iam, aws, user, sweep, news } = await beginStory();
    await user('eve');
    await iam.send(new CreateGroupCommand({ GroupName: 'team' }));
    await sweep();
    aws.world.faults.iamDelay = late * 1000;
    const join = () => iam.send(new AddUserToGroupCommand({ GroupName: 'team', UserName: 'eve' }));
    const give = () =>
      iam.send(
        new PutGroupPolicyCommand({ GroupName: 'team', PolicyName: 'faces', PolicyDocument: deletes }),
      );
    for (const act of first === 'join' ? [join, give] : [give, join]) await act();
    const [told, ...others] = await news();
    expect(others).toEqual([]);
    expect(told).toContain('added user/eve to group/team');
    expect(told).toContain('wrote inline policy "faces" of group/team');
  },
  60_000,
);

test.each(cases)(
  'a policy that is attached and given another version, IAM %d s late, first %s',
  async (late, first) => {
    const { iam, aws, role, policy, sweep, news } = await beginStory();
    await role('app');
    const PolicyArn = await policy('vision', storage);
    await sweep();
    aws.world.faults.iamDelay = late * 1000;
    const join = () => iam.send(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn }));
    const give = () =>
      iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: deletes, SetAsDefault: true }));
    for (const act of first === 'join' ? [join, give] : [give, join]) await act();
    const [told, ...others] = await news();
    expect(others).toEqual([]);
    expect(told).toMatch(/^\[CRITICAL\] Rekognition: role\/app can now delete faces/);
    expect(told).toContain('attached vision to role/app');
    expect(told).toMatch(/version of vision|vision.*version/);
  },
  60_000,
);
