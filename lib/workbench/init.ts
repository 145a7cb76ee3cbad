import { arnParts } from '#lib/account/arn.ts';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import { compareSeverity, worst } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { distinctEntries, entryFor } from '#lib/compare/assumed-by.ts';
import { type PolicyStatement, shortened } from '#lib/compare/policy-statements.ts';
import { isWideOpen } from '#lib/compare/reached-principal.ts';
import type { Finding } from '#lib/compare/types.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { builtInExpectations } from '#lib/expectation/read.ts';
import type { Expectations } from '#lib/expectation/types.ts';
import { expectationsText, type RuleDraft } from '#lib/expectation/write-yaml.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Reach } from '#lib/reach/reach.ts';
import { reachWords } from '#lib/reach/words.ts';
import type { ActionAccess } from '#lib/report/access.ts';
import { openFindings } from '#lib/report/exit.ts';
import { subjectName } from '#lib/words/labels.ts';
import { spokenActions } from '#lib/words/verbs.ts';
import { admissionsAt } from './admissions-at.ts';
import { leastPolicyFor } from './can.ts';
import { guardsThatHold } from './init-guards.ts';
import { knownSetsOf } from './init-known-sets.ts';
import { matchesOf } from './init-matches.ts';
import { SetNames } from './init-names.ts';
import { commentLines, isSame, isSuppressible, suppressionsFor, toldOf } from './init-suppressions.ts';
import { Survey } from './survey.ts';
import { accessOf } from './who-can.ts';

export interface InitOptions {
  readonly region?: string | undefined;
  readonly guardrails?: Guardrails | undefined;
  /** When the time of what is suppressed begins. Default: now. */
  readonly now?: (() => Date) | undefined;
}

export interface FirstExpectations {
  /** The text of expectations.yaml. */
  readonly text: string;
  readonly rules: number;
  /** Who and what could not be judged, with the reason. */
  readonly notJudged: readonly string[];
  /** What was found that no rule can say, and is suppressed for a time, until somebody decides. */
  readonly suppressed: readonly string[];
}

/** A principal with access, and what is to be written of it. */
interface Entry {
  readonly principal: Principal;
  readonly access: readonly ActionAccess[];
  readonly severity: Severity;
  expected: readonly PolicyStatement[] | { readonly known: readonly string[] } | { readonly any: string };
  assumedBy?: readonly (string | object)[];
  exposure?: string;
}

/** Rounds in which what a check still finds is written down. */
const maxRounds = 8;

/**
 * Expectations that are what an account is today: a check with them finds nothing. Whoever has no access is expected to
 * have none; everybody else is named, but for access of medium and low severity, which may come under a pattern that
 * nobody else matches.
 */
export async function firstExpectations(account: Account, options: InitOptions): Promise<FirstExpectations> {
  const { guardrails, region, now = () => new Date() } = options;
  const { baseline } = builtInExpectations(region === undefined ? {} : { region });
  const callers = new Callers();
  for await (const principal of account.principals()) callers.see(principal);
  const everybody = [...callers.all()];
  const survey = new Survey({ baseline, guardrails, callers });
  const reach = new Reach(admissionsAt(baseline, guardrails), callers, account.identityPools);
  const entries = everybody.flatMap((principal) => entryOf(principal, survey, reach) ?? []);
  const guards = guardsThatHold(
    entries.filter(isJudged).map(({ principal }) => principal),
    survey,
  );
  let accepted: readonly Finding[] = [];
  for (let round = 0; ; round += 1) {
    const rules = rulesOf(entries, everybody);
    const text = expectationsText({
      heading: headingOf(account, everybody.length, entries.length),
      region: baseline.region,
      sets: rules.sets,
      guards,
      rules: rules.rules,
      suppress: suppressionsFor(accepted, now()),
    });
    const { findings } = await checkAccount(account, { expectations: readBack(text), guardrails });
    const changed = openFindings(findings).filter(
      (finding) => !isSuppressible(finding) && takeBack(finding, entries, everybody),
    );
    const found = findings.filter(isSuppressible);
    const isSaid = changed.length === 0 && isSame(found, accepted);
    if (isSaid || round >= maxRounds) {
      return { text, rules: rules.rules.length, ...toldOf(accepted, notJudgedOf(entries)) };
    }
    accepted = found;
  }
}

function readBack(text: string): Expectations {
  const { expectations, diagnostics } = parseExpectations(text, 'expectations.yaml', {});
  const error = diagnostics.find(({ severity }) => severity === 'error');
  if (error !== undefined) throw new Error(`what init wrote cannot be read: ${error.message}\n${text}`);
  return expectations;
}

/** Writes down as not judged whom a finding is about; whether that was not so before. */
function takeBack(
  { principalArn, subject, summary }: Finding,
  entries: Entry[],
  everybody: readonly Principal[],
): boolean {
  const entry = entries.find(({ principal }) => principal.arn === principalArn);
  // The principal is named beside it.
  const any = summary.startsWith(`${subject} `) ? summary.slice(subject.length + 1) : summary;
  if (entry === undefined) {
    const principal = everybody.find(({ arn }) => arn === principalArn);
    if (principal === undefined) return false;
    entries.push({ principal, access: [], severity: 'critical', expected: { any } });
    return true;
  }
  if ('any' in entry.expected) return false;
  entry.expected = { any };
  return true;
}

const isJudged = ({ expected }: Entry): boolean => !('any' in expected);

function notJudgedOf(entries: readonly Entry[]): string[] {
  return entries.flatMap(({ principal, expected }) =>
    'any' in expected ? [`${subjectName(principal)}: ${expected.any}`] : [],
  );
}

function headingOf({ accountId }: Account, all: number, named: number): string[] {
  return commentLines([
    `What account ${accountId} can do in Rekognition today: ${named} of ${all} principals have access.`,
    'A check with this file finds nothing. Decide each comment; take out what should not be, and the check will tell what to change. Whoever is not named here is expected to be able to do nothing.',
  ]);
}

function entryOf(principal: Principal, survey: Survey, reach: Reach): Entry | undefined {
  if (principal.serviceLinked) return undefined;
  const access = accessOf(principal, survey, actions).filter((one) => one.access !== 'none');
  if (access.length === 0) return undefined;
  const severity = worst(access.map(severityOf));
  const least = leastPolicyFor(principal, survey);
  if (least.statements === undefined) return { principal, access, severity, expected: { any: least.why } };
  const known = knownSetsOf(principal, access, survey);
  return {
    principal,
    access,
    severity,
    expected: known === undefined ? least.statements : { known },
    ...exposureOf(principal, reach),
  };
}

const severities = new Map(actions.map(({ action, severity }) => [action, severity]));
const severityOf = ({ action }: Pick<ActionAccess, 'action'>): Severity =>
  severities.get(action) ?? 'critical';

/** Who may assume a role, where a check would otherwise tell that nobody in particular may. */
function exposureOf(principal: Principal, reach: Reach): Pick<Entry, 'assumedBy' | 'exposure'> {
  if (principal.kind === 'user') return {};
  const ways = reach.waysInto(principal);
  if (!ways.some(isWideOpen)) return {};
  const exposure = reachWords(reach.roadTo(principal), ways) ?? '';
  const own = reach.ownCallersOf(principal).filter(({ arn }) => arn !== principal.arn);
  return {
    assumedBy: distinctEntries([...ways.map(entryFor), ...own.map(subjectName)]),
    exposure,
  };
}

function rulesOf(entries: readonly Entry[], everybody: readonly Principal[]) {
  const names = new SetNames();
  const sets = new Map<string, readonly object[]>();
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = JSON.stringify([entry.principal.kind, entry.expected, entry.assumedBy]);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const ordered = [...groups.values()].sort(([a], [b]) =>
    a === undefined || b === undefined ? 0 : compareSeverity(a.severity, b.severity),
  );
  const rules = ordered.flatMap((group): RuleDraft[] => {
    const [first] = group;
    if (first === undefined) return [];
    const expect = expectOf(group, first, names, sets);
    const { assumedBy } = first;
    const mayGlob =
      compareSeverity(first.severity, 'high') > 0 && expect !== 'any' && assumedBy === undefined;
    const principals = group.map(({ principal }) => principal);
    const match = mayGlob
      ? matchesOf(principals, everybody)
      : principals.map((one) => exactly(one, everybody));
    return [{ comments: commentsOf(first, match), match, expect, ...(assumedBy && { assumedBy }) }];
  });
  return { sets, rules };
}

/** By name; by ARN where several accounts have one of that name. */
function exactly(principal: Principal, everybody: readonly Principal[]): string {
  const { accountId } = arnParts(principal.arn);
  const isElsewhere = everybody.some(
    ({ kind, name, arn }) =>
      kind === principal.kind && name === principal.name && arnParts(arn).accountId !== accountId,
  );
  return isElsewhere ? principal.arn : subjectName(principal);
}

function expectOf(
  group: readonly Entry[],
  { expected }: Entry,
  names: SetNames,
  sets: Map<string, readonly object[]>,
): readonly string[] | 'any' {
  if ('any' in expected) return 'any';
  if ('known' in expected) return expected.known;
  const name = names.nameFor(
    expected,
    group.map(({ principal }) => principal),
  );
  sets.set(name, expected.map(shortened));
  return [name];
}

/** What a person should decide about a rule. */
function commentsOf({ access, severity, expected, exposure }: Entry, match: readonly string[]): string[] {
  const lines: string[] = [];
  if ('any' in expected) {
    lines.push(`not judged: ${expected.any}`);
    lines.push(
      'as long as it says "any", nothing that is given to it later is found either: write what it should have',
    );
  }
  const worstOnes = access.filter((one) => severityOf(one) === severity).map(({ action }) => action);
  if (compareSeverity(severity, 'medium') < 0 && !('any' in expected)) {
    lines.push(`${severity}: can ${spokenActions(worstOnes)}; is that so?`);
  }
  if (exposure !== undefined) lines.push(`can be assumed by ${exposure}; is that so?`);
  if (match.some((pattern) => pattern.includes('*'))) {
    lines.push('whoever gets such a name later is expected to have this access (nothing critical or high)');
  }
  return commentLines(lines);
}
