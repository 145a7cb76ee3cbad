import { compileActionPattern, type MatchedStatement, type PolicySource } from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import type { Principal } from '#lib/account/types.ts';
import { actionTable } from '#lib/catalog/actions.ts';
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
  /** Statements that deny exactly what is not expected of them, where the expectation does. */
  readonly denies?: readonly object[];
}

const namesOf = ({ parts }: Undone): string[] => parts.flatMap(({ names }) => names).sort();

/** What must stay of that which allows too much, lest something that is expected stops working. */
export interface Needed {
  readonly policies: ReadonlySet<string>;
  readonly statements: ReadonlySet<string>;
}

/** Roles that IAM Identity Center makes can only be changed through their permission set. */
export function permissionSetOf(principal: Principal): string | undefined {
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

/** The command that adds Denys to a principal: nothing that it has is touched. */
function denial(denies: readonly object[], { kind, name, policies }: Principal): string {
  const taken = new Set(policies.filter(({ group }) => group === undefined).map((policy) => policy.name));
  let policyName = 'rekognition-limits';
  for (let count = 2; taken.has(policyName); count += 1) policyName = `rekognition-limits-${count}`;
  return awsCommand(`iam put-${kind}-policy`, {
    [`${kind}-name`]: name,
    'policy-name': policyName,
    'policy-document': JSON.stringify({ Version: '2012-10-17', Statement: denies }),
  });
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
    if (namesAll(matched, names)) return `Take ${namedActions(names)} out of ${place}.`;
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

/** Whether a policy says more than some of its statements: others may have to be mended, or left. */
const hasOtherStatements = ({ text }: PolicySource, own: readonly MatchedStatement[]): boolean =>
  [documentSchema.parse(JSON.parse(text)).Statement].flat().length > new Set(own.map(statementKey)).size;

/** Whatever else is in it: some statements may not be readable. */
const documentSchema = z.looseObject({ Statement: z.unknown() });

/** What ends an access that nobody expects: smallest change first. */
export function undoRemedies(undone: Undone): FindingDraft['remedies'] {
  return (subject) => undoing(undone, subject);
}

function undoing(undone: Undone, subject: Subject): string[] {
  const { by, needed, parts } = undone;
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
  const denies = parts.flatMap((part) => part.denies ?? []);
  const rest = { ...undone, parts: parts.filter((part) => part.denies === undefined) };
  if (denies.length > 0) {
    const others = rest.parts.length === 0 ? [] : undoing(rest, subject);
    return [...others, 'Deny what is not expected of it, beside what allows it:', denial(denies, principal)];
  }
  return [...groupBy(by, ({ policy }) => policyKey(policy)).values()].flatMap((statements) => {
    const { policy } = statements[0];
    const isNeeded = needed.policies.has(policyKey(policy));
    if (policy.type === 'aws-managed') {
      return isNeeded ? replaceWhole(policy, subject) : removeWhole(policy, namesOf(undone), principal);
    }
    // A policy that grants something else, to Rekognition or to other services, is edited and stays.
    return isNeeded || grantsElsewhere(policy).length > 0 || hasOtherStatements(policy, statements)
      ? statements.flatMap((matched) => editStatement(matched, undone))
      : removeWhole(policy, namesOf(undone), principal);
  });
}

/** What puts a demanded condition in front of an access. */
export function guardRemedies(guarded: Guarded): FindingDraft['remedies'] {
  return (subject) => guarding(guarded, subject);
}

/** An access that lacks conditions. */
export interface Guarded {
  readonly by: readonly MatchedStatement[];
  readonly unmet: readonly Guard[];
  /** Actions without their service. */
  readonly names: readonly string[];
  /** Statements that deny what does not meet the guards; absent where they cannot be written. */
  readonly denies?: readonly object[] | undefined;
}

function guarding({ by, unmet, names, denies }: Guarded, { principal }: Subject): string[] {
  const guards = listed(unmet.map(({ name }) => `"${name}"`));
  const condition = unmet.length === 1 ? 'the condition of guard' : 'the conditions of guards';
  const permissionSet = permissionSetOf(principal);
  if (permissionSet !== undefined) {
    return [
      `Add ${condition} ${guards} to the permission set "${permissionSet}" in IAM Identity Center: the role itself is protected.`,
    ];
  }
  const isEdited =
    by.length > 0 &&
    by.every((one) => one.policy.type !== 'aws-managed' && (isOnlyAbout(one, names) || namesAll(one, names)));
  if (!isEdited && denies !== undefined) {
    return [
      `Deny what does not meet ${condition} ${guards}, beside what allows it:`,
      denial(denies, principal),
    ];
  }
  return by.map((matched) => {
    const place = `${statementPlace(matched)} of ${policyLabel(matched.policy)}`;
    if (matched.policy.type === 'aws-managed') {
      return `${policyLabel(matched.policy)} is AWS's own and cannot be edited: replace it by a policy that has ${condition} ${guards}, or deny what does not meet it in a policy beside it.`;
    }
    return isOnlyAbout(matched, names)
      ? `Add ${condition} ${guards} to ${place}.`
      : `Take ${namedActions(names)} out of ${place}, into a statement of their own with ${condition} ${guards}.`;
  });
}

/** Whether a statement names each of some actions, so that they can be taken out of it. */
function namesAll({ statement }: MatchedStatement, names: readonly string[]): boolean {
  const literal = new Set(statement.actions.map((pattern) => pattern.toLowerCase()));
  return !statement.notAction && names.every((name) => literal.has(`rekognition:${name}`.toLowerCase()));
}

/** Whether a statement is about nothing but some actions. */
function isOnlyAbout({ statement }: MatchedStatement, names: readonly string[]): boolean {
  const own = new Set(names.map((name) => `rekognition:${name}`.toLowerCase()));
  return (
    !statement.notAction &&
    statement.actions.every((pattern) => {
      const matches = compileActionPattern(pattern);
      const matched = actionTable.map((action) => action.toLowerCase()).filter(matches);
      return /^rekognition:/i.test(pattern) && matched.every((action) => own.has(action));
    })
  );
}
