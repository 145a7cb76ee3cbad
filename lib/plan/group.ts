import type { Request, RequestContext } from '@permission-check/iam-policy';
import type { SimulationCall } from './types.ts';

/** Actions in one SimulatePrincipalPolicy call; AWS publishes no number, this one is known to work. */
const maxActions = 100;
/** Actions × resources in one call; "can't exceed 1000" by those who have met the limit. */
const maxPairs = 1000;

/** The same text for the same context, whatever the order and letter case of its keys. */
export function contextKey(context: RequestContext): string {
  const entries = Object.entries(context).map(([key, value]) => [key.toLowerCase(), value] as const);
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

interface SharedCall {
  readonly actions: Set<string>;
  readonly resources: string[];
}

/** Resources that are asked for much the same actions share a call for as long as the limits allow. */
function sharedCalls(asked: ReadonlyMap<string, ReadonlySet<string>>): SharedCall[] {
  const result: SharedCall[] = [];
  const biggestFirst = [...asked].sort(([, a], [, b]) => b.size - a.size);
  for (const [resource, actions] of biggestFirst) {
    const room = result.find((call) => {
      const union = new Set([...call.actions, ...actions]).size;
      return union <= maxActions && union * (call.resources.length + 1) <= maxPairs;
    });
    if (!room) {
      result.push({ actions: new Set(actions), resources: [resource] });
      continue;
    }
    for (const action of actions) room.actions.add(action);
    room.resources.push(resource);
  }
  return result;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const result: T[][] = [];
  for (let i = 0; i < items.length; i += size) result.push(items.slice(i, i + size));
  return result;
}

/**
 * As few SimulatePrincipalPolicy calls as answer every request: one context a call, `*` and ARNs apart (IAM
 * refuses them together), at most 100 actions and 1,000 pairs. A call may ask pairs that no request has; their
 * answers mean nothing, above all where the ARN is of a type that the action is not judged on.
 *
 * @throws {RangeError} for a wildcard action: IAM would take it literally and answer `implicitDeny`.
 */
export function groupCalls(requests: readonly Request[]): SimulationCall[] {
  return [...askedByContext(requests)].flatMap(callsOf);
}

/** What is asked in one context: actions by resource. */
interface AskedInContext {
  readonly context: RequestContext;
  readonly asked: Map<string, Set<string>>;
}

function askedByContext(requests: readonly Request[]): Iterable<AskedInContext> {
  const byContext = new Map<string, AskedInContext>();
  for (const { action, resource, context } of requests) {
    if (/[*?]/.test(action)) throw new RangeError(`${action}: a wildcard action cannot be simulated`);
    const key = contextKey(context);
    const group = byContext.get(key) ?? { context, asked: new Map<string, Set<string>>() };
    byContext.set(key, group);
    const actions = group.asked.get(resource) ?? new Set<string>();
    group.asked.set(resource, actions.add(action));
  }
  return byContext.values();
}

function callsOf({ context, asked }: AskedInContext): SimulationCall[] {
  const arns = [...asked].filter(([resource]) => resource !== '*');
  const isCrowded = ([, actions]: (typeof arns)[number]) => actions.size > maxActions;
  const crowded = arns.filter(isCrowded);
  return [
    ...chunks([...(asked.get('*') ?? [])], maxActions).map((actions) => ({
      context,
      actions,
      resources: [],
    })),
    ...crowded.flatMap(([resource, all]) =>
      chunks([...all], maxActions).map((actions) => ({ context, actions, resources: [resource] })),
    ),
    ...sharedCalls(new Map(arns.filter((one) => !isCrowded(one)))).map(({ actions, resources }) => ({
      context,
      actions: [...actions],
      resources,
    })),
  ];
}
