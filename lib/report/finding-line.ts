import type { MatchedStatement } from '@permission-check/iam-policy';
import type { Finding } from '#lib/compare/types.ts';
import { actionName } from '#lib/words/labels.ts';

/** `AmazonRekognitionFullAccess:4`, `inline "train":12`: policy and line. */
export function statementPointer({ policy, statement }: MatchedStatement): string {
  const name = policy.type === 'inline' ? `inline "${policy.name}"` : policy.name;
  const through = policy.group === undefined ? '' : ` (group/${policy.group})`;
  return `${name}:${statement.start.line}${through}`;
}

/** `DeleteCollection, DeleteFaces +39`. */
export function actionsInShort(
  { actions }: { readonly actions: readonly { readonly action: string }[] },
  limit = 2,
): string {
  const names = actions.slice(0, limit).map(({ action }) => actionName(action));
  const more = actions.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` +${more}` : ''}`;
}

/** Whether a scope says more than that nothing is left out. */
function narrower(scope: string | undefined): scope is string {
  return scope !== undefined && (!scope.startsWith('every ') || / (in|except) /.test(scope));
}

/** Kinds of which the actions alone do not say what happened. */
const IN_A_SENTENCE: readonly Finding['kind'][] = [
  'inconclusive',
  'managed-policy-changed',
  'exposed',
  'access-shared',
  'indirect',
];

/** The sentence of a finding without its subject, where its actions alone do not say what happened. */
export function sentenceOf(finding: {
  readonly kind: Finding['kind'];
  readonly actions: readonly unknown[];
  readonly subject: string;
  readonly summary: string;
  readonly reachedBy?: string | undefined;
}): string | undefined {
  const { kind, actions, subject, summary, reachedBy } = finding;
  const isOfEntry = kind === 'access-was-open' && reachedBy !== undefined;
  if (actions.length > 0 && !IN_A_SENTENCE.includes(kind) && !isOfEntry) return undefined;
  return summary.startsWith(`${subject} `) ? summary.slice(subject.length + 1) : summary;
}

/** What was expected, and the line that says so; undefined where nothing was: a change of access is held against what was. */
export function expectedWords({ kind, expected, expectedBy }: Finding): string | undefined {
  if (expected === undefined || kind.startsWith('access-')) return undefined;
  return expectedBy === undefined ? expected : `${expected} (${expectedBy.file}:${expectedBy.line})`;
}

/**
 * What a finding is about, in short, beside its subject: `StartProjectVersion +1 on project/shop/* without MFA`, or its
 * sentence.
 */
export function whatInShort(finding: Finding): string {
  const sentence = sentenceOf(finding);
  if (sentence !== undefined) return sentence;
  return [
    actionsInShort(finding),
    ...(narrower(finding.scope) ? [`on ${finding.scope}`] : []),
    ...(finding.when ? [finding.when] : []),
  ].join(' ');
}

/** What does it, in short. */
export function causeInShort(finding: Finding): string {
  const [first] = finding.by;
  if (finding.kind === 'contradiction') {
    return (finding.actions[0]?.evidence ?? [])
      .filter(({ decision }) => decision !== 'inconclusive')
      .map(({ kind, decision }) => `${kind} ${decision}`)
      .join(', ');
  }
  if (first !== undefined) {
    const more = finding.by.length - 1;
    return `${statementPointer(first)}${more > 0 ? ` +${more}` : ''}`;
  }
  if (finding.kind !== 'missing') return '';
  const evidence = finding.actions[0]?.evidence ?? [];
  if (evidence.some(({ allowedByOrganizations }) => allowedByOrganizations === false))
    return 'an SCP blocks it';
  if (evidence.some(({ allowedByBoundary }) => allowedByBoundary === false))
    return 'the boundary does not allow it';
  const layer = evidence.find(({ blockedBy }) => blockedBy !== undefined)?.blockedBy ?? 'identity';
  if (layer !== 'identity') return `blocked by ${layer}`;
  // A resource of another service may have a policy that allows.
  const isElsewhere = finding.actions.some(({ action }) => !action.startsWith('rekognition:'));
  return isElsewhere ? 'no policy of its own allows it' : 'no policy allows it';
}
