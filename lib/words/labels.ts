import type { MatchedStatement } from '@permission-check/iam-policy';

/** `role/analyst`, `user/bob`: the path says nothing more, names are unique in an account. */
export function subjectName({
  kind,
  name,
}: {
  readonly kind: 'user' | 'role';
  readonly name: string;
}): string {
  return `${kind}/${name}`;
}

/** `a, b and c`; cut after `limit` names with the number of the others. */
export function listed(names: readonly string[], limit = Number.POSITIVE_INFINITY): string {
  if (names.length > limit) return `${names.slice(0, limit).join(', ')} and ${names.length - limit} more`;
  if (names.length < 2) return names[0] ?? '';
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** `1 action`, `41 actions`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** For the start of a sentence; names keep their case. */
export function capitalized(text: string): string {
  return /^(inline|session|resource|some) /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** The name of an action: `DeleteCollection`; with its service where that is another one, `s3:GetObject`. */
export function actionName(action: string): string {
  return action.replace(/^rekognition:/i, '');
}

/** Some actions by name, and more than three by their number: `46 actions`. */
export function actionsInShort(actions: readonly string[]): string {
  return actions.length < 4 ? listed(actions.map(actionName)) : counted(actions.length, 'action');
}

/** A policy as people look for it: `AmazonRekognitionFullAccess`, `inline policy "train" of group/vision`. */
export function policyLabel(policy: {
  readonly name: string;
  readonly type: string;
  readonly group?: string | undefined;
}): string {
  const through = policy.group === undefined ? '' : ` of group/${policy.group}`;
  switch (policy.type) {
    case 'inline':
      return `inline policy "${policy.name}"${through}`;
    case 'scp':
      return `SCP "${policy.name}"`;
    case 'rcp':
      return `RCP "${policy.name}"`;
    case 'endpoint':
      return `policy of VPC endpoint ${policy.name}`;
    case 'session':
      return `session policy "${policy.name}"`;
    case 'resource':
      if (policy.name === 'trust policy') return policy.name;
      return `resource policy "${policy.name}"`;
    default:
      return `${policy.name}${through}`;
  }
}

/** Where in its policy a statement is: `statement 2 "AllowTraining" (line 12)`. */
export function statementPlace({ statement }: MatchedStatement): string {
  const sid = statement.sid === undefined ? '' : ` "${statement.sid}"`;
  return `statement ${statement.index}${sid} (line ${statement.start.line})`;
}

/** `inline policy "train", statement 2 "AllowTraining" (line 12)`; of a managed policy with its version. */
export function statementLabel(matched: MatchedStatement): string {
  const { versionId } = matched.policy;
  const version = versionId === undefined ? '' : ` ${versionId}`;
  return `${policyLabel(matched.policy)}${version}, ${statementPlace(matched)}`;
}

function patterns(values: readonly string[]): string {
  return listed(values, 3);
}

/** What a statement says of actions and resources, as written: `rekognition:* on *`. */
export function statementText({ statement }: MatchedStatement): string {
  // What it says of other services is not what a reader is looking for.
  const rank = (pattern: string) => (/^(rekognition:|\*)/i.test(pattern) ? 0 : 1);
  const sorted = [...statement.actions].sort((a, b) => rank(a) - rank(b));
  const actions = `${statement.notAction ? 'everything but ' : ''}${patterns(sorted)}`;
  const resources = `${statement.notResource ? 'everything but ' : ''}${patterns(statement.resources ?? ['*'])}`;
  return `${actions} on ${resources}`;
}
