import {
  type EvaluationResult,
  type IAMClient,
  SimulatePrincipalPolicyCommand,
  type SimulatePrincipalPolicyCommandInput,
} from '@aws-sdk/client-iam';
import type { Paced } from '#lib/iam/pace.ts';
import type { SimulationCall } from '#lib/plan/types.ts';
import { contextEntries } from './context-entries.ts';

/** About whom IAM is asked, and how. */
export interface Sender {
  readonly client: IAMClient;
  /** A user or role of the client's own account; for a session, its role. */
  readonly principalArn: string;
  readonly pace: Paced;
  /** SCPs are left out: they bind nobody in the management account, though the simulator applies them there. */
  readonly withoutScps?: boolean;
  /** Ends the simulation early: what was not answered by then is inconclusive. */
  readonly signal?: AbortSignal;
}

/**
 * The results of one call, from all its pages; the request stays the same, as AWS takes a marker for a mere offset.
 *
 * @throws what the client throws, and the signal's reason once it is aborted
 */
export async function* sendCall(
  { context, actions, resources }: SimulationCall,
  { client, principalArn, pace, withoutScps, signal }: Sender,
): AsyncGenerator<EvaluationResult> {
  const request: SimulatePrincipalPolicyCommandInput = {
    PolicySourceArn: principalArn,
    ActionNames: [...actions],
    ...(resources.length === 0 ? {} : { ResourceArns: [...resources] }),
    ContextEntries: contextEntries(context),
    ...(withoutScps && { PolicyExclusionList: [{ PolicyType: 'scp' }] }),
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
    yield* page.EvaluationResults ?? [];
    Marker = page.IsTruncated ? page.Marker : undefined;
    // A marker that comes again would go round for ever.
    if (Marker !== undefined && seen.has(Marker)) return;
    if (Marker !== undefined) seen.add(Marker);
  } while (Marker !== undefined);
}
