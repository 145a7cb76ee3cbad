import { type CompiledSet, type Decision, decide } from '@permission-check/iam-policy';
import type { Suppression } from '#lib/expectation/types.ts';
import type { ElsewhereRequest } from '#lib/plan/elsewhere.ts';
import { statementLabel } from '#lib/words/labels.ts';
import { aLayer } from '#lib/words/layers.ts';
import type { FindingDraft } from './finding-draft.ts';
import { groupBy } from './group-by.ts';

/**
 * What the resources are called in services whose resources may have policies of their own. Source: IAM User Guide,
 * "AWS services that work with IAM", column "Resource-based policies".
 */
const resourceWithPolicy: Readonly<Record<string, string>> = {
  backup: 'vault',
  dynamodb: 'table',
  ecr: 'repository',
  elasticfilesystem: 'file system',
  events: 'event bus',
  kinesis: 'stream',
  kms: 'key',
  lambda: 'function',
  logs: 'log group',
  s3: 'bucket',
  secretsmanager: 'secret',
  sns: 'topic',
  sqs: 'queue',
};

interface Denied {
  readonly request: ElsewhereRequest;
  readonly decision: Decision;
}

/** What is expected of other services and denied. */
export function missingElsewhere(
  observed: CompiledSet,
  requests: readonly ElsewhereRequest[],
  suppressionOf: (action: string) => Suppression | undefined,
): FindingDraft[] {
  const denied = requests.flatMap((request): Denied[] => {
    const decision = decide(observed, request);
    const settled = decision.decision === 'allowed' || decision.doubt !== undefined;
    return settled ? [] : [{ request, decision }];
  });
  // What is suppressed of some actions is none of the others.
  const reasons = groupBy(denied, (one) =>
    JSON.stringify([reasonOf(one), resourceNoun(one), suppressionOf(one.request.action)]),
  );
  return [...reasons.values()].map((group) => draftOf(group, suppressionOf));
}

/** Whose own policy may allow what the principal's policies do not: not where they deny it, or a limit does. */
function resourceNoun({ request: { action }, decision }: Denied): string | undefined {
  if (decision.decision === 'explicitDeny' || (decision.blockedBy ?? 'identity') !== 'identity')
    return undefined;
  const service = action.split(':', 1)[0]?.toLowerCase() ?? '';
  return Object.hasOwn(resourceWithPolicy, service) ? resourceWithPolicy[service] : undefined;
}

/** The statements that deny, of the layer that decided. */
const deniesOf = ({ decision: { decision, blockedBy = 'identity', matched } }: Denied) =>
  decision === 'explicitDeny'
    ? matched.filter(({ statement, layer }) => statement.effect === 'Deny' && layer === blockedBy)
    : [];

function reasonOf(denied: Denied): string {
  const { blockedBy = 'identity' } = denied.decision;
  const [deny] = deniesOf(denied);
  if (deny !== undefined) return `${statementLabel(deny)} denies`;
  return blockedBy === 'identity' ? 'no policy of its own allows' : `${aLayer(blockedBy)} does not allow`;
}

/** Where else an Allow may stand. KMS Developer Guide, "Key policies": without it, no IAM policy gives access to a key. */
function elsewhereWords(noun: string | undefined): string {
  if (noun === undefined) return '';
  const or = `, or in that of the ${noun}`;
  return noun === 'key' ? `, which counts if the key's policy lets the account decide${or}` : or;
}

function draftOf(
  group: readonly [Denied, ...Denied[]],
  suppressionOf: (action: string) => Suppression | undefined,
): FindingDraft {
  const [first] = group;
  const noun = resourceNoun(first);
  const actions = [...new Set(group.map(({ request }) => request.action))].sort();
  const resources = [...new Set(group.flatMap(({ request }) => request.statement.resources ?? ['*']))];
  const names = actions.join(', ');
  const what = `${names} ${actions.length === 1 ? 'is' : 'are'} expected on ${resources.join(', ')}`;
  const them = actions.length === 1 ? 'it' : 'them';
  const may = noun === undefined ? '' : `; the ${noun}'s own policy may`;
  const [deny] = deniesOf(first);
  const identity = (first.decision.blockedBy ?? 'identity') === 'identity';
  return {
    kind: 'missing',
    severity: noun === undefined ? 'medium' : 'low',
    causes: ['elsewhere', reasonOf(first), ...actions],
    judged: actions.map((action) => {
      const { request, decision } = group.find((one) => one.request.action === action) ?? first;
      const { policy: _, statement: __, ...witness } = request;
      return {
        action,
        judged: {
          request: witness,
          entry: undefined,
          evidence: [{ kind: 'evaluated', ...decision }],
          verdict: { decision: decision.decision, source: 'evaluated' },
          allows: [],
          denies: decision.matched.filter(({ statement }) => statement.effect === 'Deny'),
          unmet: [],
        },
      };
    }),
    by: deniesOf(first),
    summary: `${what}, but ${reasonOf(first)} ${them}${may}.`,
    remedies: ({ name }) => [
      deny !== undefined
        ? `Narrow the Deny in ${statementLabel(deny)}.`
        : identity
          ? `Allow ${names} on ${resources.join(', ')} in a policy of ${name}${elsewhereWords(noun)}.`
          : `Let it through where it stops: ${reasonOf(first)} ${them}.`,
    ],
    suppressed: suppressionOf(actions[0] ?? ''),
  };
}
