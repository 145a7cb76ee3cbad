import type { MatchedStatement, PolicySource } from '@permission-check/iam-policy';
import { readPolicy } from '@permission-check/iam-policy';
import type { AccountChange } from '#lib/account/apply-change.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import { actions as catalog } from '#lib/catalog/actions.ts';
import { policyKey } from '#lib/compare/finding-id.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import { grantsElsewhere } from '#lib/compare/policy-reach.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Expectation, Guard } from '#lib/expectation/types.ts';
import type { Survey } from '../survey.ts';
import { denialsOf, expectedElsewhere, expectedStatements } from './expected-part.ts';
import { demandedOf } from './guard-conditions.ts';
import type { ConditionBlock, StatementEdit } from './statement-edits.ts';
import {
  type Candidate,
  inlinePolicy,
  newInlinePolicy,
  ownManagedPolicy,
  removal,
  rewritten,
  together,
} from './written-policies.ts';

export interface Broken {
  readonly finding: Finding;
  /** What else is to be mended in the same way, with its own: actions. */
  readonly alike: readonly string[];
  readonly principal: Principal;
  readonly expectation: Expectation & { kind: 'sets' };
  readonly survey: Survey;
  readonly managedPolicy?: Account['managedPolicy'];
}

/** Inline policies of ours, where a document of its own says it best. */
export const added = { expected: 'rekognition-expected', limits: 'rekognition-limits' } as const;

/** The ways in which a finding might be mended, smallest first; none of them is tried yet. */
export function* candidatesFor(broken: Broken): Generator<Candidate> {
  const { finding } = broken;
  if (finding.kind === 'missing') yield* granting(broken);
  else yield* taking(broken);
}

function* taking(broken: Broken): Generator<Candidate> {
  const { finding, principal } = broken;
  const names = finding.actions.map(({ action }) => action);
  const allows = finding.by.filter(
    ({ layer, statement }) => layer === 'identity' && statement.effect === 'Allow',
  );
  const policies = [...groupBy(allows, ({ policy }) => policyKey(policy)).values()];
  if (finding.kind === 'unguarded') yield* guarding(broken, policies, names);
  yield* leavingGroups(policies, principal);
  if (policies.every(([{ policy }]) => grantsOnlyRekognition(policy))) {
    yield together(policies.map(([{ policy }]) => removal(policy, principal)));
  }
  // Where all may go, that is short to write.
  const wider = names.length > 6 ? [['rekognition:*'], names] : [names];
  const edits = wider.flatMap((actions) => [
    ...editing(policies, principal, (index) => ({ index, actions })),
  ]);
  yield* edits;
  yield* replacing(broken, edits, names);
  yield* denying(broken, names);
}

/** The same statements under the conditions of guards. */
function* guarding(
  { principal, expectation }: Broken,
  policies: readonly (readonly [MatchedStatement, ...MatchedStatement[]])[],
  names: readonly string[],
): Generator<Candidate> {
  for (const condition of guardConditions(expectation.guards, names)) {
    yield* editing(policies, principal, (index) => ({ index, actions: names, condition }));
  }
}

/** Edits that take too much, with what is expected beside them. */
function* replacing(
  broken: Broken,
  edits: readonly Candidate[],
  names: readonly string[],
): Generator<Candidate> {
  const { principal, expectation, survey } = broken;
  const attached = attachments(broken);
  if (attached.changes.length > 0) {
    for (const edit of edits) yield together([attached, edit]);
  }
  const expected = expectedStatements(expectation, principal, names, survey) ?? [];
  if (expected.length === 0) return;
  for (const place of [inlinePolicy, ownManagedPolicy]) {
    for (const edit of edits) yield together([edit, place(principal, added.expected, expected)]);
  }
}

/** A Deny for what is not expected, beside the policies as they are. */
function* denying({ principal, expectation }: Broken, names: readonly string[]): Generator<Candidate> {
  const denials = denialsOf(expectation, names);
  if (denials !== undefined) yield inlinePolicy(principal, added.limits, denials);
  // All that is not expected, of every action: often shorter than what denies a part of it.
  const all = denialsOf(
    expectation,
    catalog.map(({ action }) => action),
  );
  if (all !== undefined) yield newInlinePolicy(principal, added.limits, all);
  if (denials !== undefined) yield ownManagedPolicy(principal, added.limits, denials);
}

function* granting(broken: Broken): Generator<Candidate> {
  const { finding, alike, principal, expectation, survey } = broken;
  const names = finding.actions.map(({ action }) => action);
  const denies = finding.by.filter(
    ({ layer, statement }) => layer === 'identity' && statement.effect === 'Deny',
  );
  const denials = denialsOf(expectation, alike);
  const policies = [...groupBy(denies, ({ policy }) => policyKey(policy)).values()];
  const edits =
    denies.length > 0 ? [...editing(policies, principal, (index) => ({ index, actions: names }))] : [];
  yield* edits;
  // The Deny may have stood before more than what is expected.
  if (denials !== undefined) {
    for (const edit of edits) yield together([edit, inlinePolicy(principal, added.limits, denials)]);
  }
  const attached = attachments(broken);
  if (attached.changes.length > 0) yield attached;
  if (attached.changes.length > 0 && denials !== undefined) {
    yield together([attached, inlinePolicy(principal, added.limits, denials)]);
  }
  const isElsewhere = names.every((name) => !name.startsWith('rekognition:'));
  const expected = isElsewhere
    ? expectedElsewhere(expectation, names)
    : expectedStatements(expectation, principal, alike, survey);
  if (expected === undefined || expected.length === 0) return;
  const inline = inlinePolicy(principal, added.expected, expected);
  yield inline;
  yield ownManagedPolicy(principal, added.expected, expected);
  yield* widening(broken, expected, edits, attached.changes.length > 0 ? [attached, inline] : [inline]);
}

/** What is expected allowed by the boundary, and denied by it no longer, alone and with what its own policies need. */
function* widening(
  { finding, principal }: Broken,
  expected: readonly object[],
  edits: readonly Candidate[],
  grants: readonly Candidate[],
): Generator<Candidate> {
  const { boundary } = principal;
  if (boundary === undefined) return;
  const actions = finding.actions.map(({ action }) => action);
  const lifted = finding.by
    .filter(({ layer, statement }) => layer === 'boundary' && statement.effect === 'Deny')
    .map(({ statement }) => ({ index: statement.index, actions }));
  const wider = rewritten(boundary, principal, lifted, expected);
  if (wider === undefined) return;
  yield wider;
  for (const grant of grants) yield together([wider, grant]);
  for (const edit of edits) for (const grant of grants) yield together([wider, edit, grant]);
}

/** A user who leaves the groups that give it, where nothing of his own does. */
function* leavingGroups(
  policies: readonly (readonly [MatchedStatement, ...MatchedStatement[]])[],
  { kind, name, policies: held }: Principal,
): Generator<Candidate> {
  const groups = new Set(policies.map(([{ policy }]) => policy.group));
  if (kind !== 'user' || groups.size === 0 || groups.has(undefined)) return;
  // What else a group gives would go, too.
  if (!held.every((policy) => !groups.has(policy.group) || grantsOnlyRekognition(policy))) return;
  const changes = [...groups].map(
    (group): AccountChange => ({ kind: 'remove-from-group', user: name, group: group ?? '' }),
  );
  yield { changes, documents: [] };
}

/** The same edit of each statement; policies of AWS are taken away, where they are about Rekognition alone. */
function* editing(
  policies: readonly (readonly [MatchedStatement, ...MatchedStatement[]])[],
  principal: Principal,
  editOf: (index: number) => StatementEdit,
): Generator<Candidate> {
  const parts = policies.map(([first, ...others]) => {
    const { policy } = first;
    if (policy.type === 'aws-managed') {
      return grantsOnlyRekognition(policy) ? removal(policy, principal) : undefined;
    }
    const edits = [first, ...others].map(({ statement }) => editOf(statement.index));
    return rewritten(policy, principal, edits);
  });
  const all = parts.filter((part) => part !== undefined);
  if (all.length === parts.length) yield together(all);
}

/** The managed policies that are expected and not there. */
function attachments({ principal, expectation: { policies }, managedPolicy }: Broken): Candidate {
  const attached = new Set(principal.policies.map(({ arn }) => arn));
  const { kind, name } = principal;
  const changes = policies
    .filter(({ arn }) => arn !== undefined && !attached.has(arn))
    .map(
      (policy): AccountChange => ({
        kind: 'attach',
        holder: { kind, name },
        policy: asInAccount(policy, managedPolicy),
      }),
    );
  return { changes, documents: [] };
}

/** The version that would be attached is the default one of the account. */
const asInAccount = (policy: PolicySource, known: Broken['managedPolicy']): PolicySource =>
  (policy.arn === undefined ? undefined : known?.(policy.arn)) ?? policy;

/** Whether nothing of another service would change without the policy. */
function grantsOnlyRekognition(policy: PolicySource): boolean {
  if (grantsElsewhere(policy).length > 0) return false;
  const { statements, unreadable } = readPolicy(policy.text);
  return [...statements, ...unreadable].every(({ effect }) => effect === 'Allow');
}

/** The conditions that guards demand of all of the actions: each alone, then all together. */
function guardConditions(guards: readonly Guard[], names: readonly string[]): readonly ConditionBlock[] {
  const blocks = (of: readonly Guard[]) => {
    const [first, ...others] = names.map((name) => demandedOf(of, name));
    const isOne = first !== undefined && Object.keys(first).length > 0;
    return isOne && others.every((one) => JSON.stringify(one) === JSON.stringify(first)) ? [first] : [];
  };
  return [...guards.flatMap((guard) => blocks([guard])), ...(guards.length > 1 ? blocks(guards) : [])];
}
