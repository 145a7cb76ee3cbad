import { PolicyCompiler, PolicyError, type PolicySource } from '@permission-check/iam-policy';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { actions, actionTable } from '#lib/catalog/actions.ts';
import { differenceOf, isEqual } from '#lib/check/difference.ts';
import type { Baseline } from '#lib/expectation/types.ts';
import { accessOf, noAccess } from '#lib/past/access.ts';
import { settlePastFacts } from '#lib/past/past-facts.ts';
import { Callers } from '#lib/reach/callers.ts';
import type { AccessDifference } from '#lib/report/difference.ts';
import type { Differences, Differing } from '#lib/report/differences.ts';
import { subjectName } from '#lib/words/labels.ts';
import { reachChanges } from './reach-changes.ts';
import { Survey } from './survey.ts';

export interface DiffOptions {
  readonly baseline: Baseline;
  readonly guardrails?: Guardrails | undefined;
  /** What the two are called. */
  readonly names: readonly [before: string, after: string];
}

/** Who can do more in the second account than in the first, and who less: by ARN, vanished and new principals too. */
export async function diffAccounts(
  before: Account,
  after: Account,
  options: DiffOptions,
): Promise<Differences> {
  const past = new Map<string, Principal>();
  for await (const principal of before.principals()) past.set(principal.arn, principal);
  const present: Principal[] = [];
  for await (const principal of after.principals()) present.push(principal);
  const differences = diffPrincipals([...past.values()], present, options);
  const sides = [
    { principals: [...past.values()], pools: before.identityPools },
    { principals: present, pools: after.identityPools },
  ] as const;
  return { ...differences, reach: reachChanges(...sides, options) };
}

/** The same for principals at hand. */
export function diffPrincipals(
  before: readonly Principal[],
  after: readonly Principal[],
  { names, ...options }: DiffOptions,
): Differences {
  const past = new Map(before.map((principal) => [principal.arn, principal]));
  const callers = new Callers();
  for (const principal of after) callers.see(principal);
  const survey = new Survey({ ...options, callers });
  const arns = new Set([...past.keys(), ...after.map(({ arn }) => arn)]);
  const present = new Map(after.map((principal) => [principal.arn, principal]));
  const rows = [...arns].map((arn) => differing(past.get(arn), present.get(arn), survey));
  return together(rows, names);
}

export function together(
  rows: readonly (Differing | undefined)[],
  [before, after]: DiffOptions['names'],
): Differences {
  const found = rows.filter((row) => row !== undefined).filter((row) => !isEqual(row));
  const differing = found.sort((a, b) => (a.subject < b.subject ? -1 : 1));
  return { before, after, differing, equal: rows.length - differing.length };
}

function differing(
  before: Principal | undefined,
  after: Principal | undefined,
  survey: Survey,
): Differing | undefined {
  const principal = after ?? before;
  if (principal === undefined || isAlike(before, after)) return undefined;
  const about = { subject: subjectName(principal), arn: principal.arn };
  const unreadable = [...(before?.unreadable ?? []), ...(after?.unreadable ?? [])];
  const [reason] = unreadable;
  if (reason !== undefined) return { ...about, ...open(`could not be read: ${reason}`) };
  const past = before === undefined ? noAccess : accessOf(before);
  if (past === undefined) return { ...about, ...open('a policy before is malformed') };
  const { policies, boundary } = settlePastFacts(past, principalContext(principal));
  const { boundary: _, ...rest } = principal;
  const then: Principal = { ...rest, policies, ...(boundary && { boundary }) };
  const now: Principal = after ?? { ...rest, policies: [] };
  const [expected, observed] = [survey.setOf(then), survey.setOf(now)];
  if (expected instanceof PolicyError) return { ...about, ...open(expected.message) };
  if (observed instanceof PolicyError) return { ...about, ...open(observed.message) };
  return { ...about, ...differenceOf(survey.inputFor(now, observed, expected)) };
}

const open = (reason: string): AccessDifference => ({
  gained: [],
  lost: [],
  unsettled: [{ action: 'rekognition:*', reason }],
});

/** Whether nothing that decides about two principals differs, as they are written. */
function isAlike(before: Principal | undefined, after: Principal | undefined): boolean {
  const written = (one: Principal) =>
    JSON.stringify([one.policies, one.boundary, one.trust?.text, principalContext(one), one.unreadable]);
  return before !== undefined && after !== undefined && written(before) === written(after);
}

/** What the second of two sets allows and the first does not, and the reverse, for whoever has them. */
export function diffSets(
  before: readonly PolicySource[],
  after: readonly PolicySource[],
  { names, baseline }: DiffOptions,
): Differences {
  const compiler = new PolicyCompiler(actionTable);
  const [expected, observed] = [before, after].map((identity) => compiler.compileSet({ identity }));
  if (expected === undefined || observed === undefined) throw new Error('two sets are needed');
  const texts = [...before, ...after].map(({ text }) => text).join();
  const accounts = new Set(texts.match(/(?<=:)\d{12}(?=:)/g) ?? ['123456789012']);
  const parts = [...accounts].map((accountId) =>
    differenceOf(
      { observed, expected, facts: {}, baseline, actions, accountId, partition: 'aws' },
      'anybody',
    ),
  );
  const first = <T extends { readonly action: string }>(all: readonly T[]) => [
    ...new Map([...all].reverse().map((one) => [one.action, one])).values(),
  ];
  const row: Differing = {
    subject: `${names[0]} → ${names[1]}`,
    gained: first(parts.flatMap(({ gained }) => gained)),
    lost: first(parts.flatMap(({ lost }) => lost)),
    unsettled: first(parts.flatMap(({ unsettled }) => unsettled)),
  };
  return together([row], names);
}
