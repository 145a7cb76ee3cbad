import type { MatchedStatement, PolicySource } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { Guard } from '#lib/expectation/types.ts';
import { awsCommand } from '#lib/words/aws-command.ts';
import {
  capitalized,
  listed,
  policyLabel,
  statementPlace,
  statementText,
  subjectName,
} from '#lib/words/labels.ts';
import type { JudgedRequest } from './criteria.ts';
import type { FindingDraft, Subject } from './finding-draft.ts';
import { policyKey, statementKey } from './finding-id.ts';
import { groupBy } from './group-by.ts';
import { grantsElsewhere } from './policy-reach.ts';

/** Actions by name where a sentence has room for them; the finding itself lists them all. */
export function namedActions(names: readonly string[]): string {
  return names.length > 6 ? `these ${names.length} actions` : listed(names);
}

/** An access that is to end. */
export interface Undone {
  readonly by: readonly MatchedStatement[];
  readonly needed: Needed;
  readonly parts: readonly UndonePart[];
}

/** Actions that are expected on the same part, or nowhere. */
export interface UndonePart {
  /** Actions without their service. */
  readonly names: readonly string[];
  /** Where they are expected: `on collection/shop-*`. */
  readonly part?: string;
}

const namesOf = ({ parts }: Undone): string[] => parts.flatMap(({ names }) => names).sort();

/** What must stay of that which allows too much, lest something that is expected stops working. */
export interface Needed {
  readonly policies: ReadonlySet<string>;
  readonly statements: ReadonlySet<string>;
}

/** Roles that IAM Identity Center makes can only be changed through their permission set. */
function permissionSetOf(principal: Principal): string | undefined {
  if (!principal.path.startsWith('/aws-reserved/sso.amazonaws.com/')) return undefined;
  return /^AWSReservedSSO_(.+)_[0-9a-f]{16}$/.exec(principal.name)?.[1] ?? principal.name;
}

/** The command that takes a whole policy from its holder: the principal, or the group through which it has the policy. */
export function removalCommand(policy: PolicySource, principal: Principal): string {
  const holder = policy.group === undefined ? principal.kind : 'group';
  const option = { [`${holder}-name`]: policy.group ?? principal.name };
  return policy.type === 'inline'
    ? awsCommand(`iam delete-${holder}-policy`, { ...option, 'policy-name': policy.name })
    : awsCommand(`iam detach-${holder}-policy`, { ...option, 'policy-arn': policy.arn ?? policy.name });
}

function removeWhole(policy: PolicySource, names: readonly string[], principal: Principal): string[] {
  const others = grantsElsewhere(policy);
  const editable = policy.type === 'aws-managed' ? 'an inline policy beside it' : policyLabel(policy);
  const notes = [
    ...(others.length > 0
      ? [
          `${capitalized(policyLabel(policy))} also grants ${listed(others, 4)}. To keep that, deny ${namedActions(names)} in ${editable}; to remove it all:`,
        ]
      : []),
    ...(policy.group === undefined
      ? []
      : [
          `${capitalized(policyLabel(policy))} concerns every member of the group. For ${subjectName(principal)} alone:`,
          awsCommand('iam remove-user-from-group', {
            'user-name': principal.name,
            'group-name': policy.group,
          }),
          `For the whole of group/${policy.group}:`,
        ]),
  ];
  return [...notes, removalCommand(policy, principal)];
}

/** The expected sets that are managed policies which the principal does not have. */
export function attachCommands({ principal, expectation }: Subject, only?: ReadonlySet<string>): string[] {
  const attached = new Set(principal.policies.map(({ arn }) => arn));
  const wanted = expectation.kind === 'sets' ? expectation.policies : [];
  const arns = wanted.map(({ arn }) => arn).filter((arn) => arn !== undefined);
  return [...new Set(arns)]
    .filter((arn) => !attached.has(arn) && (only === undefined || only.has(arn)))
    .map((arn) =>
      awsCommand(`iam attach-${principal.kind}-policy`, {
        [`${principal.kind}-name`]: principal.name,
        'policy-arn': arn,
      }),
    );
}

/** An AWS managed policy that gives what is expected, and more. */
function replaceWhole(policy: PolicySource, subject: Subject): string[] {
  const attach = attachCommands(subject);
  const first =
    attach.length > 0 ? 'attach what is expected' : 'attach a policy of your own with what is expected';
  return [
    `${policyLabel(policy)} is AWS's own and cannot be edited: ${first}, then detach it.`,
    ...attach,
    removalCommand(policy, subject.principal),
  ];
}

/** What is to be changed in a statement so that it grants what is expected, and what it grants elsewhere. */
function editStatement(matched: MatchedStatement, { needed, parts }: Undone): string[] {
  const { statement, policy } = matched;
  const place = `${statementPlace(matched)} of ${policyLabel(policy)}`;
  const all = new Set(parts.flatMap(({ names }) => names.map((name) => `rekognition:${name}`.toLowerCase())));
  const grantsOnlyThis =
    !statement.notAction && statement.actions.every((pattern) => all.has(pattern.toLowerCase()));
  if (
    grantsOnlyThis &&
    parts.every(({ part }) => part === undefined) &&
    !needed.statements.has(statementKey(matched))
  ) {
    return [`Remove ${place}: ${statementText(matched)}.`];
  }
  return parts.map(({ names, part }) => {
    if (part !== undefined) return `Narrow ${namedActions(names)} in ${place} to what is expected: ${part}.`;
    const literal = new Set(statement.actions.map((pattern) => pattern.toLowerCase()));
    const byName =
      !statement.notAction && names.every((name) => literal.has(`rekognition:${name}`.toLowerCase()));
    if (byName) return `Take ${namedActions(names)} out of ${place}.`;
    // Where nothing that is expected rests on the statement, all of Rekognition may go: that is short to write.
    const out =
      names.length > 6 && !needed.statements.has(statementKey(matched))
        ? 'rekognition:*'
        : listed(names.map((name) => `rekognition:${name}`));
    return statement.notAction
      ? `Add ${out} to NotAction in ${place}.`
      : `Replace the wildcard in ${place} (${statementText(matched)}) by the actions that are expected.`;
  });
}

/** @param fine requests that are allowed as expected: what must keep working */
export function neededOf(by: readonly MatchedStatement[], fine: readonly JudgedRequest[]): Needed {
  return {
    policies: neededBy(by, fine, ({ policy }) => policyKey(policy)),
    statements: neededBy(by, fine, statementKey),
  };
}

/** Keys out of `by` without which something that is expected would stop working. */
function neededBy(
  by: readonly MatchedStatement[],
  fine: readonly JudgedRequest[],
  keyOf: (matched: MatchedStatement) => string,
): ReadonlySet<string> {
  const removed = new Set(by.map(keyOf));
  const lost = fine
    .map(({ allows }) => allows.map(keyOf))
    .filter((keys) => keys.every((key) => removed.has(key)));
  return new Set(lost.flat());
}

/** What ends an access that nobody expects: smallest change first. */
export function undoRemedies(undone: Undone): FindingDraft['remedies'] {
  return (subject) => undoing(undone, subject);
}

function undoing(undone: Undone, subject: Subject): string[] {
  const { by, needed } = undone;
  const { principal } = subject;
  const permissionSet = permissionSetOf(principal);
  if (by.length === 0) {
    return [`Ask AWS again, then look for what allows it: the policies of ${subject.name} do not.`];
  }
  if (permissionSet !== undefined) {
    const names = [...new Set(by.map(({ policy }) => policyLabel(policy)))];
    return [
      `Change the permission set "${permissionSet}" in IAM Identity Center (${listed(names, 3)}): the role itself is protected.`,
    ];
  }
  return [...groupBy(by, ({ policy }) => policyKey(policy)).values()].flatMap((statements) => {
    const { policy } = statements[0];
    const isNeeded = needed.policies.has(policyKey(policy));
    if (policy.type === 'aws-managed') {
      return isNeeded ? replaceWhole(policy, subject) : removeWhole(policy, namesOf(undone), principal);
    }
    // A policy that grants something else, to Rekognition or to other services, is edited and stays.
    return isNeeded || grantsElsewhere(policy).length > 0
      ? statements.flatMap((matched) => editStatement(matched, undone))
      : removeWhole(policy, namesOf(undone), principal);
  });
}

/** What puts a demanded condition in front of an access. */
export function guardRemedies(by: readonly MatchedStatement[], unmet: readonly Guard[]): string[] {
  const guards = listed(unmet.map(({ name }) => `"${name}"`));
  const condition = unmet.length === 1 ? 'the condition of guard' : 'the conditions of guards';
  return by.map((matched) =>
    matched.policy.type === 'aws-managed'
      ? `${policyLabel(matched.policy)} is AWS's own and cannot be edited: replace it by a policy that has ${condition} ${guards}, or deny what does not meet it in a policy beside it.`
      : `Add ${condition} ${guards} to ${statementPlace(matched)} of ${policyLabel(matched.policy)}.`,
  );
}
