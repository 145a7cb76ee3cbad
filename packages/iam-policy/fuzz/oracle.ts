import { runSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import type { Layer } from '../src/types.ts';
import type { Answer, FuzzCase, RawPolicy } from './case.ts';
import { policyName } from './case.ts';
import { ACCOUNT } from './vocabulary.ts';

/** The oracle's answer, and what its analysis of the resource policy says. */
export interface OracleAnswer extends Answer {
  /** It granted the resource policy's Allow to the very principal, not to its account or role. */
  direct: boolean;
}

const DECISIONS: Readonly<Record<string, string>> = {
  Allowed: 'allowed',
  ExplicitlyDenied: 'explicitDeny',
  ImplicitlyDenied: 'implicitDeny',
};

/** Asks @cloud-copilot/iam-simulate, an engine that nobody here wrote. Throws when it refuses the question. */
export async function simulated(fuzzCase: FuzzCase): Promise<OracleAnswer> {
  const response = await runSimulation(toSimulation(fuzzCase), {});
  if (response.resultType !== 'single') throw new Error(`the oracle refused: ${JSON.stringify(response)}`);
  const { analysis } = response.result;
  if (response.result.ignoredContextKeys?.length) {
    throw new Error(`the oracle ignored context keys: ${response.result.ignoredContextKeys}`);
  }
  const matched: string[] = [];
  const collect = (layer: Layer, part: Part | undefined, level = 0) => {
    for (const { policyId, statement } of [
      ...(part?.denyStatements ?? []),
      ...(part?.allowStatements ?? []),
    ]) {
      if (policyId?.startsWith('arn:')) continue; // RCPFullAWSAccess, which it adds by itself
      const name = layer === 'session' || layer === 'resource' ? policyName(layer, level, 0) : policyId;
      matched.push(`${layer} ${name} ${statement.index()}`);
    }
  };
  collect('identity', analysis?.identityAnalysis);
  collect('boundary', analysis?.permissionBoundaryAnalysis);
  collect('session', analysis?.sessionAnalysis);
  collect('resource', analysis?.resourceAnalysis);
  for (const [level, part] of (analysis?.scpAnalysis?.ouAnalysis ?? []).entries())
    collect('scp', part, level);
  for (const [level, part] of (analysis?.rcpAnalysis?.ouAnalysis ?? []).entries())
    collect('rcp', part, level);
  return {
    decision: DECISIONS[response.overallResult] ?? response.overallResult,
    matched: matched.sort(),
    direct: (analysis?.resourceAnalysis?.allowStatements ?? []).some(
      ({ principalMatch }) => principalMatch === 'Match',
    ),
  };
}

/**
 * The oracle's decision for an action with resource types on the text `*`, as IAM's simulator takes it: allowed only
 * by what allows all resources. The oracle takes `*` for a search over the policies' patterns; its answer for the
 * pattern `*` is the one asked for here.
 */
export async function simulatedOnAll(fuzzCase: FuzzCase): Promise<string> {
  const response = await runSimulation(toSimulation(fuzzCase), {});
  if (response.resultType !== 'wildcard') throw new Error(`not a search: ${JSON.stringify(response)}`);
  const onAll = response.results.filter(({ resourcePattern }) => resourcePattern === '*');
  const [first] = onAll;
  if (first === undefined) return 'implicitDeny';
  const results = new Set(onAll.map(({ analysis }) => analysis.result));
  if (results.size > 1) throw new Error(`resource types decided differently: ${[...results]}`);
  return DECISIONS[first.analysis.result] ?? first.analysis.result;
}

interface Part {
  denyStatements: StatementPart[];
  allowStatements: StatementPart[];
}

interface StatementPart {
  policyId?: string | undefined;
  statement: { index(): number };
}

function toSimulation(fuzzCase: FuzzCase): Simulation {
  const named = (layer: Layer, policies: readonly RawPolicy[], level = 0) =>
    policies.map((policy, index) => ({ name: policyName(layer, level, index), policy }));
  const organization = (layer: Layer, levels: readonly RawPolicy[][] = []) =>
    levels.map((policies, level) => ({
      orgIdentifier: `level-${level}`,
      policies: named(layer, policies, level),
    }));
  const { identity, boundary, scps, rcps, session, resource, request } = fuzzCase;
  return {
    request: {
      principal: principalOf(request.context),
      action: request.action,
      resource: { resource: request.resource, accountId: request.resourceAccount ?? ACCOUNT },
      contextVariables: request.context,
    },
    identityPolicies: named('identity', identity),
    serviceControlPolicies: organization('scp', scps),
    // Those of a case are its principal's account's.
    resourceControlPolicies: organization('rcp', request.resourceAccount === undefined ? rcps : []),
    ...(boundary && { permissionBoundaryPolicies: named('boundary', [boundary]) }),
    ...(session && { sessionPolicy: session }),
    ...(resource && { resourcePolicy: resource }),
  };
}

/** The oracle takes a role session by its sts ARN; our engine by aws:PrincipalArn and aws:userid. */
function principalOf(context: FuzzCase['request']['context']): string {
  const arn = String(context['aws:PrincipalArn']);
  const session = String(context['aws:userid'] ?? '').split(':')[1];
  return session === undefined
    ? arn
    : `${arn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${session}`;
}
