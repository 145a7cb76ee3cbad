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
export function afterCommands(
  principals: readonly Principal[],
  commands: readonly string[],
  catalogPolicies: (name: string) => readonly PolicySource[],
): readonly Principal[] {
  const made = new Map<string, PolicySource>();
  const changes = commands.flatMap((command): AccountChange[] => {
    const { operation, value } = readCommand(command);
    if (operation !== 'create-policy')
      return [changeOf(command, (name) => made.get(name) ?? catalogPolicies(name)[0])];
    const name = value('policy-name');
    made.set(name, newManagedPolicy(name, value('policy-document'), principals[0]?.arn ?? ''));
    return [];
  });
  return applyChanges(principals, changes);
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
