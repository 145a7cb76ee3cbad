import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  type IAMClient,
  PutGroupPolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveUserFromGroupCommand,
  SetDefaultPolicyVersionCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { PolicySource } from '@permission-check/iam-policy';
import { type AccountChange, applyChanges, type Holder } from '#lib/account/apply-change.ts';
import { newManagedPolicy } from '#lib/account/change-command.ts';
import type { Principal } from '#lib/account/types.ts';

/** The words of a command, as a POSIX shell splits them. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|\\.|[^\s'\\])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|\\(.)/g, (_, quoted, escaped) => quoted ?? escaped),
  );
}

/** The principals of an account after AWS CLI commands of `aws iam`; an unknown command is an error. */
export const afterCommands = (
  principals: readonly Principal[],
  commands: readonly string[],
  catalogPolicies: (name: string) => readonly PolicySource[],
): readonly Principal[] => applyChanges(principals, changesOf(commands, principals, catalogPolicies));

/** What the commands change. */
export function changesOf(
  commands: readonly string[],
  principals: readonly Principal[],
  catalogPolicies: (name: string) => readonly PolicySource[],
): readonly AccountChange[] {
  const made = new Map<string, PolicySource>();
  return commands.flatMap((command): AccountChange[] => {
    const { operation, value } = readCommand(command);
    if (operation !== 'create-policy')
      return [changeOf(command, (name) => made.get(name) ?? catalogPolicies(name)[0])];
    const name = value('policy-name');
    made.set(name, newManagedPolicy(name, value('policy-document'), principals[0]?.arn ?? ''));
    return [];
  });
}

function readCommand(command: string) {
  const [, , operation = '', ...rest] = wordsOf(command);
  const options: Record<string, string> = {};
  for (const [at, word] of rest.entries()) {
    if (word.startsWith('--'))
      options[word.slice(2).split('=')[0] ?? ''] = word.split('=')[1] ?? rest[at + 1] ?? '';
  }
  return { operation, value: (name: string) => options[name] ?? '' };
}

function changeOf(command: string, policyNamed: (name: string) => PolicySource | undefined): AccountChange {
  const { operation, value } = readCommand(command);
  const [verb, kind] = operation.split('-');
  const holder = { kind, name: value(`${kind}-name`) } as Holder;
  switch (verb) {
    case 'attach': {
      const arn = value('policy-arn');
      const policy = policyNamed(arn.slice(arn.lastIndexOf('/') + 1));
      if (policy === undefined) throw new Error(`attaches an unknown policy: ${command}`);
      return { kind: 'attach', holder, policy };
    }
    case 'detach':
      return { kind: 'detach', holder, policyArn: value('policy-arn') };
    case 'put':
      return { kind: 'put', holder, name: value('policy-name'), text: value('policy-document') };
    case 'delete':
      return { kind: 'delete', holder, name: value('policy-name') };
    case 'create':
      return {
        kind: 'set-default-version',
        policyArn: value('policy-arn'),
        versionId: 'v2',
        text: value('policy-document'),
      };
    case 'update':
      return {
        kind: 'put-trust',
        role: value('role-name'),
        policy: { name: 'trust policy', type: 'resource', text: value('policy-document') },
      };
    case 'remove':
      return { kind: 'remove-from-group', user: value('user-name'), group: value('group-name') };
    default:
      throw new Error(`not a command that is known here: ${command}`);
  }
}

/** The commands that a text tells, in their order, however their lines are broken. */
export const commandsIn = (text: string): readonly string[] =>
  [
    ...text
      .replaceAll(/\s*\\\s+/g, ' ')
      .matchAll(/aws iam [a-z-]+(?: --[a-z-]+(?: (?:'[^']*'|[^\s'-]\S*))?)+/g),
  ].map(([command]) => command);

/** Runs a command of `aws iam` over the wire; one that is not known here is an error. */
export function runCommand(iam: IAMClient, command: string): Promise<unknown> {
  const { operation, value } = readCommand(command);
  const role = { RoleName: value('role-name') };
  const group = { GroupName: value('group-name') };
  const managed = { PolicyArn: value('policy-arn') };
  const inline = { PolicyName: value('policy-name') };
  const document = { PolicyDocument: value('policy-document') };
  const member = { ...group, UserName: value('user-name') };
  const runs: Readonly<Record<string, () => Promise<unknown>>> = {
    'attach-role-policy': () => iam.send(new AttachRolePolicyCommand({ ...role, ...managed })),
    'detach-role-policy': () => iam.send(new DetachRolePolicyCommand({ ...role, ...managed })),
    'attach-group-policy': () => iam.send(new AttachGroupPolicyCommand({ ...group, ...managed })),
    'detach-group-policy': () => iam.send(new DetachGroupPolicyCommand({ ...group, ...managed })),
    'put-role-policy': () => iam.send(new PutRolePolicyCommand({ ...role, ...inline, ...document })),
    'delete-role-policy': () => iam.send(new DeleteRolePolicyCommand({ ...role, ...inline })),
    'put-group-policy': () => iam.send(new PutGroupPolicyCommand({ ...group, ...inline, ...document })),
    'create-policy': () => iam.send(new CreatePolicyCommand({ ...inline, ...document })),
    'create-policy-version': () =>
      iam.send(
        new CreatePolicyVersionCommand({
          ...managed,
          ...document,
          SetAsDefault: / --set-as-default\b/.test(command),
        }),
      ),
    'put-role-permissions-boundary': () =>
      iam.send(
        new PutRolePermissionsBoundaryCommand({
          ...role,
          PermissionsBoundary: value('permissions-boundary'),
        }),
      ),
    'delete-role-permissions-boundary': () => iam.send(new DeleteRolePermissionsBoundaryCommand(role)),
    'set-default-policy-version': () =>
      iam.send(new SetDefaultPolicyVersionCommand({ ...managed, VersionId: value('version-id') })),
    'update-assume-role-policy': () => iam.send(new UpdateAssumeRolePolicyCommand({ ...role, ...document })),
    'add-user-to-group': () => iam.send(new AddUserToGroupCommand(member)),
    'remove-user-from-group': () => iam.send(new RemoveUserFromGroupCommand(member)),
  };
  const run = runs[operation];
  if (run === undefined) throw new Error(`not a command that is known here: ${command}`);
  return run();
}
