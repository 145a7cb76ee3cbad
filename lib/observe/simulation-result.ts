import type { EvaluationResult, ResourceSpecificResult, Statement } from '@aws-sdk/client-iam';
import type { DecisionKind, Layer } from '@permission-check/iam-policy';
import type { Evidence, StatementPointer } from './types.ts';

const DECISIONS: Readonly<Record<string, DecisionKind>> = {
  allowed: 'allowed',
  explicitDeny: 'explicitDeny',
  implicitDeny: 'implicitDeny',
};

/**
 * What one result says of each resource that was asked.
 *
 * Since 2026-07-30 a result is about an action on all resources of the call: its own decision is the worst of theirs,
 * its EvalResourceName may be a template. Only ResourceSpecificResults tell resources apart; the result speaks for
 * itself only where one resource, or `*`, was asked.
 *
 * @param resources as sent; empty for `*`.
 */
export function readSimulationResult(
  result: EvaluationResult,
  resources: readonly string[],
): Map<string, Evidence> {
  const answers = new Map<string, Evidence>();
  const alone = resources.length <= 1;
  for (const specific of result.ResourceSpecificResults ?? []) {
    const name = specific.EvalResourceName;
    if (name !== undefined) answers.set(name, evidenceOf(result, specific, alone));
  }
  const only = resources[0] ?? '*';
  if (alone && !answers.has(only)) answers.set(only, evidenceOf(result, undefined, true));
  return answers;
}

function evidenceOf(
  result: EvaluationResult,
  specific: ResourceSpecificResult | undefined,
  alone: boolean,
): Evidence {
  const said = specific === undefined ? result.EvalDecision : specific.EvalResourceDecision;
  const decision = said === undefined || !Object.hasOwn(DECISIONS, said) ? undefined : DECISIONS[said];
  if (decision === undefined) {
    return inconclusiveEvidence(
      `IAM answered with a decision that is not known: ${JSON.stringify(said ?? null)}`,
    );
  }
  // What the result says as a whole holds for this resource if it is the only one, or if the resource is allowed.
  const organizations = result.OrganizationsDecisionDetail?.AllowedByOrganizations;
  const byOrganizations = organizations === undefined ? undefined : organizations || decision === 'allowed';
  const says = firstOf([specific, alone ? result : undefined]);
  const boundary = says((part) => part.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary);
  const missing = says((part) => part.MissingContextValues) ?? [];
  const pointers = (says((part) => part.MatchedStatements) ?? []).map(pointerOf);
  const blockedBy = blockingLayer(decision, pointers, boundary, organizations, alone);
  return {
    kind: 'simulated',
    decision,
    ...(blockedBy === undefined ? {} : { blockedBy }),
    ...(pointers.length === 0 ? {} : { pointers }),
    ...(byOrganizations === undefined ? {} : { allowedByOrganizations: byOrganizations }),
    ...(boundary === undefined ? {} : { allowedByBoundary: boundary }),
    ...(missing.length === 0 ? {} : { missingContextKeys: missing }),
  };
}

/** Reads a detail from the first part of an answer that has it. */
function firstOf(parts: readonly (EvaluationResult | ResourceSpecificResult | undefined)[]) {
  return <Detail>(read: (part: EvaluationResult | ResourceSpecificResult) => Detail | undefined) =>
    parts.flatMap((part) => (part === undefined ? [] : [read(part)])).find((detail) => detail !== undefined);
}

/** Only what the answer proves: with several resources it does not say which resource an SCP blocked. */
function blockingLayer(
  decision: DecisionKind,
  pointers: readonly StatementPointer[],
  byBoundary: boolean | undefined,
  byOrganizations: boolean | undefined,
  alone: boolean,
): Layer | undefined {
  if (decision === 'allowed') return undefined;
  if (decision === 'explicitDeny' && pointers.length > 0) {
    return pointers.every(({ sourcePolicyType }) => sourcePolicyType === BOUNDARY) ? 'boundary' : 'identity';
  }
  if (byOrganizations === false) return alone ? 'scp' : undefined;
  if (byBoundary === false) return 'boundary';
  return decision === 'implicitDeny' ? 'identity' : undefined;
}

/** SourcePolicyType as AWS really writes it; the API reference lists other texts. */
const BOUNDARY = 'Permissions Boundary Policy';

function pointerOf({
  SourcePolicyId,
  SourcePolicyType,
  StartPosition,
  EndPosition,
}: Statement): StatementPointer {
  const start = positionOf(StartPosition);
  const end = positionOf(EndPosition);
  return {
    sourcePolicyId: SourcePolicyId ?? '',
    sourcePolicyType: SourcePolicyType ?? '',
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
  };
}

function positionOf(position: Statement['StartPosition']): StatementPointer['start'] {
  const { Line, Column } = position ?? {};
  return Line === undefined || Column === undefined ? undefined : { line: Line, column: Column };
}

export function inconclusiveEvidence(reason: string): Evidence {
  return { kind: 'simulated', decision: 'inconclusive', reason };
}
