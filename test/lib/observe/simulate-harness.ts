import type { Request, RequestContext } from '@permission-check/iam-policy';
import { createPace } from '#lib/iam/pace.ts';
import { type Simulation, simulatePrincipal } from '#lib/observe/simulate.ts';
import { groupCalls } from '#lib/plan/group.ts';
import { members, type QueryAnswer, startQueryServer } from '#test/support/query-server.ts';

export const COLLECTION = 'arn:aws:rekognition:us-east-1:123456789012:collection/visitors';
export const OTHER = 'arn:aws:rekognition:us-east-1:123456789012:collection/other';
export const PROCESSOR = 'arn:aws:rekognition:us-east-1:123456789012:streamprocessor/door';
export const PRINCIPAL = 'arn:aws:iam::123456789012:role/team/analyst';

/** One SimulatePrincipalPolicy call as the server got it. */
interface SimulationRun {
  readonly actions: string[];
  readonly resources: string[];
  readonly parameters: URLSearchParams;
}

/** Asks a server that dictates IAM's answers, and hands out its calls with the evidence. */
export async function simulate(
  answer: (asked: SimulationRun) => QueryAnswer,
  requests: readonly Request[],
  more: Partial<Simulation> & { maxAttempts?: number } = {},
) {
  const { maxAttempts = 1, ...options } = more;
  const server = await startQueryServer((parameters) =>
    answer({
      actions: members(parameters, 'ActionNames'),
      resources: members(parameters, 'ResourceArns'),
      parameters,
    }),
  );
  try {
    const evidence = await simulatePrincipal({
      client: server.client({ maxAttempts }),
      principalArn: PRINCIPAL,
      requests,
      calls: groupCalls(requests),
      pace: createPace({ callsPerSecond: Number.POSITIVE_INFINITY }),
      ...options,
    });
    return { evidence, asked: server.calls };
  } finally {
    await server.stop();
  }
}

export const request = (action: string, resource = '*', context: RequestContext = {}): Request => ({
  action: `rekognition:${action}`,
  resource,
  context,
});

type Verdict = 'allowed' | 'implicitDeny' | 'explicitDeny';

/** Results as IAM words them since 2026-07-30: one an action, the worst decision on top. */
export function results(
  { actions, resources }: Pick<SimulationRun, 'actions' | 'resources'>,
  decide: (action: string, resource: string) => Verdict,
  more: object = {},
): QueryAnswer {
  const order: Verdict[] = ['allowed', 'implicitDeny', 'explicitDeny'];
  return {
    result: {
      EvaluationResults: {
        member: actions.map((action) => {
          const all = (resources.length === 0 ? ['*'] : resources).map((resource) => ({
            EvalResourceName: resource,
            EvalResourceDecision: decide(action, resource),
          }));
          const worst = Math.max(...all.map((one) => order.indexOf(one.EvalResourceDecision)));
          return {
            EvalActionName: action,
            EvalResourceName:
              resources.length > 1 ? 'arn:aws:rekognition:${Region}:${Account}:x' : (resources[0] ?? '*'),
            EvalDecision: order[worst],
            MatchedStatements: '',
            MissingContextValues: '',
            ...(resources.length === 0 ? {} : { ResourceSpecificResults: { member: all } }),
            ...more,
          };
        }),
      },
      IsTruncated: false,
    },
  };
}

export const fail = (code: string, message: string, status = 400): QueryAnswer => ({
  error: { code, message, status },
});
