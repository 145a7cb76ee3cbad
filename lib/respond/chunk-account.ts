import { randomUUID } from 'node:crypto';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { AccountPart } from '#lib/account/account-text.ts';
import { OtherVersions } from '#lib/account/other-versions.ts';
import { principalReader } from '#lib/account/principal-from-iam.ts';
import type { Account, Group, Principal } from '#lib/account/types.ts';
import type { Paced } from '#lib/iam/pace.ts';
import { subjectName } from '#lib/words/labels.ts';
import type { CheckMessage } from './messages.ts';
import type { Reading, ReadingEntry, ReadingSteps, Readings } from './readings.ts';
import { policySubject } from './sweep.ts';

/** Calls that it takes to read one principal by itself: itself, its policies, and two for each managed one. */
const callsOfOne = 6;

/**
 * The account for the check of a message, with as few calls to IAM as that takes: the reading that all messages of the batch
 * share; for a few principals these alone, among all others as they were last read; or the whole account, where that is
 * fewer calls.
 */
export async function accountFor(
  message: Pick<CheckMessage, 'reading' | 'principals' | 'changes'>,
  readings: Readings,
  steps: ReadingSteps & { readonly iam: IAMClient; readonly pace: Paced },
): Promise<Reading> {
  if (message.reading !== undefined) return readings.of(message.reading, steps);
  const asked = message.principals.map(({ subject }) => subject);
  const subjects = asked.filter((subject) => /^(user|role)\//.test(subject));
  const last = await readings.latest(steps);
  // Whether a managed policy has another version shows in everybody who has it.
  const isOfFew = !asked.some((subject) => subject.startsWith(policySubject('')));
  if (last !== undefined && isOfFew && last.pages > callsOfOne * subjects.length) {
    const reading = await amongLastRead(subjects, message, last, readings, steps);
    if (reading !== undefined) return reading;
  }
  if (last !== undefined && last.pages <= callsOfOne) {
    const readAt = steps.now().toISOString();
    return { account: await steps.read(), readAt };
  }
  // Others will go by it.
  return readings.make(`once-${randomUUID()}`, steps);
}

/** These principals as IAM has them now, and all others as they were last read; undefined where nobody knows that. */
async function amongLastRead(
  subjects: readonly string[],
  { changes }: Pick<CheckMessage, 'changes'>,
  last: ReadingEntry,
  readings: Readings,
  steps: ReadingSteps & { readonly iam: IAMClient; readonly pace: Paced },
): Promise<Reading | undefined> {
  const others = await readings.brought(last, steps);
  if (others === undefined) return undefined;
  const readAt = steps.now().toISOString();
  const read = principalReader(steps.iam, { pace: steps.pace }, (arn) => others.managedPolicy(arn));
  const found = await Promise.all(subjects.map((subject) => read(subject)));
  // What was attached and is detached again, joined and left, is judged by its text.
  const edits = changes.flatMap(({ edit }) => edit ?? []);
  const arns = edits.flatMap((edit) => ('arn' in edit && edit.arn !== undefined ? [edit.arn] : []));
  const names = edits.flatMap((edit) => ('group' in edit && edit.group !== undefined ? [edit.group] : []));
  await Promise.all([...new Set(arns)].map((arn) => read.managedPolicy(arn)));
  await Promise.all([...new Set(names)].map((name) => read.groupPolicies(name)));
  const principals = found.filter((one): one is Principal => one.kind !== 'gone');
  const gone = found.flatMap((one) => (one.kind === 'gone' ? [one.subject] : []));
  const part = { principals, gone, managed: [...read.managedPolicies()], groups: [...read.groups()] };
  await readings.add(part, readAt, steps);
  return { account: withRead(others, part, names), readAt };
}

/**
 * An account in which some principals, policies and groups are as they were read.
 *
 * @param asked groups that were looked for: of one that was not found nothing is known.
 */
function withRead(
  others: Account,
  { principals, gone, managed, groups }: Required<Omit<AccountPart, 'otherVersions'>>,
  asked: readonly string[],
): Account {
  const key = (name: string) => name.toLowerCase();
  const replaced = new Set([...[...principals].map(subjectName), ...gone].map(key));
  const policies = new Map([...managed].map((policy) => [key(policy.arn ?? ''), policy]));
  const byName = new Map([...groups].map((group) => [key(group.name), group]));
  const looked = new Set(asked.map(key));
  // Only a whole reading says where a group is.
  const arns = new Map(
    [...(others.groups?.() ?? [])].map(({ name, arn }) => [key(name), arn === undefined ? {} : { arn }]),
  );
  const otherVersions = new OtherVersions(others.otherVersions?.());
  for (const policy of managed) otherVersions.setDefault(policy, others.managedPolicy?.(policy.arn ?? ''));
  return {
    accountId: others.accountId,
    partition: others.partition,
    async *principals() {
      for await (const one of others.principals()) if (!replaced.has(key(subjectName(one)))) yield one;
      yield* principals;
    },
    managedPolicy: (arn) => policies.get(key(arn)) ?? others.managedPolicy?.(arn),
    *managedPolicies() {
      yield* policies.values();
      for (const policy of others.managedPolicies?.() ?? [])
        if (!policies.has(key(policy.arn ?? ''))) yield policy;
    },
    groupPolicies: (name) =>
      byName.get(key(name))?.policies ?? (looked.has(key(name)) ? undefined : others.groupPolicies?.(name)),
    *groups(): Generator<Group> {
      for (const group of byName.values()) yield { ...arns.get(key(group.name)), ...group };
      for (const group of others.groups?.() ?? []) {
        const name = key(group.name);
        if (!byName.has(name) && !looked.has(name)) yield group;
      }
    },
    otherVersions: () => otherVersions,
  };
}
