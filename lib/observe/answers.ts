import type { EvaluationResult } from '@aws-sdk/client-iam';
import type { Request, RequestContext } from '@permission-check/iam-policy';
import { contextKey } from '#lib/plan/group.ts';
import type { SimulationCall } from '#lib/plan/types.ts';
import { inconclusiveEvidence, readSimulationResult } from './simulation-result.ts';
import type { Evidence } from './types.ts';

/** What IAM has answered to the requests that are asked. */
export class Answers {
  readonly #keyOf = requestKeys();
  readonly #wanted: ReadonlySet<string>;
  readonly #answers = new Map<string, Evidence>();
  readonly #contradicted = new Set<string>();

  /** @param requests that are asked; answers to others are not kept */
  constructor(requests: readonly Request[]) {
    this.#wanted = new Set(requests.map(this.#keyOf));
  }

  of(request: Request): Evidence | undefined {
    return this.#answers.get(this.#keyOf(request));
  }

  /** Keeps what one result of a call says; of a request that is answered in two ways, that it is. */
  take(result: EvaluationResult, { context, resources }: SimulationCall): void {
    const action = result.EvalActionName;
    if (action === undefined) return;
    for (const [resource, evidence] of readSimulationResult(result, resources)) {
      const key = this.#keyOf({ action, resource, context });
      const before = this.#answers.get(key);
      if (this.#contradicted.has(key)) continue;
      const agrees =
        before === undefined || before.decision === 'inconclusive' || before.decision === evidence.decision;
      if (agrees) {
        this.#settle(key, evidence);
        continue;
      }
      this.#contradicted.add(key);
      this.#settle(
        key,
        inconclusiveEvidence(`IAM answered it twice, with ${before.decision} and with ${evidence.decision}`),
      );
    }
  }

  /** What of a call has no answer, as one call for each of its resources. */
  leftOutOf(call: SimulationCall): readonly SimulationCall[] {
    return resourcesOf(call).flatMap((resource) => {
      const actions = call.actions.filter((action) =>
        this.#isOpen({ action, resource, context: call.context }),
      );
      return actions.length === 0
        ? []
        : [{ ...call, actions, resources: resource === '*' ? [] : [resource] }];
    });
  }

  /** Makes inconclusive what of a call has no answer; `unanswered`: it may have one another time. */
  giveUp(call: SimulationCall, reason: string, unanswered = false): void {
    for (const action of call.actions) {
      for (const resource of resourcesOf(call)) {
        const request = { action, resource, context: call.context };
        if (!this.#isOpen(request)) continue;
        const evidence = inconclusiveEvidence(reason);
        this.#settle(this.#keyOf(request), unanswered ? { ...evidence, unanswered } : evidence);
      }
    }
  }

  #isOpen(request: Request): boolean {
    const key = this.#keyOf(request);
    return this.#wanted.has(key) && !this.#answers.has(key);
  }

  #settle(key: string, evidence: Evidence): void {
    if (this.#wanted.has(key)) this.#answers.set(key, evidence);
  }
}

const resourcesOf = ({ resources }: SimulationCall): readonly string[] =>
  resources.length === 0 ? ['*'] : resources;

/** One text for one request; contexts are compared by content, and each object is read once. */
function requestKeys(): (request: Request) => string {
  const contexts = new WeakMap<RequestContext, string>();
  return ({ action, resource, context }) => {
    let key = contexts.get(context);
    if (key === undefined) {
      key = contextKey(context);
      contexts.set(context, key);
    }
    return `${action.toLowerCase()} ${resource} ${key}`;
  };
}
