import type { PolicySource } from '@permission-check/iam-policy';
import { awsCommand } from '#lib/words/aws-command.ts';
import type { AccountChange } from './apply-change.ts';
import { arnParts } from './arn.ts';

/** The AWS CLI commands that make changes, in order; a managed policy that is not stored yet is created first. */
export function changeCommands(changes: readonly AccountChange[]): string[] {
  const made = changes.flatMap((change) => {
    const policy = change.kind === 'attach' || change.kind === 'put-boundary' ? change.policy : undefined;
    const first = policy === undefined || !isToBeMade(policy) ? [] : [creation(policy)];
    return [...first, changeCommand(change)];
  });
  return [...new Set(made)];
}

/** What is stored has a version. */
const isToBeMade = ({ type, versionId }: PolicySource): boolean =>
  type === 'customer-managed' && versionId === undefined;

const creation = ({ name, text }: PolicySource): string =>
  awsCommand('iam create-policy', { 'policy-name': name, 'policy-document': compact(text) });

/** One that is to be made. */
export function newManagedPolicy(name: string, text: string, ofAccount: string): PolicySource {
  const { partition, accountId } = arnParts(ofAccount);
  return { name, type: 'customer-managed', arn: `arn:${partition}:iam::${accountId}:policy/${name}`, text };
}

/** The AWS CLI command that makes a change. Documents are in it, so that it can be pasted as it is. */
export function changeCommand(change: AccountChange): string {
  switch (change.kind) {
    case 'attach':
      return ofHolder('attach', change.holder, { 'policy-arn': change.policy.arn ?? change.policy.name });
    case 'detach':
      return ofHolder('detach', change.holder, { 'policy-arn': change.policyArn });
    case 'put':
      return ofHolder('put', change.holder, {
        'policy-name': change.name,
        'policy-document': compact(change.text),
      });
    case 'delete':
      return ofHolder('delete', change.holder, { 'policy-name': change.name });
    case 'set-default-version':
      return `${awsCommand('iam create-policy-version', {
        'policy-arn': change.policyArn,
        'policy-document': compact(change.text),
      })} --set-as-default`;
    case 'put-boundary': {
      const { kind, name } = change.principal;
      return awsCommand(`iam put-${kind}-permissions-boundary`, {
        [`${kind}-name`]: name,
        'permissions-boundary': change.policy.arn ?? change.policy.name,
      });
    }
    case 'delete-boundary': {
      const { kind, name } = change.principal;
      return awsCommand(`iam delete-${kind}-permissions-boundary`, { [`${kind}-name`]: name });
    }
    case 'put-trust':
      return awsCommand('iam update-assume-role-policy', {
        'role-name': change.role,
        'policy-document': compact(change.policy.text),
      });
    case 'add-to-group':
      return awsCommand('iam add-user-to-group', { 'user-name': change.user, 'group-name': change.group });
    case 'remove-from-group':
      return awsCommand('iam remove-user-from-group', {
        'user-name': change.user,
        'group-name': change.group,
      });
  }
}

function ofHolder(
  verb: string,
  { kind, name }: { readonly kind: string; readonly name: string },
  options: Readonly<Record<string, string>>,
): string {
  return awsCommand(`iam ${verb}-${kind}-policy`, { [`${kind}-name`]: name, ...options });
}

/** JSON without white space; a text that is none, as it is. */
function compact(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}
