import { PROBES } from '#lib/catalog/probes.ts';
import type { ProbedEvidence } from '#lib/observe/types.ts';
import { type ProbeOptions, probePrincipal } from '#lib/probing/principal.ts';
import type { ProbePace } from '#lib/probing/run.ts';
import { type Answer, type SeenCall, serve } from './rekognition-harness.ts';

export const pace: ProbePace = { concurrency: 8, perSecond: 10_000, attempts: 2, pause: 1 };
export const identity = {
  accountId: '123456789012',
  partition: 'aws',
  region: 'eu-west-1',
  principalArn: 'arn:aws:iam::123456789012:role/analyst',
};
export const all = [...PROBES.keys()];

export const decided = (
  evidence: ReadonlyMap<string, ProbedEvidence>,
  decision: ProbedEvidence['decision'],
) => [...evidence.values()].filter((entry) => entry.decision === decision);

export const isRead = (operation: string) => PROBES.get(`rekognition:${operation}`)?.class === 'safe-by-read';

/** What an authorized caller is told: the first code that proves it, or a validation error. */
export const authorized = ({ operation }: SeenCall): Answer => {
  if (isRead(operation)) return { status: 200 };
  const code = PROBES.get(`rekognition:${operation}`)?.proves[0];
  return code
    ? { status: 400, code, message: 'as expected' }
    : { status: 400, code: 'ValidationException', message: '1 validation error detected: …' };
};

export const probe = async (
  answer: (call: SeenCall) => Answer | Promise<Answer>,
  options: Partial<ProbeOptions> = {},
) => {
  await using harness = await serve(answer);
  const evidence = await probePrincipal({
    clients: harness.clients,
    identity,
    actions: all,
    pace,
    ...options,
  });
  return { evidence, calls: harness.calls };
};
