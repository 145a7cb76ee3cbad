import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyVersionCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveUserFromGroupCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { expect, it } from 'vitest';
import { commandsIn, runCommand } from '../support/aws-commands.ts';
import { beginStory, fullAccess, type Story, statement } from '../support/story.ts';

/** Something that somebody does to a role or a user of its own, and the command that takes it back. */
interface Undo {
  readonly what: string;
  readonly subject: string;
  /** What there is before anybody looks. */
  readonly given?: (story: Story) => Promise<unknown>;
  readonly act: (story: Story) => Promise<unknown>;
  readonly command: RegExp;
}

const readOnly = 'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess';
const rules = `
principals:
  - match: [user/judged-*, role/judged-*]
    expect: [AmazonRekognitionReadOnlyAccess]
  - match: "*"
    expect: any
`;
const deletes = statement('Allow', 'rekognition:DeleteFaces');
const documentOf = (...statements: readonly object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const objects = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
const faces = { Effect: 'Allow', Action: 'rekognition:DeleteFaces', Resource: '*' };
const noFaces = { ...faces, Effect: 'Deny' };

const writing =
  (RoleName: string, PolicyDocument: string, PolicyName = 'own') =>
  (story: Story) =>
    story.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
/** A group, with a policy and perhaps a member. */
const group =
  (GroupName: string, PolicyArn: string, UserName?: string) =>
  async ({ iam }: Story) => {
    await iam.send(new CreateGroupCommand({ GroupName }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    if (UserName !== undefined) await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
  };
const trusting = (RoleName: string, Principal: unknown) => (story: Story) =>
  story.iam.send(
    new UpdateAssumeRolePolicyCommand({
      RoleName,
      PolicyDocument: documentOf({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }),
    }),
  );

const undos: readonly Undo[] = [
  {
    what: 'a policy that was attached',
    subject: 'role/judged-attach',
    act: ({ iam }) =>
      iam.send(new AttachRolePolicyCommand({ RoleName: 'judged-attach', PolicyArn: fullAccess })),
    command: /^aws iam detach-role-policy --role-name judged-attach /,
  },
  {
    what: 'a policy that was detached',
    subject: 'role/judged-detach',
    act: ({ iam }) =>
      iam.send(new DetachRolePolicyCommand({ RoleName: 'judged-detach', PolicyArn: readOnly })),
    command: /^aws iam attach-role-policy --role-name judged-detach /,
  },
  {
    what: 'an inline policy that was written',
    subject: 'role/judged-put',
    act: writing('judged-put', deletes),
    command: /^aws iam delete-role-policy --role-name judged-put --policy-name own$/,
  },
  {
    what: 'a statement that was written into an inline policy beside others',
    subject: 'role/judged-statement',
    given: writing('judged-statement', documentOf(objects)),
    act: writing('judged-statement', documentOf(objects, faces)),
    command: /^aws iam put-role-policy --role-name judged-statement .* '\{[^']*s3:GetObject[^']*\}'$/,
  },
  {
    what: 'an inline policy that was deleted',
    subject: 'role/judged-delete',
    given: async (story) => {
      await writing('judged-delete', deletes, 'faces')(story);
      await writing('judged-delete', documentOf(noFaces))(story);
    },
    act: ({ iam }) => iam.send(new DeleteRolePolicyCommand({ RoleName: 'judged-delete', PolicyName: 'own' })),
    command: /^aws iam put-role-policy --role-name judged-delete .*Deny/,
  },
  {
    what: 'a version of a policy that said nothing of Rekognition before',
    subject: 'role/judged-version',
    given: async ({ iam, policy }) => {
      const PolicyArn = await policy('team', documentOf(objects));
      await iam.send(new AttachRolePolicyCommand({ RoleName: 'judged-version', PolicyArn }));
    },
    act: ({ iam }) =>
      iam.send(
        new CreatePolicyVersionCommand({
          PolicyArn: 'arn:aws:iam::123456789012:policy/team',
          PolicyDocument: documentOf(objects, faces),
          SetAsDefault: true,
        }),
      ),
    command: /^aws iam set-default-policy-version --policy-arn \S+:policy\/team --version-id v1$/,
  },
  {
    what: 'a boundary that was set',
    subject: 'role/judged-bound',
    given: ({ policy }) => policy('objects', documentOf(objects)),
    act: ({ iam }) =>
      iam.send(
        new PutRolePermissionsBoundaryCommand({
          RoleName: 'judged-bound',
          PermissionsBoundary: 'arn:aws:iam::123456789012:policy/objects',
        }),
      ),
    command: /^aws iam delete-role-permissions-boundary --role-name judged-bound$/,
  },
  {
    what: 'a boundary that was taken away',
    subject: 'role/judged-unbound',
    given: async (story) => {
      const arn = await story.policy('limit', documentOf({ ...objects, Action: '*' }, noFaces));
      const bound = { RoleName: 'judged-unbound', PermissionsBoundary: arn };
      await story.iam.send(new PutRolePermissionsBoundaryCommand(bound));
      await writing('judged-unbound', deletes)(story);
    },
    act: ({ iam }) => iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'judged-unbound' })),
    command: /^aws iam put-role-permissions-boundary .*judged-unbound --permissions-boundary \S+limit$/,
  },
  {
    what: "a group's policy",
    subject: 'user/judged-member',
    given: group('members', readOnly, 'judged-member'),
    act: ({ iam }) => iam.send(new AttachGroupPolicyCommand({ GroupName: 'members', PolicyArn: fullAccess })),
    command: /^aws iam detach-group-policy --group-name members /,
  },
  {
    what: 'a group that was joined',
    subject: 'user/judged-joining',
    given: group('joined', fullAccess),
    act: ({ iam }) =>
      iam.send(new AddUserToGroupCommand({ GroupName: 'joined', UserName: 'judged-joining' })),
    command: /^aws iam remove-user-from-group --user-name judged-joining --group-name joined$/,
  },
  {
    what: 'a group that was left',
    subject: 'user/judged-leaving',
    given: async (story) => {
      await group('left', readOnly, 'judged-leaving')(story);
      const UserName = 'judged-leaving';
      await story.iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn: readOnly }));
    },
    act: ({ iam }) =>
      iam.send(new RemoveUserFromGroupCommand({ GroupName: 'left', UserName: 'judged-leaving' })),
    command: /^aws iam add-user-to-group --user-name judged-leaving --group-name left$/,
  },
  {
    what: 'a trust policy that lets in anyone',
    subject: 'role/judged-anyone',
    act: trusting('judged-anyone', { AWS: '*' }),
    command: /^aws iam update-assume-role-policy --role-name judged-anyone .*lambda\.amazonaws\.com/,
  },
  {
    what: 'a trust policy that lets in another account',
    subject: 'role/judged-partner',
    act: trusting('judged-partner', { AWS: '444455556666' }),
    command: /^aws iam update-assume-role-policy --role-name judged-partner .*lambda\.amazonaws\.com/,
  },
];

it('every kind of event is taken back by the command that is told, and all is as expected again', async () => {
  const story = await beginStory({ rules });
  const { iam, role, user, news, sweep } = story;
  for (const { subject, given } of undos) {
    const [kind, name = ''] = subject.split('/');
    await (kind === 'user' ? user(name) : role(name));
    await (kind === 'user'
      ? iam.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn: readOnly }))
      : iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: readOnly })));
    await given?.(story);
  }
  await sweep();

  for (const { act } of undos) await act(story);
  const told = await news();
  for (const { what, subject, command } of undos) {
    const own = told.filter((mail) => mail.split('account 123456789012')[0]?.includes(subject));
    const undo = own.flatMap(commandsIn).find((one) => command.test(one));
    expect({ what, own: undo === undefined ? own : [] }).toEqual({ what, own: [] });
    if (undo !== undefined) await runCommand(iam, undo);
  }
  const after = (await news()).map((mail) => mail.split('account 123456789012')[0]);
  expect(after.filter((mail) => !/^\[RESOLVED\]/.test(mail ?? ''))).toEqual([]);
  expect((await sweep()).filter((mail) => /judged-/.test(mail))).toEqual([]);
}, 300_000);
