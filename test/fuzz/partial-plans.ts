import type { PolicySet, Request, RequestContext } from '@permission-check/iam-policy';
import { decide, PolicyCompiler } from '@permission-check/iam-policy';
import { actions as catalog } from '#lib/catalog/actions.ts';
import { normalRequestsOf, targetsOf } from '#lib/plan/make-plan.ts';
import { planRequests } from '#lib/plan/plan.ts';
import type { PlanInput } from '#lib/plan/types.ts';
import { isPossible } from '../../packages/iam-policy/fuzz/partial.ts';
import { fuzzedActions } from '../../packages/iam-policy/fuzz/partial-policies.ts';
import { principalFacts } from '../../packages/iam-policy/fuzz/partial-requests.ts';

const actions = catalog.filter(({ action }) => fuzzedActions.some((name) => name === action));

const baseline = {
  region: 'us-east-1',
  context: {
    'aws:SourceIp': '192.0.2.1',
    'aws:MultiFactorAuthPresent': 'true',
    'aws:SecureTransport': 'true',
    'aws:CurrentTime': '2026-06-01T00:00:00Z',
    'aws:RequestedRegion': 'us-east-1',
  },
};

export interface PlanPair {
  readonly observed: PolicySet;
  readonly expected: PolicySet;
  readonly requests: readonly {
    readonly name: string;
    readonly kind: number;
    readonly context: RequestContext;
  }[];
}

export interface PlanTally {
  pairs: number;
  /** (action, direction, allowing statement) that random search found to differ; those that the plan shows, too. */
  differing: number;
  found: number;
  /** Not found, and the plan says so. */
  told: number;
  requests: number;
}

type Entry = (typeof actions)[number];

const paths = {
  collection: (name: string) => `collection/${name}`,
  project: (name: string) => `project/${name}/17`,
  projectversion: (name: string) => `project/${name}/version/${name}/17`,
  dataset: (name: string) => `project/${name}/dataset/train/17`,
  streamprocessor: (name: string) => `streamprocessor/${name}`,
};

function randomRequest(entry: Entry, { name, kind, context }: PlanPair['requests'][number]) {
  const targets = targetsOf(entry);
  const target = targets[kind % targets.length] ?? '*';
  const own = Object.entries(context).filter(([key]) => {
    if (key.startsWith('aws:RequestTag/')) return entry.conditionKeys.includes('aws:RequestTag/${TagKey}');
    if (key === 'aws:TagKeys') return entry.conditionKeys.includes('aws:TagKeys');
    return !key.startsWith('aws:ResourceTag/') || target !== '*';
  });
  const region = context['aws:RequestedRegion'];
  const resource = target === '*' ? '*' : `arn:aws:rekognition:${region}:123456789012:${paths[target](name)}`;
  return { action: entry.action, resource, context: { ...Object.fromEntries(own), ...principalFacts } };
}

/**
 * Holds plans against random search: for whatever action and statement a random request shows a difference between
 * the two sets, a request of the plan must show one in the same direction, or the plan must say that it gave up.
 *
 * @throws {Error} telling which difference was missed
 */
export function checkPlan({ observed, expected, requests }: PlanPair, tally: PlanTally): void {
  const compiler = new PolicyCompiler(fuzzedActions);
  const input: PlanInput = {
    observed: compiler.compileSet(observed),
    expected: compiler.compileSet(expected),
    facts: principalFacts,
    baseline,
    accountId: '123456789012',
    partition: 'aws',
    actions,
  };
  const plan = planRequests(input);
  const normal = normalRequestsOf(input);
  const isAsked = (request: Request): boolean =>
    String(request.context['aws:CurrentTime'] ?? '9') >= baseline.context['aws:CurrentTime'] &&
    String(request.context['aws:TokenIssueTime'] ?? '9') >= '2026-05-30T12:00:00Z' &&
    (decide(input.observed, request).decision === 'allowed' || normal.isDecisive(request, { left: 100_000 }));
  tally.pairs++;
  tally.requests += plan.requests.length;
  /** How a request differs, once for each statement that allows it where it is allowed. */
  const differencesOf = (request: Parameters<typeof decide>[1]): string[] => {
    const [seen, wanted] = [decide(input.observed, request), decide(input.expected, request)];
    if ((seen.decision === 'allowed') === (wanted.decision === 'allowed')) return [];
    const [sense, { matched }] = seen.decision === 'allowed' ? ['excess', seen] : ['missing', wanted];
    return matched.map(
      ({ layer, policy, statement }) =>
        `${request.action} ${sense} ${layer} ${policy.name} ${statement.index}`,
    );
  };
  for (const { context } of plan.requests) {
    if (!isPossible(context)) throw new Error(`a witness that cannot be: ${JSON.stringify(context)}`);
  }
  const shown = new Set(plan.requests.flatMap(differencesOf));
  const told = new Set(plan.gaps.map(({ action }) => action));
  for (const entry of actions) {
    const asked = requests
      .map((random) => randomRequest(entry, random))
      .filter((request) => isPossible(request.context) && isAsked(request));
    const differing = new Map(
      asked.flatMap((request) =>
        differencesOf(request).map((one) => [one, JSON.stringify(request)] as const),
      ),
    );
    for (const [difference, request] of differing) {
      tally.differing++;
      if (shown.has(difference)) tally.found++;
      else if (told.has(entry.action)) tally.told++;
      else throw new Error(`no witness for ${difference}, as in ${request}`);
    }
  }
}
