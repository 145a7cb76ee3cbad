import { createHash } from 'node:crypto';
import type { MatchedStatement, PolicySource } from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import { type Acceptance, acceptanceText, type RuleEdit } from '#lib/expectation/acceptance.ts';
import type { Expectation, Guard } from '#lib/expectation/types.ts';
import { guardName, type WrittenRule } from '#lib/expectation/written-rule.ts';
import { listed, policyLabel, statementPlace } from '#lib/words/labels.ts';
import type { Accepted, Say } from './accepted.ts';
import type { Accept, Subject } from './finding-draft.ts';
import { policyKey } from './finding-id.ts';
import { shortened } from './policy-statements.ts';
import { namedActions } from './remedies.ts';

const withoutService = (actions: readonly string[]): readonly string[] =>
  actions.map((action) => action.slice(action.indexOf(':') + 1)).sort();

/** What to write if access that nobody expects is meant to be so. */
export function acceptExcess({
  actions,
  by,
  say,
  deniedBy,
  isUnguarded = false,
}: Accepted): (subject: Subject) => Accept {
  const set = say && defined(actions, say);
  const whole = onlyPolicyOf(by);
  return (subject) => {
    const expect = namesOf(subject.expectation);
    const edit = expect && set && withSet(expect, set, isUnguarded ? subject.expectation.written : undefined);
    const isExpected = whole && subject.expectation.kind === 'sets' && isAmong(whole, subject.expectation);
    if (isExpected) {
      const text = `${whole.name} is expected in another version than ${whole.versionId ?? 'this one'}: to accept what AWS changed, update this program's catalogue.`;
      return { text };
    }
    if (deniedBy !== undefined) {
      const places = listed(deniedBy.map((deny) => `${statementPlace(deny)} of ${policyLabel(deny.policy)}`));
      return accept(
        subject,
        undefined,
        `take ${namedActions(withoutService(actions))} out of ${places} for ${subject.name}, in a set of its own.`,
      );
    }
    const what = whole ? whole.name : `a set with ${namedActions(withoutService(actions))}`;
    return accept(subject, edit, `add ${what} to what ${subject.name} is expected to have.`);
  };
}

/** The one AWS managed policy that statements are of. */
function onlyPolicyOf(by: readonly MatchedStatement[]): PolicySource | undefined {
  const policies = new Map(by.map(({ policy }) => [policyKey(policy), policy]));
  const [policy] = policies.values();
  return policies.size === 1 && policy?.type === 'aws-managed' ? policy : undefined;
}

const isAmong = ({ arn }: PolicySource, { policies }: Expectation & { kind: 'sets' }): boolean =>
  policies.some((policy) => policy.arn === arn);

/** What to write if access that is expected and missing is not needed: the Denys of a set. */
export function acceptMissing({ actions, say }: Accepted): (subject: Subject) => Accept {
  const set = say && defined(actions, say);
  return (subject) => {
    const expect = namesOf(subject.expectation);
    const edit = expect && set && withSet(expect, set);
    return accept(
      subject,
      edit,
      `expect less of ${subject.name}: without ${namedActions(withoutService(actions))}.`,
    );
  };
}

/** What to write if a principal may do without a guard. */
export function acceptUnguarded(unmet: readonly Guard[]): (subject: Subject) => Accept {
  const names = new Set(unmet.map(({ name }) => name));
  return (subject) => {
    const guards = subject.expectation.written?.guards?.filter((one) => !names.has(guardName(one)));
    const words = `take ${subject.name} out of what guard ${listed([...names].map((name) => `"${name}"`))} covers.`;
    return accept(subject, guards && { guards }, words);
  };
}

/** An edit of the rule for a principal, in words where there is none. */
export function accept(
  { name, expectation }: Pick<Subject, 'name' | 'expectation'>,
  edit: RuleEdit | undefined,
  words: string,
): Accept {
  const { rule: at, written } = expectation;
  if (edit === undefined || written === undefined) {
    return { text: `${at === undefined ? 'in expectations.yaml' : `${at.file}:${at.line}:`} ${words}` };
  }
  const acceptance: Acceptance = { subject: name, rule: written, ...(at && { at }), edit };
  return { text: acceptanceText(acceptance), acceptance };
}

/** The names that a rule expects; the built-in expectation stands for the managed policies that it amounts to. */
function namesOf(expectation: Expectation): readonly string[] | undefined {
  const { kind, written } = expectation;
  if (kind === 'any' || written === undefined || written.expect === 'any') return undefined;
  return written.expect === 'built-in' ? expectation.policies.map(({ name }) => name) : written.expect;
}

interface DefinedSet {
  readonly name: string;
  readonly statements?: readonly object[];
}

/** The same statements have the same name, whomever they are accepted for. */
function defined(actions: readonly string[], say: Say): DefinedSet {
  if ('reference' in say) return { name: say.reference };
  const statements = say.statements.map(shortened);
  const [first = '', ...others] = withoutService(actions);
  const more = others.length === 0 ? '' : `-and-${others.length}-more`;
  const prefix = say.statements.every(({ Effect }) => Effect === 'Deny') ? 'without' : 'accepted';
  return { name: `${prefix}-${first}${more}-${digestOf(statements)}`, statements };
}

function digestOf(statements: readonly object[]): string {
  return createHash('sha256').update(JSON.stringify(statements)).digest('hex').slice(0, 6);
}

const policyStatements = z.array(z.looseObject({}));

/** The same with other names of resources: the names of the sets that it defines follow what is in them. */
export function acceptOther({ text, acceptance }: Accept, other: (text: string) => string): Accept {
  if (acceptance === undefined) return { text: other(text) };
  const { sets = {}, expect = [], unguarded } = acceptance.edit;
  const renamed = new Map<string, string>();
  const others = Object.entries(sets).map(([name, statements]) => {
    const said = policyStatements.parse(JSON.parse(other(JSON.stringify(statements))));
    const now = name.replace(/[^-]*$/, digestOf(said));
    renamed.set(name, now);
    return [now, said] as const;
  });
  if (others.length === 0) return { text: other(text), acceptance };
  const named = (name: string) => renamed.get(name) ?? name;
  const edit = {
    ...acceptance.edit,
    sets: Object.fromEntries(others),
    expect: expect.map(named),
    ...(unguarded && { unguarded: unguarded.map(named) }),
  };
  const changed = { ...acceptance, edit };
  return { text: acceptanceText(changed), acceptance: changed };
}

/** @param unguarded the rule, where no guard of it is to hold for the set */
function withSet(
  expect: readonly string[],
  { name, statements }: DefinedSet,
  unguarded?: WrittenRule,
): RuleEdit {
  const lists =
    unguarded === undefined
      ? { expect: [...expect, name] }
      : { expect, unguarded: [...(unguarded.unguarded ?? []), name] };
  return { ...lists, ...(statements && { sets: { [name]: statements } }) };
}
