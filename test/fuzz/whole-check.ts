import type { PolicySet, Request, RequestContext } from '@permission-check/iam-policy';
import { type CompiledSet, decide, PolicyCompiler } from '@permission-check/iam-policy';
import fc from 'fast-check';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { actions, actionTable } from '#lib/catalog/actions.ts';
import { checkAccount } from '#lib/check/account.ts';
import { expectedPolicies, observedPolicies } from '#lib/check/policy-sets.ts';
import type { Finding } from '#lib/compare/types.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { problemsOfResource } from '#lib/expectation/resource-patterns.ts';
import type { Expectations } from '#lib/expectation/types.ts';
import { normalRequestsOf, targetsOf } from '#lib/plan/make-plan.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { isPossible } from '../../packages/iam-policy/fuzz/partial.ts';
import { policySet } from '../../packages/iam-policy/fuzz/partial-policies.ts';
import { freeContext, resourceName } from '../../packages/iam-policy/fuzz/partial-requests.ts';

const accountId = '123456789012';

/** One random account, what is expected in it, and random requests to hold the check against. */
export interface WholeCase {
  readonly observed: PolicySet;
  readonly kind: 'user' | 'role';
  readonly expected: PolicySet;
  readonly guards: readonly string[];
  readonly requests: readonly {
    readonly name: string;
    readonly kind: number;
    readonly context: RequestContext;
  }[];
}

const guards = {
  mfa: { mfa: true, 'access-levels': ['Write', 'Tagging'] },
  tls: { tls: true },
  office: { 'source-ip': ['198.51.100.0/24'], actions: ['rekognition:Search*', 'rekognition:D*'] },
  summer: { between: ['2026-01-01', '2026-12-31'], actions: 'rekognition:StartProjectVersion' },
  region: { condition: { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } } },
  tagged: {
    condition: { StringEquals: { 'aws:ResourceTag/team': 'shop' } },
    actions: 'rekognition:*Collection',
  },
};

export const wholeCase: fc.Arbitrary<WholeCase> = fc.record({
  observed: policySet,
  kind: fc.constantFrom('user', 'role'),
  expected: policySet,
  guards: fc.oneof(fc.constant([]), fc.subarray(Object.keys(guards), { maxLength: 2 })),
  requests: fc.array(fc.record({ name: resourceName, kind: fc.nat({ max: 60 }), context: freeContext }), {
    minLength: 40,
    maxLength: 40,
  }),
});

export interface WholeTally {
  cases: number;
  /** What expectations.yaml refuses, such as a condition that can never hold. */
  refused: number;
  differing: number;
  inconclusive: number;
  witnesses: number;
}

function principalOf({ observed, kind }: WholeCase, name: string, tags: Principal['tags']): Principal {
  return {
    kind,
    name,
    path: '/team/',
    arn: `arn:aws:iam::${accountId}:${kind}/team/${name}`,
    id: kind === 'user' ? 'AIDAEXAMPLE' : 'AROAEXAMPLE',
    tags,
    groups: [],
    policies: observed.identity,
    ...(observed.boundary === undefined ? {} : { boundary: observed.boundary }),
    unreadable: [],
    serviceLinked: false,
  };
}

/** A statement without the resources of other services, which expectations of Rekognition's actions may not name. */
function withOwnResources(statement: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(statement).map(([element, value]): [string, unknown] => {
    if (!/Resource$/.test(element)) return [element, value];
    const own = [value]
      .flat()
      .filter((pattern) => problemsOfResource(String(pattern), new Set(['rekognition'])).length === 0);
    return [element, own.length === 0 ? 'arn:aws:rekognition:*:*:collection/none' : own];
  });
  return Object.fromEntries(kept);
}

function expectationsOf({ expected, guards: chosen }: WholeCase): Expectations | undefined {
  const statements = expected.identity
    .flatMap(({ text }): Record<string, unknown>[] => JSON.parse(text).Statement)
    .map(withOwnResources);
  const file = {
    region: 'us-east-1',
    context: { 'aws:SourceIp': '192.0.2.1', 'aws:CurrentTime': '2026-06-01T00:00:00Z' },
    sets: { own: statements },
    guards: Object.fromEntries(Object.entries(guards).filter(([name]) => chosen.includes(name))),
    principals: [{ match: '*', expect: ['own'] }],
  };
  const { expectations, diagnostics } = parseExpectations(JSON.stringify(file), 'e.yaml');
  return diagnostics.some(({ severity }) => severity === 'error') ? undefined : expectations;
}

const paths = {
  collection: (name: string) => `collection/${name}`,
  project: (name: string) => `project/${name}/17`,
  projectversion: (name: string) => `project/${name}/version/${name}/17`,
  dataset: (name: string) => `project/${name}/dataset/train/17`,
  streamprocessor: (name: string) => `streamprocessor/${name}`,
};

type Entry = (typeof actions)[number];

function randomRequest(
  entry: Entry,
  { name, kind, context }: WholeCase['requests'][number],
  facts: RequestContext,
): Request {
  const targets = targetsOf(entry);
  const target = targets[kind % targets.length] ?? '*';
  const own = Object.entries(context).filter(([key]) => {
    if (key.startsWith('aws:RequestTag/')) return entry.conditionKeys.includes('aws:RequestTag/${TagKey}');
    if (key === 'aws:TagKeys') return entry.conditionKeys.includes('aws:TagKeys');
    return !key.startsWith('aws:ResourceTag/') || (target !== '*' && entry.resourceTypes.length > 0);
  });
  const region = context['aws:RequestedRegion'];
  const resource = target === '*' ? '*' : `arn:aws:rekognition:${region}:${accountId}:${paths[target](name)}`;
  return { action: entry.action, resource, context: { ...Object.fromEntries(own), ...facts } };
}

/** How a request differs: `excess` and `unguarded` as the documentation tells them apart. */
function differenceOf(observed: CompiledSet, bare: CompiledSet, expected: CompiledSet, request: Request) {
  const seen = decide(observed, request).decision === 'allowed';
  const wanted = decide(expected, request).decision === 'allowed';
  if (seen === wanted) return undefined;
  if (!seen) return 'missing' as const;
  return decide(bare, request).decision === 'allowed' ? ('unguarded' as const) : ('excess' as const);
}

/**
 * Holds a whole check of a random principal against random requests: what differs in any of them is in a finding of
 * that kind, or the check says that it could not tell; and what a finding claims, its witness shows.
 *
 * @throws {Error} telling what was wrong
 */
export async function checkWhole(given: WholeCase, tally: WholeTally): Promise<void> {
  const expectations = expectationsOf(given);
  if (expectations === undefined) {
    tally.refused++;
    return;
  }
  tally.cases++;
  // The same policies for all: what is worked out once for several must hold for each.
  const principals = [
    principalOf(given, 'alice', { team: 'shop' }),
    principalOf(given, 'bob', {}),
    principalOf(given, 'alicex', { team: 'payroll', unit: 'none' }),
    principalOf(given, 'carol', { team: 'shop' }),
  ];
  const { scps, rcps } = given.observed;
  const guardrails = { ...(scps && { scps }), ...(rcps && { rcps }) };
  const account: Account = {
    accountId,
    partition: 'aws',
    async *principals() {
      yield* principals;
    },
  };
  const report = await checkAccount(account, { expectations, guardrails });
  for (const principal of principals) holdAgainst(given, principal, expectations, guardrails, report, tally);
}

/** Time does not go back, and credentials last 36 hours at most. */
function isPast(context: RequestContext): boolean {
  const at = (key: string) => String(context[key] ?? '9');
  return at('aws:CurrentTime') < '2026-06-01T00:00:00Z' || at('aws:TokenIssueTime') < '2026-05-30T12:00:00Z';
}

function holdAgainst(
  given: WholeCase,
  principal: Principal,
  expectations: Expectations,
  guardrails: Guardrails,
  report: CheckReport,
  tally: WholeTally,
): void {
  const expectation = expectations.expectationFor(principal);
  if (expectation.kind !== 'sets') throw new Error('not judged');
  const compiler = new PolicyCompiler(actionTable);
  const observed = compiler.compileSet(observedPolicies(principal, guardrails));
  const expected = compiler.compileSet(expectedPolicies(expectation));
  const bare = compiler.compileSet(expectedPolicies({ ...expectation, guards: [] }));

  const claims = (kind: Finding['kind']) =>
    report.findings
      .filter((finding) => finding.kind === kind && finding.principalArn === principal.arn)
      .flatMap((finding) => finding.actions);
  const unsure = new Set(claims('inconclusive').map(({ action }) => action));
  tally.inconclusive += unsure.size;
  const difference = (request: Request) => differenceOf(observed, bare, expected, request);
  for (const kind of ['excess', 'unguarded', 'missing'] as const) {
    for (const claim of claims(kind)) {
      tally.witnesses++;
      holdWitness(kind, claim, difference);
    }
  }
  const names = (...kinds: Finding['kind'][]) => new Set(kinds.flatMap(claims).map(({ action }) => action));
  // Where a guard is never met, it alone is named, and not also what else is against the request.
  const excessFindings = names('excess', 'unguarded');
  const told = { excess: excessFindings, unguarded: excessFindings, missing: names('missing') };
  const facts = principalContext(principal);
  const { baseline } = expectations;
  const frame = { actions, accountId, partition: 'aws' };
  const normal = normalRequestsOf({ observed, expected, facts, baseline, ...frame });
  const possible = (entry: (typeof actions)[number]): Request[] =>
    given.requests
      .map((random) => randomRequest(entry, random, facts))
      .filter(({ context: { 'aws:PrincipalArn': _, ...free } }) => isPossible(free) && !isPast(free));
  const isToTell = (kind: ReturnType<typeof difference>, request: Request) =>
    kind !== undefined && (kind !== 'missing' || normal.isDecisive(request, { left: 100_000 }));
  for (const entry of actions) {
    for (const request of possible(entry)) {
      const kind = difference(request);
      if (kind === undefined || !isToTell(kind, request)) continue;
      tally.differing++;
      if (told[kind].has(entry.action) || unsure.has(entry.action)) continue;
      throw new Error(
        `${kind} ${entry.action} of ${principal.name} is not told, as in ${JSON.stringify(request)}`,
      );
    }
  }
}

/** A claim has a witness that can be, and shows what is claimed. */
function holdWitness(
  kind: Finding['kind'],
  { action, witness }: Finding['actions'][number],
  difference: (request: Request) => string | undefined,
): void {
  if (witness === undefined) throw new Error(`${kind} ${action} without a witness`);
  const shown = difference(witness);
  if (witness.action === action && shown === kind && isPossible(witness.context)) return;
  throw new Error(`${kind} ${action}: its witness shows ${shown}: ${JSON.stringify(witness)}`);
}
