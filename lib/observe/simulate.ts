import {
  type EvaluationResult,
  type IAMClient,
  SimulatePrincipalPolicyCommand,
  type SimulatePrincipalPolicyCommandInput,
} from '@aws-sdk/client-iam';
import type { Request, RequestContext } from '@permission-check/iam-policy';
import { AccessError, PrincipalGoneError } from '#lib/errors.ts';
import { describeError, meaningOf } from '#lib/iam/errors.ts';
import type { Paced } from '#lib/iam/pace.ts';
import { contextKey } from '#lib/plan/group.ts';
import type { SimulationCall } from '#lib/plan/types.ts';
import { contextEntries } from './context-entries.ts';
import { isEligible } from './eligible.ts';
import { inconclusiveEvidence, readSimulationResult } from './simulation-result.ts';
import { isHopeless, smallerCalls } from './split-call.ts';
import type { Evidence } from './types.ts';

export interface Simulation {
  readonly client: IAMClient;
  /** A user or role of the client's own account; for a session, its role. */
  readonly principalArn: string;
  readonly requests: readonly Request[];
  /** Together they ask every request; what else they ask is not looked at. */
  readonly calls: readonly SimulationCall[];
  readonly pace: Paced;
  /** Ends the simulation early: what was not answered by then is inconclusive. */
  readonly signal?: AbortSignal;
}

/**
 * Asks IAM what the principal may do.
 *
 * @returns one piece of evidence for each request, in their order. What AWS did not answer is `inconclusive`, with
 *   the reason.
 * @throws PrincipalGoneError when the principal does not exist (any more).
 * @throws AccessError when the caller may not simulate: the stack's permissions are wrong, and no answer can be had.
 */
export async function simulatePrincipal(simulation: Simulation): Promise<Evidence[]> {
  const keyOf = requestKeys();
  const run = new SimulationRun(simulation, keyOf);
  await Promise.all(simulation.calls.map((call) => run.ask(call)));
  return simulation.requests.map((request) => {
    const evidence =
      run.answers.get(keyOf(request)) ??
      inconclusiveEvidence('not asked: no simulation call was planned for it');
    if (evidence.decision === 'implicitDeny' && !isEligible(request)) {
      return inconclusiveEvidence(
        `IAM's simulator does not judge ${request.action} on such a resource and denies it whatever the policies say`,
      );
    }
    return evidence;
  });
}

/** The simulation of any principal with one client, at one pace. */
export function simulateWith(client: IAMClient, pace: Paced, signal?: AbortSignal) {
  return (principalArn: string, requests: readonly Request[], calls: readonly SimulationCall[]) =>
    simulatePrincipal({ client, principalArn, requests, calls, pace, ...(signal ? { signal } : {}) });
}

/** The requests that are being asked, and what has been answered. */
class SimulationRun {
  readonly answers = new Map<string, Evidence>();
  readonly #simulation: Simulation;
  readonly #keyOf: (request: Request) => string;
  readonly #wanted: ReadonlySet<string>;
  readonly #contradicted = new Set<string>();

  constructor(simulation: Simulation, keyOf: (request: Request) => string) {
    this.#simulation = simulation;
    this.#keyOf = keyOf;
    this.#wanted = new Set(simulation.requests.map(keyOf));
  }

  /** Asks a call; when AWS finds it at fault, asks it in parts, as long as `spare` further calls allow. */
  async ask(call: SimulationCall, spare = { calls: 2 * (call.actions.length + call.resources.length) }) {
    try {
      await this.#send(call);
    } catch (error) {
      await this.#afterError(call, error, spare);
      return;
    }
    await this.#askLeftOut(call, spare);
  }

  /** Reads all pages; the request stays the same, as AWS takes a marker for a mere offset. */
  async #send({ context, actions, resources }: SimulationCall): Promise<void> {
    const { client, principalArn, pace, signal } = this.#simulation;
    const request: SimulatePrincipalPolicyCommandInput = {
      PolicySourceArn: principalArn,
      ActionNames: [...actions],
      ...(resources.length === 0 ? {} : { ResourceArns: [...resources] }),
      ContextEntries: contextEntries(context),
      MaxItems: 1000,
    };
    const seen = new Set<string>();
    let Marker: string | undefined;
    do {
      const command = new SimulatePrincipalPolicyCommand({ ...request, ...(Marker ? { Marker } : {}) });
      const page = await pace(() => {
        signal?.throwIfAborted();
        return client.send(command, signal ? { abortSignal: signal } : {});
      });
      for (const result of page.EvaluationResults ?? []) this.#read(result, context, resources);
      Marker = page.IsTruncated ? page.Marker : undefined;
      // A marker that comes again would go round for ever.
      if (Marker !== undefined && seen.has(Marker)) return;
      if (Marker !== undefined) seen.add(Marker);
    } while (Marker !== undefined);
  }

  #read(result: EvaluationResult, context: RequestContext, resources: readonly string[]): void {
    const action = result.EvalActionName;
    if (action === undefined) return;
    for (const [resource, evidence] of readSimulationResult(result, resources)) {
      const key = this.#keyOf({ action, resource, context });
      const before = this.answers.get(key);
      if (this.#contradicted.has(key)) continue;
      if (
        before === undefined ||
        before.decision === 'inconclusive' ||
        before.decision === evidence.decision
      ) {
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

  async #afterError(call: SimulationCall, error: unknown, spare: { calls: number }): Promise<void> {
    const { principalArn, signal } = this.#simulation;
    switch (signal?.aborted ? 'stopped' : meaningOf(error)) {
      case 'gone':
        throw new PrincipalGoneError(principalArn, { cause: error });
      case 'refused':
        throw new AccessError(
          'iam:SimulatePrincipalPolicy',
          `not permitted to simulate ${principalArn}: ${describeError(error)}`,
          { cause: error },
        );
      case 'stopped':
        return this.#giveUp(call, 'the check was stopped before IAM answered');
      case 'unanswered':
        return this.#giveUp(call, `IAM did not answer: ${describeError(error)}`);
      case 'invalid':
        return this.#askInParts(
          call,
          error instanceof Error ? error.message : '',
          describeError(error),
          spare,
        );
      default:
        throw error;
    }
  }

  async #askInParts(
    call: SimulationCall,
    message: string,
    refusal: string,
    spare: { calls: number },
  ): Promise<void> {
    const { calls, refused } = isHopeless(message)
      ? { calls: [], refused: call }
      : smallerCalls(call, message);
    if (refused !== undefined) this.#giveUp(refused, `IAM refused to simulate it: ${refusal}`);
    if (calls.length > spare.calls) {
      for (const part of calls) this.#giveUp(part, `IAM refused to simulate it: ${refusal}`);
      return;
    }
    spare.calls -= calls.length;
    await Promise.all(calls.map((part) => this.ask(part, spare)));
  }

  /** Asks once more, one resource at a time, what an answer left out. */
  async #askLeftOut(call: SimulationCall, spare: { calls: number }): Promise<void> {
    const resources = call.resources.length === 0 ? ['*'] : call.resources;
    const missing = resources.flatMap((resource) => {
      const actions = call.actions.filter((action) =>
        this.#isOpen({ action, resource, context: call.context }),
      );
      return actions.length === 0
        ? []
        : [{ ...call, actions, resources: resource === '*' ? [] : [resource] }];
    });
    const asSent = missing.some(
      ({ actions }) => actions.length === call.actions.length && call.resources.length <= 1,
    );
    if (asSent || missing.length > spare.calls) {
      for (const part of missing) this.#giveUp(part, "IAM's answer left it out");
      return;
    }
    spare.calls -= missing.length;
    await Promise.all(missing.map((part) => this.ask(part, spare)));
  }

  #giveUp({ actions, resources, context }: SimulationCall, reason: string): void {
    for (const action of actions) {
      for (const resource of resources.length === 0 ? ['*'] : resources) {
        if (this.#isOpen({ action, resource, context })) {
          this.#settle(this.#keyOf({ action, resource, context }), inconclusiveEvidence(reason));
        }
      }
    }
  }

  #isOpen(request: Request): boolean {
    const key = this.#keyOf(request);
    return this.#wanted.has(key) && !this.answers.has(key);
  }

  #settle(key: string, evidence: Evidence): void {
    if (this.#wanted.has(key)) this.answers.set(key, evidence);
  }
}

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
