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

test.each([0, 120])(
  'joining a group that is given a policy, and attaching a policy that is given another version, IAM %d s late',
  async (late) => {
    const { iam, aws, role, user, policy, sweep, news } = await beginStory();
    for (const name of ['eve', 'ann']) await user(name);
    for (const GroupName of ['team', 'crew']) await iam.send(new CreateGroupCommand({ GroupName }));
    await role('app');
    const PolicyArn = await policy('vision', storage);
    await sweep();
    aws.world.faults.iamDelay = late * 1000;
    const faces = { PolicyName: 'faces', PolicyDocument: deletes };
    await iam.send(new AddUserToGroupCommand({ GroupName: 'team', UserName: 'eve' }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName: 'team', PolicyArn: fullAccess }));
    await iam.send(new PutGroupPolicyCommand({ GroupName: 'crew', ...faces }));
    await iam.send(new AddUserToGroupCommand({ GroupName: 'crew', UserName: 'ann' }));
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn }));
    const version = { PolicyArn, PolicyDocument: deletes, SetAsDefault: true };
    await iam.send(new CreatePolicyVersionCommand(version));
    // Of a slow machine's windows each may see a part.
    const messages = await news();
    for (const subject of ['user/eve', 'user/ann', 'role/app'])
      expect(messages.filter((text) => text.includes(`${subject}: `))).toHaveLength(1);
    const told = messages.join('\n');
    expect(told).toContain('added user/eve to group/team');
    expect(told).toContain('attached AmazonRekognitionFullAccess to group/team');
    expect(told).toContain('added user/ann to group/crew');
    expect(told).toContain('wrote inline policy "faces" of group/crew');
    expect(told).toContain('attached vision to role/app');
    expect(told).toMatch(/version of vision|vision.*version/);
  },
  180_000,
);
