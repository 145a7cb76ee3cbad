import { actions } from '#lib/catalog/actions.ts';
import {
  evaluated,
  type FuzzCase,
  many,
  type RawPolicy,
  statementsOf,
} from '../../packages/iam-policy/fuzz/case.ts';
import { simulated, simulatedOnAll } from '../../packages/iam-policy/fuzz/oracle.ts';
import { PRINCIPALS } from '../../packages/iam-policy/fuzz/vocabulary.ts';
import { REKOGNITION_REQUESTS } from './real-documents.ts';

/** A policy and a request on which the engines differ. */
export interface ManagedDisagreement {
  readonly policy: string;
  readonly action: string;
  readonly resource: string;
  readonly ours: string;
  readonly oracle: string;
}

const hasResourceType = new Set(
  actions.filter(({ resourceTypes }) => resourceTypes.length > 0).map(({ action }) => action),
);

/** Asks both engines what a policy alone permits. */
export async function compareManaged(
  name: string,
  policy: RawPolicy,
  requests: typeof REKOGNITION_REQUESTS = REKOGNITION_REQUESTS,
): Promise<ManagedDisagreement[]> {
  const differing: ManagedDisagreement[] = [];
  for (const { action, resource } of requests) {
    const asked: FuzzCase = {
      identity: [policy],
      request: { action, resource, context: PRINCIPALS[0] ?? {} },
    };
    const ours = evaluated(asked);
    const search = resource === '*' && hasResourceType.has(action);
    const oracle = search ? { ...ours, decision: await simulatedOnAll(asked) } : await simulated(asked);
    if (ours.decision === oracle.decision && ours.matched.join() === oracle.matched.join()) continue;
    differing.push({
      policy: name,
      action,
      resource,
      ours: JSON.stringify(ours),
      oracle: JSON.stringify(oracle),
    });
  }
  return differing;
}

/** Whether a policy can say anything about Rekognition at all. */
export function concernsRekognition(policy: RawPolicy): boolean {
  return statementsOf(policy).some(
    ({ Action, NotAction }) =>
      NotAction !== undefined || many(Action).some((action) => /^(\*|rekognition:)/i.test(action)),
  );
}
