import { type CompiledSet, PolicyCompiler, type PolicySource } from '@permission-check/iam-policy';
import type { Account } from '#lib/account/types.ts';
import { actionTable } from '#lib/catalog/actions.ts';
import { differenceOf } from '#lib/check/difference.ts';
import { expectedPolicies } from '#lib/check/policy-sets.ts';
import type { ReadExpectations } from '#lib/expectation/read.ts';
import type { Expectation, Expectations, Suppression } from '#lib/expectation/types.ts';
import { Callers } from '#lib/reach/callers.ts';
import type { Differences, Differing, RuleChange } from '#lib/report/differences.ts';
import { listed, subjectName } from '#lib/words/labels.ts';
import { type DiffOptions, together } from './diff.ts';
import { Survey } from './survey.ts';

/**
 * For whom two files of expectations expect something else: of everybody in an account. Beside what they allow also whom
 * they judge and let in, until when, and what they suppress.
 */
export async function diffExpectations(
  past: ReadExpectations,
  present: ReadExpectations,
  account: Account,
  { names, ...options }: DiffOptions,
): Promise<Differences> {
  const [before, after] = [past.expectations, present.expectations];
  const callers = new Callers();
  for await (const principal of account.principals()) callers.see(principal);
  const survey = new Survey({ ...options, callers });
  const compiler = new PolicyCompiler(actionTable);
  const rows: Differing[] = [];
  const rules: RuleChange[] = [...normalChange(before, after), ...untilChanges(past, present)];
  for (const principal of callers.all()) {
    const [was, is] = [before.expectationFor(principal), after.expectationFor(principal)];
    const [expected, observed] = [expectedSet(was, compiler), expectedSet(is, compiler)];
    const subject = subjectName(principal);
    rules.push(...judgedChange(subject, was, is), ...callerChange(subject, was, is));
    rows.push({
      subject,
      arn: principal.arn,
      ...differenceOf(survey.inputFor(principal, observed, expected)),
    });
  }
  rules.push(...suppressionChanges(before, after));
  return { ...together(rows, names), rules };
}

const anything: PolicySource = {
  name: 'anything',
  type: 'set',
  text: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
};

/** Whoever is not judged may do anything. */
function expectedSet(expectation: Expectation, compiler: PolicyCompiler): CompiledSet {
  return compiler.compileSet(
    expectation.kind === 'any' ? { identity: [anything] } : expectedPolicies(expectation),
  );
}

/** A change of one thing that a file says, in words; absent: it says nothing. */
const changeOf = (
  subject: string,
  what: RuleChange['what'],
  before: string | undefined,
  after: string | undefined,
): RuleChange[] =>
  before === after
    ? []
    : [{ subject, what, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];

function judgedChange(subject: string, was: Expectation, is: Expectation): RuleChange[] {
  const words = ({ kind }: Expectation) => (kind === 'any' ? 'no' : 'yes');
  return changeOf(subject, 'judged', words(was), words(is));
}

function callerChange(subject: string, was: Expectation, is: Expectation): RuleChange[] {
  const words = ({ assumedBy }: Expectation) =>
    assumedBy && (listed(assumedBy.map(({ text }) => text).sort(), Number.POSITIVE_INFINITY) || 'nobody');
  return changeOf(subject, 'assumed by', words(was), words(is));
}

function normalChange(before: Expectations, after: Expectations): RuleChange[] {
  // What time it is says nothing of the file.
  const words = ({ baseline: { context, region } }: Expectations) =>
    [
      region,
      ...Object.entries(context)
        .filter(([key]) => !/^aws:(currenttime|epochtime)$/i.test(key))
        .map(([key, value]) => `${key}=${value}`)
        .sort(),
    ].join(', ');
  return changeOf('normal request', 'is', words(before), words(after));
}

/** The last days of rules, by whom they are for. */
function untilChanges({ dated: before }: ReadExpectations, { dated: after }: ReadExpectations): RuleChange[] {
  const daysOf = (dated: ReadExpectations['dated']) =>
    new Map(dated.flatMap(({ kind, whom, until }) => (kind === 'rule' && until ? [[whom, until]] : [])));
  const [was, is] = [daysOf(before), daysOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((whom) =>
    changeOf(`rule for ${whom}`, 'until', was.get(whom), is.get(whom)),
  );
}

function suppressionChanges(before: Expectations, after: Expectations): RuleChange[] {
  const known = (all: readonly Suppression[]) =>
    new Map(
      all.map((one) => {
        const { principal = 'whomever it is about', actions, finding, until } = one;
        return [
          JSON.stringify([principal, actions, finding, until]),
          { principal, words: suppressionWords(one) },
        ];
      }),
    );
  const [was, is] = [known(before.suppressions), known(after.suppressions)];
  const only = (some: typeof was, others: typeof was) =>
    [...some].flatMap(([key, one]) => (others.has(key) ? [] : [one]));
  return [
    ...only(is, was).flatMap(({ principal, words }) => changeOf(principal, 'suppressed', undefined, words)),
    ...only(was, is).flatMap(({ principal, words }) => changeOf(principal, 'suppressed', words, undefined)),
  ];
}

function suppressionWords({ actions = [], finding, until, owner }: Suppression): string {
  const what = [
    ...(finding === undefined ? [] : [`finding ${finding}`]),
    ...(actions.length > 0 ? [listed(actions, 6)] : []),
  ];
  return `${what.join(', ')}, until ${until} (${owner})`;
}
