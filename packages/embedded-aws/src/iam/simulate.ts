import type { RequestContext } from '@permission-check/iam-policy';
import type { XmlValue } from '../wire/query-protocol.ts';
import { continuation, type IamOperation, type OperationInput, pageSize, readMarker } from './operation.ts';
import { readExclusions } from './policy-exclusion.ts';
import { invalidInput, readSimulation, type SimulationInput } from './simulation-input.ts';
import { mostRestrictive, Simulator, type StatementShape, type Subject, type Verdict } from './simulator.ts';
import { customSubject, principalEntity, principalSubject } from './subject.ts';

/** IAM's two policy simulations, as they answer since July 2026: one result for each action. */
export const simulationOperations: Readonly<Record<string, IamOperation>> = {
  SimulatePrincipalPolicy: (input) => {
    const source = input.params.require('PolicySourceArn');
    input.authorize(source);
    const asked = readSimulation(input.params, input.world.knownActions);
    const subject = principalSubject(
      input,
      principalEntity(input, source),
      asked,
      readExclusions(input.params),
    );
    return answer(input, asked, subject, asked.callerArn ?? source);
  },
  SimulateCustomPolicy: (input) => {
    input.authorize('*');
    const asked = readSimulation(input.params, input.world.knownActions);
    if (asked.policies.length === 0) input.params.require('PolicyInputList');
    const organization = input.params
      .structs('OrderedOrganizationPolicyInputList')
      .map((level) => level.list('ServiceControlPolicyInputList') ?? []);
    return answer(input, asked, customSubject(asked, organization), asked.callerArn);
  },
};

function answer(
  input: OperationInput,
  asked: SimulationInput,
  subject: Subject,
  callerArn: string | undefined,
) {
  const simulator = new Simulator(
    subject,
    { ...callerContext(callerArn), ...asked.context },
    input.world.knownActions,
  );
  const start = readMarker(input.params.get('Marker'));
  const end = start + pageSize(input);
  const results = asked.actions.slice(start, end).map((action) => actionResult(simulator, asked, action));
  return {
    answer: { EvaluationResults: results, ...continuation(end < asked.actions.length ? end : undefined) },
  };
}

/** The keys that the simulator fills in by itself. aws:userid is the ARN, not the id that a real request has. */
function callerContext(callerArn: string | undefined): RequestContext {
  if (callerArn === undefined) return {};
  const match = /^arn:[\w-]+:iam::(\d{12}):(user|group|role)\/(?:.*\/)?([^/]+)$/.exec(callerArn);
  if (!match) throw invalidInput(`Invalid ARN provided in the request: ${callerArn}`);
  const [, account = '', kind, name = ''] = match;
  return {
    'aws:PrincipalArn': callerArn,
    'aws:PrincipalAccount': account,
    'aws:userid': callerArn,
    ...(kind === 'user' && { 'aws:username': name }),
  };
}

function actionResult(simulator: Simulator, asked: SimulationInput, action: string): XmlValue {
  const explicit = asked.resources.length > 0 && asked.resources[0] !== '*';
  const resources = explicit ? asked.resources : ['*'];
  const verdicts = resources.map((resource) => simulator.answer(action, resource));
  const decision = mostRestrictive(verdicts.map((verdict) => verdict.decision));
  return {
    EvalActionName: action,
    EvalResourceName: resourceName(action, resources),
    EvalDecision: decision,
    MatchedStatements: union(verdicts, decision),
    MissingContextValues:
      decision === 'implicitDeny' ? [...new Set(verdicts.flatMap((verdict) => verdict.missing))] : [],
    ...layerDetails(verdicts),
    ...(explicit && {
      EvalDecisionDetails: new Map<string, string>(),
      ResourceSpecificResults: resources.map((resource, index) => resourceResult(resource, verdicts[index])),
    }),
  };
}

/** One resource is echoed; for several, the simulator names the form that they have. */
function resourceName(action: string, resources: readonly string[]): string {
  if (resources.length === 1) return resources[0] ?? '*';
  const service = action.split(':')[0] ?? '';
  return `arn:aws:${service}:\${Region}:\${Account}:\${RelativeId}`;
}

/** An explicit denial lists its denials; any other answer every statement, also an Allow of another resource. */
function union(verdicts: readonly Verdict[], decision: Verdict['decision']): StatementShape[] {
  const deciding =
    decision === 'explicitDeny' ? verdicts.filter((verdict) => verdict.decision === decision) : verdicts;
  const byText = new Map(
    deciding.flatMap((verdict) => verdict.matched).map((statement) => [JSON.stringify(statement), statement]),
  );
  return [...byText.values()];
}

function layerDetails(verdicts: readonly Verdict[]): { readonly [name: string]: XmlValue } {
  const bounded = verdicts.some((verdict) => verdict.allowedByBoundary !== undefined);
  const organized = verdicts.some((verdict) => verdict.allowedByOrganizations !== undefined);
  return {
    ...(organized && {
      OrganizationsDecisionDetail: {
        AllowedByOrganizations: verdicts.every((verdict) => verdict.allowedByOrganizations),
      },
    }),
    ...(bounded && {
      PermissionsBoundaryDecisionDetail: {
        AllowedByPermissionsBoundary: verdicts.every((verdict) => verdict.allowedByBoundary),
      },
    }),
  };
}

function resourceResult(resource: string, verdict: Verdict | undefined): XmlValue {
  if (!verdict) return undefined;
  return {
    EvalResourceName: resource,
    EvalResourceDecision: verdict.decision,
    ...(verdict.matched.length > 0 && {
      MatchedStatements: verdict.matched.map((statement) => ({ ...statement })),
    }),
    ...(verdict.missing.length > 0 && { MissingContextValues: verdict.missing }),
    EvalDecisionDetails: new Map<string, string>(),
    ...(verdict.allowedByBoundary !== undefined && {
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: verdict.allowedByBoundary },
    }),
  };
}
