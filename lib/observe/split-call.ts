import type { SimulationCall } from '#lib/plan/types.ts';

/** What to ask instead of a call that IAM refused. */
export interface SmallerCalls {
  readonly calls: readonly SimulationCall[];
  /** What is at fault itself, and cannot be asked. */
  readonly refused?: SimulationCall;
}

/**
 * Whether a refusal is about what all parts of a call have in common (the principal, the context keys): asking it
 * in parts would be refused as well.
 */
export function isHopeless(message: string): boolean {
  return /context key|policy source|entity arn|invalid arn provided|PolicySourceArn|ContextEntries/i.test(
    message,
  );
}

/**
 * Takes a refused call apart: by the groups that the message lists, by the action or resource that it names, or else
 * in halves, so that only what is at fault stays unasked.
 *
 * IAM refuses a call as a whole where one part of it is wrong; "require different authorization information" means
 * that it recognizes some actions and not the others.
 */
export function smallerCalls(call: SimulationCall, message: string): SmallerCalls {
  if (/different authorization information/i.test(message)) return byGroups(call, message);
  const resources = named(call.resources, message);
  const actions = named(call.actions, message);
  if (resources.length > 0 && resources.length < call.resources.length) {
    return {
      calls: [{ ...call, resources: call.resources.filter((resource) => !resources.includes(resource)) }],
      refused: { ...call, resources },
    };
  }
  if (actions.length > 0 && actions.length < call.actions.length) {
    return {
      calls: [{ ...call, actions: call.actions.filter((action) => !actions.includes(action)) }],
      refused: { ...call, actions },
    };
  }
  return inHalves(call);
}

function byGroups(call: SimulationCall, message: string): SmallerCalls {
  const groups = [...message.matchAll(/\[([^\]]*)\]/g)].map(
    ([, list = '']) => new Set(list.split(',').map((action) => action.trim().toLowerCase())),
  );
  const groupOf = (action: string) => groups.findIndex((group) => group.has(action.toLowerCase()));
  const parts = new Map<number, string[]>();
  for (const action of call.actions)
    parts.set(groupOf(action), [...(parts.get(groupOf(action)) ?? []), action]);
  if (parts.size > 1) return { calls: [...parts.values()].map((actions) => ({ ...call, actions })) };
  if (call.actions.length === 1) return { calls: [], refused: call };
  return { calls: call.actions.map((action) => ({ ...call, actions: [action] })) };
}

function inHalves(call: SimulationCall): SmallerCalls {
  const { actions, resources } = call;
  if (resources.length > 1) return { calls: halves(resources).map((half) => ({ ...call, resources: half })) };
  if (actions.length > 1) return { calls: halves(actions).map((half) => ({ ...call, actions: half })) };
  return { calls: [], refused: call };
}

function halves<T>(items: readonly T[]): T[][] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}

/** Those of the texts that a message names; the longest first, as one may begin with another. */
function named(texts: readonly string[], message: string): string[] {
  let rest = message;
  const found: string[] = [];
  for (const text of [...texts].sort((a, b) => b.length - a.length)) {
    if (!rest.includes(text)) continue;
    found.push(text);
    rest = rest.replaceAll(text, '');
  }
  return found;
}
