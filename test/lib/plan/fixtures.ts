import type { PolicySet, PolicySource, RequestContext } from '@permission-check/iam-policy';
import { decide, PolicyCompiler } from '@permission-check/iam-policy';
import { actions, actionTable } from '#lib/catalog/actions.ts';
import { permissionSet } from '#lib/catalog/permission-sets.ts';
import { planRequests } from '#lib/plan/plan.ts';
import type { Plan, PlanInput } from '#lib/plan/types.ts';

const compiler = new PolicyCompiler(actionTable);

/** The team's normal request. */
export const baseline = {
  region: 'us-east-1',
  context: {
    'aws:MultiFactorAuthPresent': 'true',
    'aws:SecureTransport': 'true',
    'aws:CurrentTime': '2026-11-24T00:00:00Z',
    'aws:SourceIp': '192.0.2.1',
    'aws:RequestedRegion': 'us-east-1',
  },
};

type Statement = Readonly<Record<string, unknown>>;

export function policy(...statements: Statement[]): PolicySource {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  return { name: 'test', type: 'inline', text };
}

export function managed(name: string): PolicySource {
  const [text = ''] = permissionSet(name).documents;
  return { name, type: 'aws-managed', text };
}

export const identity = (...policies: PolicySource[]): PolicySet => ({ identity: policies });

export const allow = (action: string | string[], resource: string | string[] = '*', condition?: unknown) =>
  policy({
    Effect: 'Allow',
    Action: action,
    Resource: resource,
    ...(condition ? { Condition: condition } : {}),
  });

export function inputOf(observed: PolicySet, expected: PolicySet, facts: RequestContext = {}): PlanInput {
  return {
    observed: compiler.compileSet(observed),
    expected: compiler.compileSet(expected),
    facts: { 'aws:PrincipalArn': 'arn:aws:iam::123456789012:role/analyst', ...facts },
    baseline,
    accountId: '123456789012',
    partition: 'aws',
    actions,
  };
}

/** The plan for what is observed, what is expected and the facts of the principal. */
export const planFor = (...sets: Parameters<typeof inputOf>): Plan => planRequests(inputOf(...sets));

/** Requests that the two sets decide differently. */
export function differences(input: PlanInput) {
  return planRequests(input).requests.filter(
    (request) => decide(input.observed, request).decision !== decide(input.expected, request).decision,
  );
}

export const collection = (name: string, region = 'us-east-1') =>
  `arn:aws:rekognition:${region}:123456789012:collection/${name}`;
