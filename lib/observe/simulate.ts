import type { IAMClient } from '@aws-sdk/client-iam';
import type { Request } from '@permission-check/iam-policy';
import { AccessError, InputError, PrincipalGoneError } from '#lib/errors.ts';
import { describeError, meaningOf } from '#lib/iam/errors.ts';
import type { Paced } from '#lib/iam/pace.ts';
import type { SimulationCall } from '#lib/plan/types.ts';
import { Answers } from './answers.ts';
import { isEligible } from './eligible.ts';
import { type Sender, sendCall } from './send-call.ts';
import { inconclusiveEvidence } from './simulation-result.ts';
import { isHopeless, type SmallerCalls, smallerCalls } from './split-call.ts';
import type { Evidence } from './types.ts';

export interface Simulation extends Sender {
  readonly requests: readonly Request[];
  /** Together they ask every request; what else they ask is not looked at. */
  readonly calls: readonly SimulationCall[];
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
  const answers = new Answers(simulation.requests);
  await Promise.all(
    simulation.calls.map((call) => ask(call, { simulation, answers, spare: spareFor(call) })),
  );
  return simulation.requests.map((request) => {
    const evidence =
      answers.of(request) ?? inconclusiveEvidence('not asked: no simulation call was planned for it');
    if (evidence.decision === 'implicitDeny' && !isEligible(request)) {
      return inconclusiveEvidence(
        `IAM's simulator does not judge ${request.action} on such a resource and denies it whatever the policies say`,
      );
    }
    return evidence;
  });
}

/** The simulation of any principal with one client, at one pace. */
export function simulateWith(
  client: IAMClient,
  pace: Paced,
  options: Pick<Sender, 'signal' | 'withoutScps'> = {},
) {
  return (principalArn: string, requests: readonly Request[], calls: readonly SimulationCall[]) =>
    simulatePrincipal({ client, principalArn, requests, calls, pace, ...options });
}

/** What a planned call is asked with, and all parts of it. */
interface Asking {
  readonly simulation: Simulation;
  readonly answers: Answers;
  /** Further calls that may be made. */
  readonly spare: { calls: number };
}

/** Enough to ask about each action and each resource alone. */
const spareFor = ({ actions, resources }: SimulationCall) => ({
  calls: 2 * (actions.length + resources.length),
});

/** Asks a call; when AWS finds it at fault, or leaves something out, asks again in parts. */
async function ask(call: SimulationCall, asking: Asking): Promise<void> {
  const { simulation, answers } = asking;
  try {
    for await (const result of sendCall(call, simulation)) answers.take(result, call);
  } catch (error) {
    // An endpoint that cannot leave policies out is asked without that: what an SCP denies then is not believed.
    if (simulation.withoutScps && isAboutExclusion(error)) {
      return ask(call, { ...asking, simulation: { ...simulation, withoutScps: false } });
    }
    return afterError(call, error, asking);
  }
  return askLeftOut(call, asking);
}

const isAboutExclusion = (error: unknown): boolean =>
  meaningOf(error) === 'invalid' && error instanceof Error && /PolicyExclusion/i.test(error.message);

async function afterError(call: SimulationCall, error: unknown, asking: Asking): Promise<void> {
  const { principalArn, signal } = asking.simulation;
  if (error instanceof InputError) throw error;
  const said = describeError(error);
  switch (signal?.aborted ? 'stopped' : meaningOf(error)) {
    case 'gone':
      throw new PrincipalGoneError(principalArn, { cause: error });
    case 'refused':
      throw new AccessError(
        'iam:SimulatePrincipalPolicy',
        `not permitted to simulate ${principalArn}: ${said}`,
        { cause: error },
      );
    case 'stopped':
      return asking.answers.giveUp(call, 'the check was stopped before IAM answered');
    case 'unanswered':
    case 'unknown':
      return asking.answers.giveUp(call, `IAM did not answer: ${said}`, true);
    case 'invalid':
      return askInParts(
        partsOf(call, error instanceof Error ? error.message : ''),
        `IAM refused to simulate it: ${said}`,
        asking,
      );
  }
}

function partsOf(call: SimulationCall, message: string): SmallerCalls {
  return isHopeless(message) ? { calls: [], refused: call } : smallerCalls(call, message);
}

/** Asks the parts of a call, as long as there are calls to spare. */
async function askInParts(parts: SmallerCalls, reason: string, asking: Asking): Promise<void> {
  const { answers, spare } = asking;
  if (parts.refused !== undefined) answers.giveUp(parts.refused, reason);
  if (parts.calls.length > spare.calls) {
    for (const part of parts.calls) answers.giveUp(part, reason);
    return;
  }
  spare.calls -= parts.calls.length;
  await Promise.all(parts.calls.map((part) => ask(part, asking)));
}

/** Asks once more, one resource at a time, what an answer left out. */
async function askLeftOut(call: SimulationCall, asking: Asking): Promise<void> {
  const { answers } = asking;
  const calls = answers.leftOutOf(call);
  const reason = "IAM's answer left it out";
  const asSent = calls.some(
    ({ actions }) => actions.length === call.actions.length && call.resources.length <= 1,
  );
  if (!asSent) return askInParts({ calls }, reason, asking);
  for (const part of calls) answers.giveUp(part, reason);
}
